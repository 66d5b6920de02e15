// Files that decide what root does.
#include "host/trust.h"

#include "error.h"
#include "host/identity.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

namespace dray::host {
namespace {

constexpr Mode writable_by_others = 0022;

}  // namespace

std::optional<FileStatus> trusted_status(const Files& files, const std::filesystem::path& path,
                                         const std::string& attempt) {
    auto status = files.status(path);
    if (!status) return std::nullopt;
    if (status->type == FileType::link)
        throw Error(attempt, path.string() + " is a symbolic link", "put the file itself there");
    if (status->owner != "root" && status->owner != user_text(::geteuid()))
        throw Error(attempt, fmt::format("{} belongs to {}", path.string(), status->owner),
                    "chown root " + path.string());
    if ((status->mode & writable_by_others) != 0)
        throw Error(attempt,
                    fmt::format("others than its owner may write to {} (mode {})", path.string(),
                                mode_text(status->mode)),
                    "chmod go-w " + path.string());
    return status;
}

}  // namespace dray::host
