// Room on the host's file systems.
#include "apt_helper/disk_space.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace dray::apt_helper {
namespace {

constexpr Bytes megabyte = 1'000'000;
constexpr std::size_t status_digits = 3;

bool has_http_status(std::string_view words) {
    const auto status = words.substr(0, status_digits);
    return words.size() > status_digits && words[status_digits] == ' ' &&
           std::ranges::all_of(status, [](unsigned char byte) { return std::isdigit(byte) != 0; });
}

}  // namespace

Bytes free_space(const std::filesystem::path& path, Blocks blocks) {
    struct statvfs space {};
    if (::statvfs(path.c_str(), &space) != 0)
        throw Error::system("cannot tell the free space of " + path.string(), errno);
    return Bytes{blocks == Blocks::reserved_too ? space.f_bfree : space.f_bavail} * space.f_frsize;
}

dev_t file_system(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw Error::system("cannot look at " + path.string(), errno);
    return status.st_dev;
}

std::filesystem::path mount_point(std::filesystem::path path) {
    const auto device = file_system(path);
    while (path.has_relative_path() && file_system(path.parent_path()) == device)
        path = path.parent_path();
    return path;
}

void no_room(const std::string& where, Bytes needed, Bytes free, const std::string& attempt) {
    throw Error(attempt + ": no space on " + where,
                fmt::format("needs {} MB, {} MB free", needed / megabyte + 1, free / megabyte),
                "free space there; nothing was changed, and the next run tries again");
}

bool tells_no_room(std::string_view words) {
    return !has_http_status(words) && words.find(std::strerror(ENOSPC)) != std::string_view::npos;
}

}  // namespace dray::apt_helper
