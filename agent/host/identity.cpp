// Names and numbers of users and groups, as libc knows them.
#include "host/identity.h"

#include "error.h"

#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>

namespace dray::host {
namespace {

constexpr std::size_t first_buffer = 1024;  // holds nearly every entry
constexpr std::size_t largest_buffer = 64u
                                       << 20;  // a group with a million members; more is a broken database

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

UserEntry entry_of(const passwd& entry) {
    return {.name = text_of(entry.pw_name),
            .uid = entry.pw_uid,
            .gid = entry.pw_gid,
            .comment = text_of(entry.pw_gecos),
            .home = text_of(entry.pw_dir),
            .shell = text_of(entry.pw_shell)};
}

GroupEntry entry_of(const group& entry) {
    GroupEntry group{.name = text_of(entry.gr_name), .gid = entry.gr_gid, .members = {}};
    for (char** member = entry.gr_mem; member != nullptr && *member != nullptr; ++member)
        group.members.emplace_back(*member);
    return group;
}

ShadowEntry entry_of(const spwd& entry) {
    return {.password = text_of(entry.sp_pwdp), .expires = entry.sp_expire};
}

/// Whether `code` is one of the ways in which databases say "no such entry"; see getpwnam(3), ERRORS.
bool means_unknown(int code) {
    return code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM;
}

/// Calls one of the getXXXX_r functions with a buffer that grows until the entry fits.
template <typename Entry, typename Call>
auto look_up(Call call, const std::string& attempt) -> std::optional<decltype(entry_of(Entry{}))> {
    for (std::vector<char> buffer(first_buffer);; buffer.resize(buffer.size() * 4)) {
        Entry entry{};
        Entry* found = nullptr;
        const int code = call(&entry, buffer.data(), buffer.size(), &found);
        if (code == EINTR) continue;
        if (code == ERANGE && buffer.size() < largest_buffer) continue;
        if (found != nullptr) return entry_of(entry);
        if (means_unknown(code)) return std::nullopt;
        throw Error::system(attempt, code);
    }
}

template <typename Number>
std::optional<Number> parse_number(const std::string& text) {
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data(), end, number);
    // The highest number is -1, which chown(2) reads as "leave it".
    if (text.empty() || code != std::errc{} || stop != end ||
        number == std::numeric_limits<std::uint32_t>::max())
        return std::nullopt;
    return Number{number};
}

}  // namespace

std::optional<UserEntry> find_user(const std::string& name) {
    return look_up<passwd>(
        [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
            return ::getpwnam_r(name.c_str(), entry, buffer, size, found);
        },
        "cannot look up user " + name);
}

std::optional<UserEntry> find_user(uid_t uid) {
    return look_up<passwd>([&](passwd* entry, char* buffer, std::size_t size,
                               passwd** found) { return ::getpwuid_r(uid, entry, buffer, size, found); },
                           "cannot look up the user with number " + std::to_string(uid));
}

std::optional<GroupEntry> find_group(const std::string& name) {
    return look_up<group>(
        [&](group* entry, char* buffer, std::size_t size, group** found) {
            return ::getgrnam_r(name.c_str(), entry, buffer, size, found);
        },
        "cannot look up group " + name);
}

std::optional<GroupEntry> find_group(gid_t gid) {
    return look_up<group>([&](group* entry, char* buffer, std::size_t size,
                              group** found) { return ::getgrgid_r(gid, entry, buffer, size, found); },
                          "cannot look up the group with number " + std::to_string(gid));
}

std::optional<ShadowEntry> find_shadow(const std::string& user) {
    return look_up<spwd>([&](spwd* entry, char* buffer, std::size_t size,
                             spwd** found) { return ::getspnam_r(user.c_str(), entry, buffer, size, found); },
                         "cannot look up the password state of " + user);
}

std::vector<gid_t> group_numbers(const UserEntry& user) {
    std::vector<gid_t> numbers(32);
    for (;;) {
        int count = static_cast<int>(numbers.size());
        if (::getgrouplist(user.name.c_str(), user.gid, numbers.data(), &count) >= 0) {
            numbers.resize(static_cast<std::size_t>(count));
            return numbers;
        }
        if (numbers.size() > 65536)  // NGROUPS_MAX: no process can have more
            throw Error("cannot list the groups of " + user.name, "there are more than 65536");
        numbers.resize(numbers.size() * 2);
    }
}

std::string user_text(uid_t uid) {
    const auto entry = find_user(uid);
    return entry ? entry->name : std::to_string(uid);
}

std::string group_text(gid_t gid) {
    const auto entry = find_group(gid);
    return entry ? entry->name : std::to_string(gid);
}

uid_t user_number(const std::string& text, const std::string& attempt) {
    if (const auto entry = find_user(text)) return entry->uid;
    if (const auto number = parse_number<uid_t>(text)) return *number;
    throw Error(attempt, "there is no user " + text, "create it first, with a user resource above this one");
}

gid_t group_number(const std::string& text, const std::string& attempt) {
    if (const auto entry = find_group(text)) return entry->gid;
    if (const auto number = parse_number<gid_t>(text)) return *number;
    throw Error(attempt, "there is no group " + text,
                "create it first, with a group resource above this one");
}

}  // namespace dray::host
