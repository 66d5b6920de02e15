// Users and groups held in memory, for unit tests.
#include "host/account_memory.h"

#include "error.h"

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

// As /etc/login.defs has it: system numbers go down from 999, others up from 1000.
constexpr std::uint32_t last_system_number = 999;
constexpr std::uint32_t first_number = 1000;

}  // namespace

MemoryAccounts::MemoryAccounts() {
    groups_["root"] = {.name = "root", .gid = 0};
    passwords_["root"] = {.locked = true};
    users_["root"] = {.name = "root",
                      .uid = 0,
                      .group = "root",
                      .groups = {},
                      .home = "/root",
                      .shell = "/bin/bash",
                      .comment = "root"};
}

std::optional<User> MemoryAccounts::user(const std::string& name) const {
    const auto found = users_.find(name);
    return found != users_.end() ? std::optional(found->second) : std::nullopt;
}

std::optional<Group> MemoryAccounts::group(const std::string& name) const {
    const auto found = groups_.find(name);
    if (found == groups_.end()) return std::nullopt;
    Group group = found->second;
    for (const auto& [user_name, user] : users_)
        if (std::ranges::find(user.groups, name) != user.groups.end()) group.members.push_back(user_name);
    return group;
}

std::optional<PasswordStatus> MemoryAccounts::password(const std::string& user) const {
    const auto found = passwords_.find(user);
    return found != passwords_.end() ? std::optional(found->second) : std::nullopt;
}

std::string MemoryAccounts::user_name(const std::string& text) const {
    if (users_.contains(text)) return text;
    for (const auto& [name, user] : users_)
        if (account_number(text) == user.uid) return name;
    return text;
}

std::string MemoryAccounts::group_name(const std::string& text) const {
    if (groups_.contains(text)) return text;
    for (const auto& [name, group] : groups_)
        if (account_number(text) == group.gid) return name;
    return text;
}

std::string MemoryAccounts::group_named(const std::string& text, const std::string& attempt) const {
    auto name = group_name(text);
    if (groups_.contains(name)) return name;
    throw Error(attempt, "group '" + text + "' does not exist");
}

std::uint32_t MemoryAccounts::free_number(bool system, bool users) const {
    const auto taken = [&](std::uint32_t number) {
        if (users)
            return std::any_of(users_.begin(), users_.end(),
                               [&](const auto& u) { return u.second.uid == number; });
        return std::any_of(groups_.begin(), groups_.end(),
                           [&](const auto& g) { return g.second.gid == number; });
    };
    std::uint32_t number = system ? last_system_number : first_number;
    while (taken(number))
        number = system ? number - 1 : number + 1;
    return number;
}

void MemoryAccounts::create_user(const UserWish& wish, const std::string& attempt) {
    if (wish.locked == false) throw no_password_to_unlock(wish.name);
    User user;
    user.name = wish.name;
    user.uid = wish.uid ? *wish.uid : free_number(wish.system, true);
    for (const auto& [name, other] : users_)
        if (other.uid == user.uid) throw Error(attempt, "UID " + std::to_string(user.uid) + " is not unique");
    for (const auto& group : wish.groups)
        user.groups.push_back(group_named(group, attempt));
    std::sort(user.groups.begin(), user.groups.end());
    if (!wish.group.empty())
        user.group = group_named(wish.group, attempt);
    else if (groups_.count(wish.name) == 0)
        groups_[wish.name] = {.name = wish.name, .gid = free_number(wish.system, false)};
    if (user.group.empty()) user.group = wish.name;
    user.home = wish.home.empty() ? "/home/" + wish.name : wish.home;
    user.shell = wish.shell.empty() ? "/bin/sh" : wish.shell;
    user.comment = wish.comment;
    users_[user.name] = user;
    if (wish.create_home && make_home_) make_home_(user);
    passwords_[user.name] = {.locked = true, .expires = wish.expires.empty() ? "never" : wish.expires};
    ++changes_;
}

