// The .changes file with which packages are uploaded.
#include "builder/changes_file.h"

#include "builder/apt_index.h"
#include "builder/dates.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <fstream>
#include <string_view>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// The time of an archive's first member, which dpkg-deb takes from SOURCE_DATE_EPOCH (deb(5)): after the
/// eight bytes of "!<arch>" come its name, of 16 bytes, and its time in seconds, of 12.
std::chrono::sys_seconds package_time(const fs::path& deb) {
    constexpr std::size_t time_begin = 8 + 16;
    constexpr std::size_t time_size = 12;
    std::string head(time_begin + time_size, '\0');
    std::ifstream in(deb, std::ios::binary);
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    std::int64_t seconds = 0;
    const char* begin = head.data() + time_begin;
    if (!in || !head.starts_with("!<arch>\n") ||
        std::from_chars(begin, begin + time_size, seconds).ec != std::errc{})
        throw Error(fmt::format("cannot describe {}", deb.filename().string()), "it is no Debian package");
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

}  // namespace

std::string changes_text(const Upload& upload) {
    std::string text = fmt::format(
        "Format: 1.8\nDate: {}\nSource: {}\nBinary: {}\nArchitecture: {}\nVersion: {}\nDistribution: {}\n"
        "Urgency: medium\nMaintainer: {}\nChanged-By: {}\nDescription:\n {} - {}\n",
        mail_date(upload.date), upload.package, upload.package, upload.architecture, upload.version,
        upload.distribution, upload.maintainer, upload.maintainer, upload.package, upload.description);
    text += fmt::format("Changes:\n {} ({}) {}; urgency=medium\n .\n", upload.package, upload.version,
                        upload.distribution);
    for (const std::string& change : upload.changes)
        text += fmt::format("   * {}\n", change);
    text += "Checksums-Sha1:\n";
    for (const auto& [name, digests, section, priority] : upload.files)
        text += fmt::format(" {} {} {}\n", digests.sha1, digests.size, name);
    text += "Checksums-Sha256:\n";
    for (const auto& [name, digests, section, priority] : upload.files)
        text += fmt::format(" {} {} {}\n", digests.sha256, digests.size, name);
    text += "Files:\n";
    for (const auto& [name, digests, section, priority] : upload.files)
        text += fmt::format(" {} {} {} {} {}\n", digests.md5, digests.size, section, priority, name);
    return text;
}

Upload describe_upload(const host::Processes& processes, const fs::path& deb, const std::string& distribution,
                       const std::vector<std::string>& changes) {
    const std::string attempt = fmt::format("cannot describe {}", deb.filename().string());
    const std::string fields =
        processes.check({.argv = {"dpkg-deb", "--field", deb.string()}}, attempt).output;
    const auto field = [&](const char* name) {
        std::string value = stanza_field(fields, name);
        if (value.empty()) throw Error(attempt, fmt::format("it has no {}", name));
        return value;
    };
    Upload upload{.package = field("Package"),
                  .version = field("Version"),
                  .architecture = field("Architecture"),
                  .distribution = distribution,
                  .maintainer = field("Maintainer"),
                  .description = field("Description"),
                  .changes = changes,
                  .date = package_time(deb),
                  .files = {}};
    const auto add = [&](const fs::path& file) {
        upload.files.push_back(
            {file.filename().string(), file_digests(file), field("Section"), field("Priority")});
    };
    add(deb);
    if (const fs::path about = fs::path(deb).replace_extension(".buildinfo"); fs::exists(about)) add(about);
    return upload;
}

}  // namespace dray::builder
