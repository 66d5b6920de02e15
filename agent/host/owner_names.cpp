// The names of files' owners.
#include "host/owner_names.h"

#include "host/identity.h"

namespace dray::host {
namespace {

/// What has changed within so short a time was changed by nobody that this program has started since.
constexpr auto a_moment = std::chrono::milliseconds(1);

bool same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_size == other.st_size &&
           one.st_ctim.tv_sec == other.st_ctim.tv_sec && one.st_ctim.tv_nsec == other.st_ctim.tv_nsec;
}

}  // namespace

const std::string& OwnerNames::user(uid_t uid) {
    return name(users_, uid, user_text);
}

const std::string& OwnerNames::group(gid_t gid) {
    return name(groups_, gid, group_text);
}

const std::string& OwnerNames::name(Database& database, id_t number, std::string (*look_up)(id_t)) {
    look_at(database);
    const auto known = database.names.find(number);
    if (known != database.names.end()) return known->second;
    return database.names.emplace(number, look_up(number)).first->second;
}

/// Forgets the names when the file is another one than before, or missing.
void OwnerNames::look_at(Database& database) {
    const auto now = std::chrono::steady_clock::now();
    if (database.version && now - database.looked_at < a_moment) return;
    database.looked_at = now;
    struct stat status {};
    const bool found = ::stat(database.file, &status) == 0;
    if (found && database.version && same_file(status, *database.version)) return;
    database.names.clear();
    database.version = found ? std::optional(status) : std::nullopt;
}

}  // namespace dray::host