void MemoryAccounts::ensure_user(const UserWish& wish) {
    const auto found = users_.find(wish.name);
    if (found == users_.end()) {
        create_user(wish, "cannot create user " + wish.name);
        return;
    }
    const std::string attempt = "cannot change user " + wish.name;
    User user = found->second;
    bool changed = false;
    const auto become = [&](auto& is, const auto& wanted) {
        changed = changed || is != wanted;
        is = wanted;
    };
    if (wish.uid) become(user.uid, *wish.uid);
    if (!wish.group.empty()) become(user.group, group_named(wish.group, attempt));
    if (wish.groups_exclusive) {
        const auto unwanted = std::erase_if(user.groups, [&](const std::string& is) {
            return std::ranges::none_of(wish.groups,
                                        [&](const auto& group) { return group_named(group, attempt) == is; });
        });
        changed = changed || unwanted > 0;
    }
    for (const auto& wanted : wish.groups) {
        const std::string group = group_named(wanted, attempt);
        if (group == user.group || std::count(user.groups.begin(), user.groups.end(), group) > 0) continue;
        user.groups.push_back(group);
        changed = true;
    }
    std::sort(user.groups.begin(), user.groups.end());
    if (!wish.home.empty()) become(user.home, wish.home);
    if (!wish.shell.empty()) become(user.shell, wish.shell);
    if (!wish.comment.empty()) become(user.comment, wish.comment);
    auto& password = passwords_[wish.name];
    if (wish.locked == false && password.locked && !password.set) throw no_password_to_unlock(wish.name);
    if (wish.locked) become(password.locked, *wish.locked);
    if (!wish.expires.empty()) become(password.expires, wish.expires);
    if (changed) ++changes_;
    found->second = std::move(user);
}

void MemoryAccounts::ensure_group(const GroupWish& wish) {
    const auto found = groups_.find(wish.name);
    const auto now = group(wish.name);
    const auto members = now ? now->members : std::vector<std::string>();
    const auto wanted = members_wanted(wish, members);
    const bool numbered = found != groups_.end() && (!wish.gid || *wish.gid == found->second.gid);
    if (numbered && wanted == members) return;
    const std::string attempt =
        (found != groups_.end() ? "cannot change group " : "cannot create group ") + wish.name;
    for (const auto& [name, group] : groups_)
        if (wish.gid && group.gid == *wish.gid && name != wish.name)
            throw Error(attempt, "GID '" + std::to_string(*wish.gid) + "' already exists");
    for (const auto& member : wanted)
        if (!users_.contains(member)) throw Error(attempt, "user '" + member + "' does not exist");
    const auto gid = wish.gid ? *wish.gid : numbered ? found->second.gid : free_number(wish.system, false);
    groups_[wish.name] = {.name = wish.name, .gid = gid, .members = {}};
    for (auto& [name, user] : users_) {
        std::erase(user.groups, wish.name);
        if (std::ranges::find(wanted, name) != wanted.end()) user.groups.push_back(wish.name);
        std::ranges::sort(user.groups);
    }
    ++changes_;
}

void MemoryAccounts::remove_user(const std::string& name) {
    const auto found = users_.find(name);
    if (found == users_.end()) return;
    users_.erase(found);
    // As userdel(8) with USERGROUPS_ENAB: the group of the same name goes too when nobody else is in it.
    const bool used = std::any_of(users_.begin(), users_.end(), [&](const auto& entry) {
        const auto& groups = entry.second.groups;
        return entry.second.group == name || std::count(groups.begin(), groups.end(), name) > 0;
    });
    if (!used) groups_.erase(name);
    ++changes_;
}

void MemoryAccounts::remove_group(const std::string& name) {
    if (groups_.count(name) == 0) return;
    for (auto& [user_name, user] : users_) {
        if (user.group == name)
            throw Error("cannot remove group " + name,
                        "cannot remove the primary group of user '" + user_name + "'");
        user.groups.erase(std::remove(user.groups.begin(), user.groups.end(), name), user.groups.end());
    }
    groups_.erase(name);
    ++changes_;
}

}  // namespace dray::host
