// The names of files' owners.
#include "host/owner_names.h"

#include "host/identity.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

namespace dray::host {
namespace {

/// Empty when there is no such file: then nothing is kept.
std::string version_of(const char* file) {
    struct stat status {};
    if (::stat(file, &status) != 0) return "";
    return fmt::format("{}:{}:{}:{}.{}", status.st_dev, status.st_ino, status.st_size, status.st_ctim.tv_sec,
                       status.st_ctim.tv_nsec);
}

}  // namespace

const std::string& OwnerNames::user(uid_t uid) {
    return name(users_, uid, user_text);
}

const std::string& OwnerNames::group(gid_t gid) {
    return name(groups_, gid, group_text);
}

const std::string& OwnerNames::name(Database& database, id_t number, std::string (*look_up)(id_t)) {
    const auto version = version_of(database.file);
    if (version.empty() || version != database.version) {
        database.names.clear();
        database.version = version;
    }
    const auto known = database.names.find(number);
    if (known != database.names.end()) return known->second;
    return database.names.emplace(number, look_up(number)).first->second;
}

}  // namespace dray::host
