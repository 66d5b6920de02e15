// Users and groups as a dry run would leave them.
#include "host/overlay_accounts.h"

#include "error.h"

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

template <typename Value>
bool become(Value& is, const Value& wanted) {
    if (is == wanted) return false;
    is = wanted;
    return true;
}

}  // namespace

/// What there is of a name, with what is doubtful about it noted.
template <typename Account>
std::optional<Account> OverlayAccounts::found(const Changed<Account>& changed, std::optional<Account> real,
                                              const std::string& kind, const std::string& name) const {
    const auto question = "whether there is a " + kind + " " + name;
    if (const auto known = changed.find(name); known != changed.end()) {
        const auto author = ledger_.author(kind + " " + name);
        if (author != ledger_.current() && ledger_.uncertain(author))
            ledger_.doubt({Doubt::Weight::condition, question, {author}});
        return known->second;
    }
    auto until = ledger_.unforeseen();
    if (!real && !until.empty()) ledger_.doubt({Doubt::Weight::condition, question, std::move(until)});
    return real;
}

std::optional<User> OverlayAccounts::user(const std::string& name) const {
    return found(users_, users_.contains(name) ? std::nullopt : base_.user(name), "user", name);
}

std::optional<Group> OverlayAccounts::group(const std::string& name) const {
    return found(groups_, groups_.contains(name) ? std::nullopt : base_.group(name), "group", name);
}

std::optional<PasswordStatus> OverlayAccounts::password(const std::string& name) const {
    if (const auto known = passwords_.find(name); known != passwords_.end()) return known->second;
    return base_.password(name);
}

std::string OverlayAccounts::user_name(const std::string& text) const {
    const auto number = account_number(text);
    if (!number) return text;
    for (const auto& [name, user] : users_)
        if (user && user->uid == *number) return name;
    auto name = base_.user_name(text);
    // One that was removed, or has another number now, is not meant.
    return users_.contains(name) ? text : name;
}

std::string OverlayAccounts::group_name(const std::string& text) const {
    const auto number = account_number(text);
    if (!number) return text;
    for (const auto& [name, group] : groups_)
        if (group && group->gid == *number) return name;
    auto name = base_.group_name(text);
    return groups_.contains(name) ? text : name;
}

/// The group's name as it is given: one that is missing but may be brought is taken for there.
std::string OverlayAccounts::group_named(const std::string& text, const std::string& attempt) const {
    if (group(text) || account_number(text) || !ledger_.unforeseen().empty()) return text;
    throw Error(attempt, "group '" + text + "' does not exist");
}

/// Writes or strikes a user in a group's line.
void OverlayAccounts::enter(const std::string& name, const std::string& user, bool member) {
    auto now = groups_.contains(name) ? groups_.at(name) : base_.group(name);
    if (!now) return;
    std::erase(now->members, user);
    if (member) now->members.push_back(user);
    std::ranges::sort(now->members);
    groups_[name] = std::move(now);
}

/// Membership stands in the groups' lines: what was changed of a user is seen there too.
void OverlayAccounts::tell_groups(const std::string& user, const std::vector<std::string>& before) {
    const auto after = users_.at(user)->groups;
    for (const auto& group : before)
        if (std::ranges::find(after, group) == after.end()) enter(group, user, false);
    for (const auto& group : after)
        if (std::ranges::find(before, group) == before.end()) enter(group, user, true);
}

void OverlayAccounts::create_user(const UserWish& wish) {
    if (wish.locked == false) throw no_password_to_unlock(wish.name);
    const std::string attempt = "cannot create user " + wish.name;
    User user{.name = wish.name,
              .uid = wish.uid.value_or(unknown_number),
              .group = wish.group.empty() ? wish.name : group_named(wish.group, attempt),
              .groups = {},
              .home = wish.home.empty() ? "/home/" + wish.name : wish.home,
              .shell = wish.shell.empty() ? "/bin/sh" : wish.shell,
              .comment = wish.comment};
    for (const auto& group : wish.groups)
        user.groups.push_back(group_named(group, attempt));
    std::ranges::sort(user.groups);
    // As useradd(8) with USERGROUPS_ENAB, which is how Debian has it.
    if (wish.group.empty() && !group(wish.name)) {
        groups_[wish.name] = Group{.name = wish.name, .gid = unknown_number};
        ledger_.note("group " + wish.name, "created");
    }
    const std::string home = user.home;
    users_[wish.name] = std::move(user);
    tell_groups(wish.name, {});
    passwords_[wish.name] = {.locked = true, .expires = wish.expires.empty() ? "never" : wish.expires};
    ledger_.note("user " + wish.name, "created");
    // Its mode is a matter of login.defs(5).
    if (wish.create_home) files_.foretell(home);
}

