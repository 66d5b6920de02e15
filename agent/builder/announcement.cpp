// Telling a web server what a run came to.
#include "builder/announcement.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace dray::builder {
namespace {

constexpr auto post_timeout = std::chrono::seconds(10);  // the next push waits for it
constexpr std::size_t longest_url = 8000;                // what web servers take (RFC 9110, 4.1)

std::string read_url(const std::filesystem::path& file) {
    const std::string attempt = fmt::format("cannot announce the result to the URL in {}", file.string());
    const host::Descriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!opened || ::fstat(opened.get(), &status) != 0) throw Error::system(attempt, errno);
    if (!S_ISREG(status.st_mode)) throw Error(attempt, "it is no regular file");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw Error(attempt, "others than its owner may read or write it", "chmod 600 keeps it a secret");
    std::array<char, longest_url + 1> text{};
    const ssize_t size = ::read(opened.get(), text.data(), text.size());
    if (size < 0) throw Error::system(attempt, errno);
    std::string url(text.data(), static_cast<std::size_t>(size));
    while (url.ends_with('\n') || url.ends_with(' '))
        url.pop_back();
    const bool web = url.starts_with("https://") || url.starts_with("http://");
    const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!web || !plain || url.size() > longest_url)
        throw Error(attempt, "it does not hold one http: or https: URL and nothing else");
    return url;
}

}  // namespace

void post_result(const host::Http& http, const std::filesystem::path& url_file, const std::string& json) {
    const std::string url = read_url(url_file);
    const host::HttpResponse response = http.post(
        {.url = url, .timeout = post_timeout, .headers = {{"Content-Type", "application/json"}}}, json);
    if (response.status < 200 || response.status >= 300)
        throw Error(fmt::format("cannot announce the result to the URL in {}", url_file.string()),
                    fmt::format("the server answers {}", response.status));
}

}  // namespace dray::builder
