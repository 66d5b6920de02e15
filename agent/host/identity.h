// Names and numbers of users and groups, as libc knows them: one place for the reentrant calls and their
// buffers.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// A line of passwd(5).
struct UserEntry {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string comment;
    std::string home;
    std::string shell;
};

/// A line of group(5).
struct GroupEntry {
    std::string name;
    gid_t gid = 0;
    std::vector<std::string> members;  ///< those whose primary group it is not, as a rule
};

/// A line of shadow(5), of what dray looks at.
struct ShadowEntry {
    std::string password;  ///< hashed, or a mark such as "!"
    long expires = -1;     ///< in days since 1970; -1 for never
};

/// Each answers nothing when there is no such entry, and throws Error when the database cannot be read.
/// Source: getpwnam_r(3), getgrnam_r(3).
std::optional<UserEntry> find_user(const std::string& name);
std::optional<UserEntry> find_user(uid_t uid);
std::optional<GroupEntry> find_group(const std::string& name);
std::optional<GroupEntry> find_group(gid_t gid);
/// Source: getspnam_r(3); root alone may read it.
std::optional<ShadowEntry> find_shadow(const std::string& user);

/// The numbers of all groups of a user, its primary one included. Source: getgrouplist(3).
std::vector<gid_t> group_numbers(const UserEntry& user);

/// The name that goes with a number, or the number as text when no entry has it.
std::string user_text(uid_t uid);
std::string group_text(gid_t gid);

/// The number for a user's or group's name, or for a number as text (a name wins, as in chown(1)).
/// Throws Error that begins with `attempt` when there is neither.
uid_t user_number(const std::string& text, const std::string& attempt);
gid_t group_number(const std::string& text, const std::string& attempt);

}  // namespace dray::host