void OverlayAccounts::change_user(const UserWish& wish, User user) {
    const std::string attempt = "cannot change user " + wish.name;
    const auto before = user.groups;
    bool changed = false;
    if (wish.uid) changed |= become(user.uid, *wish.uid);
    if (!wish.group.empty()) changed |= become(user.group, group_named(wish.group, attempt));
    if (wish.groups_exclusive)
        changed |= std::erase_if(user.groups, [&](const auto& is) {
                       return std::ranges::find(wish.groups, is) == wish.groups.end();
                   }) > 0;
    for (const auto& wanted : wish.groups) {
        const auto group = group_named(wanted, attempt);
        if (group == user.group || std::ranges::find(user.groups, group) != user.groups.end()) continue;
        user.groups.push_back(group);
        changed = true;
    }
    std::ranges::sort(user.groups);
    if (!wish.home.empty()) changed |= become(user.home, wish.home);
    if (!wish.shell.empty()) changed |= become(user.shell, wish.shell);
    if (!wish.comment.empty()) changed |= become(user.comment, wish.comment);
    if (wish.locked || !wish.expires.empty()) {
        auto shadow = password(wish.name).value_or(PasswordStatus{});
        if (wish.locked == false && shadow.locked && !shadow.set) throw no_password_to_unlock(wish.name);
        if (wish.locked) changed |= become(shadow.locked, *wish.locked);
        if (!wish.expires.empty()) changed |= become(shadow.expires, wish.expires);
        passwords_[wish.name] = shadow;
    }
    if (!changed) return;
    users_[wish.name] = std::move(user);
    tell_groups(wish.name, before);
    ledger_.note("user " + wish.name, "changed");
}

void OverlayAccounts::ensure_user(const UserWish& wish) {
    auto now = user(wish.name);
    now ? change_user(wish, std::move(*now)) : create_user(wish);
}

void OverlayAccounts::ensure_group(const GroupWish& wish) {
    const auto now = group(wish.name);
    const auto members = now ? now->members : std::vector<std::string>();
    const auto wanted = members_wanted(wish, members);
    if (now && (!wish.gid || *wish.gid == now->gid) && wanted == members) return;
    const auto gid = wish.gid.value_or(now ? now->gid : unknown_number);
    groups_[wish.name] = Group{.name = wish.name, .gid = gid, .members = wanted};
    for (const auto& list : {members, wanted}) {
        for (const auto& name : list) {
            const bool member = std::ranges::find(wanted, name) != wanted.end();
            auto account = user(name);
            if (!account) continue;
            std::erase(account->groups, wish.name);
            if (member && account->group != wish.name) account->groups.push_back(wish.name);
            std::ranges::sort(account->groups);
            users_[name] = std::move(account);
        }
    }
    ledger_.note("group " + wish.name, now ? "changed" : "created");
}

void OverlayAccounts::remove_user(const std::string& name) {
    if (!user(name)) return;
    users_[name] = std::nullopt;
    passwords_.erase(name);
    ledger_.note("user " + name, "removed");
    // As userdel(8) with USERGROUPS_ENAB. Who else is in the group is not asked: it would have to be
    // everybody.
    if (!group(name)) return;
    groups_[name] = std::nullopt;
    ledger_.note("group " + name, "removed");
}

void OverlayAccounts::remove_group(const std::string& name) {
    if (!group(name)) return;
    const auto namesake = user(name);
    if (namesake && namesake->group == name)
        throw Error("cannot remove group " + name, "cannot remove the primary group of user '" + name + "'");
    groups_[name] = std::nullopt;
    ledger_.note("group " + name, "removed");
}

}  // namespace dray::host
