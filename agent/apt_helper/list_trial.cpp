// Lists are tried by libapt before it has them.
#include "apt_helper/list_trial.h"

#include "error.h"
#include "host/descriptor.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <apt-pkg/fileutl.h>
#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr auto trying = "cannot try apt's new lists";
constexpr rlim_t processor_limit = 120;  // seconds; the largest distribution's lists take one
constexpr auto no_words = "apt's library does not say why";

/// Links to the lists, in a folder that nobody else can enter.
class TrialFolder {
  public:
    explicit TrialFolder(const ListFiles& lists) {
        std::string name = fs::path(GetTempDir()) / "dray-lists-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw Error::system(trying, errno);
        path_ = name;
        for (const auto& [list, content] : lists) {
            std::error_code error;
            fs::create_symlink(content, path_ / list, error);
            if (!error) continue;
            remove();
            throw Error(trying, error.message());
        }
    }
    ~TrialFolder() { remove(); }
    TrialFolder(const TrialFolder&) = delete;
    TrialFolder& operator=(const TrialFolder&) = delete;

    const fs::path& path() const { return path_; }

  private:
    void remove() const {
        std::error_code ignored;  // it is in the folder of temporary files
        fs::remove_all(path_, ignored);
    }

    fs::path path_;
};

/// libapt's errors about the lists in the folder, a line each.
std::string read_lists(const fs::path& folder) {
    _error->Discard();
    _config->Set("Dir::State::lists", folder.string() + "/");
    _config->Set("Dir::State::status", "/dev/null");
    _config->Set("Dir::Cache::pkgcache", "");
    _config->Set("Dir::Cache::srcpkgcache", "");
    pkgCacheFile cache;
    const bool read = cache.BuildCaches(nullptr, false);
    std::string lines;
    while (!_error->empty()) {
        std::string text;
        if (_error->PopMessage(text)) lines += text + "\n";
    }
    if (!read && lines.empty()) lines = fmt::format("{}\n", no_words);
    return lines;
}

/// The life of the other process.
[[noreturn]] void read_and_tell(const fs::path& folder, int output) {
    const rlimit time{.rlim_cur = processor_limit, .rlim_max = processor_limit + 1};
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CPU, &time);
    ::setrlimit(RLIMIT_CORE, &no_core);
    try {
        host::write_all(output, read_lists(folder), trying);
        ::_exit(EXIT_SUCCESS);
    } catch (const Error&) {
        ::_exit(EXIT_FAILURE);  // the other process is gone
    }
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR) throw Error::system(trying, errno);
    return status;
}

/// The last words before libapt names the list are about what is in it; what it adds later says no more.
ListDefect defect_of(const std::string& lines) {
    constexpr std::string_view naming = "Problem with MergeList ";
    ListDefect defect;
    std::istringstream input(lines);
    for (std::string line; std::getline(input, line);) {
        if (line.starts_with(naming)) {
            defect.list = fs::path(line.substr(naming.size())).filename();
            if (defect.words.empty()) defect.words = no_words;
            break;
        }
        defect.words += (defect.words.empty() ? "" : "; ") + line;
    }
    return defect;
}

}  // namespace

ListDefect list_defect(const ListFiles& lists) {
    const TrialFolder folder(lists);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::system(trying, errno);
    const host::Descriptor input(ends[0]);
    host::Descriptor output(ends[1]);
    const pid_t process = ::fork();
    if (process < 0) throw Error::system(trying, errno);
    if (process == 0) read_and_tell(folder.path(), output.get());
    output.reset();
    const auto lines = host::read_all(input.get(), trying);
    const int status = wait_for(process);
    if (WIFSIGNALED(status))
        return {.words = WTERMSIG(status) == SIGXCPU
                             ? fmt::format("apt's library does not end with it within {} s", processor_limit)
                             : fmt::format("apt's library dies of it: {}", ::strsignal(WTERMSIG(status))),
                .list = {}};
    // What has not been told may be that it cannot be used.
    if (WEXITSTATUS(status) != EXIT_SUCCESS) return {.words = no_words, .list = {}};
    return defect_of(lines);
}

}  // namespace dray::apt_helper
