// Users and groups: read by libc, changed by the distribution's own tools, and only where they differ.
#include "host/account.h"

#include "host/identity.h"

#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

// The tools wait some seconds for each other's lock on /etc/passwd; longer than this, one of them hangs.
constexpr auto tool_timeout = std::chrono::minutes(1);

using Words = std::vector<std::string>;

void add(Words& words, std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
}

/// The words of a tool's call, closed by the name. A name that looks like an option is no option after "--".
Command command_for(Words words, const std::string& name) {
    add(words, {"--", name});
    return {.argv = std::move(words), .timeout = tool_timeout};
}

bool is_group(const std::string& wish, const std::string& name) {
    if (wish == name) return true;
    const auto entry = find_group(name);
    return entry && wish == std::to_string(entry->gid);
}

Words words_for_new_user(const UserWish& wish) {
    Words words{"useradd"};
    if (wish.system) add(words, {"--system"});
    if (wish.uid) add(words, {"--uid", std::to_string(*wish.uid)});
    // useradd makes a group of the user's name by itself, and stops when there is one already.
    if (!wish.group.empty())
        add(words, {"--gid", wish.group});
    else if (find_group(wish.name))
        add(words, {"--gid", wish.name});
    if (!wish.groups.empty()) add(words, {"--groups", fmt::format("{}", fmt::join(wish.groups, ","))});
    if (!wish.home.empty()) add(words, {"--home-dir", wish.home});
    add(words, {wish.create_home ? "--create-home" : "--no-create-home"});
    if (!wish.shell.empty()) add(words, {"--shell", wish.shell});
    if (!wish.comment.empty()) add(words, {"--comment", wish.comment});
    return words;
}

/// Nothing but the tool's name when the user is as wished.
Words words_for_change(const UserWish& wish, const User& now) {
    Words words{"usermod"};
    const auto differs = [](const std::string& wanted, const std::string& is) {
        return !wanted.empty() && wanted != is;
    };
    if (wish.uid && *wish.uid != now.uid) add(words, {"--uid", std::to_string(*wish.uid)});
    if (!wish.group.empty() && !is_group(wish.group, now.group)) add(words, {"--gid", wish.group});
    Words missing;
    for (const auto& group : wish.groups) {
        const bool member =
            is_group(group, now.group) || std::any_of(now.groups.begin(), now.groups.end(),
                                                      [&](const auto& is) { return is_group(group, is); });
        if (!member) missing.push_back(group);
    }
    if (!missing.empty()) add(words, {"--append", "--groups", fmt::format("{}", fmt::join(missing, ","))});
    if (differs(wish.home, now.home)) add(words, {"--home", wish.home});
    if (differs(wish.shell, now.shell)) add(words, {"--shell", wish.shell});
    if (differs(wish.comment, now.comment)) add(words, {"--comment", wish.comment});
    return words;
}

}  // namespace

std::optional<User> SystemAccounts::user(const std::string& name) const {
    const auto entry = find_user(name);
    if (!entry) return std::nullopt;
    User user{.name = entry->name,
              .uid = entry->uid,
              .group = group_text(entry->gid),
              .groups = {},
              .home = entry->home,
              .shell = entry->shell,
              .comment = entry->comment};
    for (const gid_t gid : group_numbers(*entry))
        if (gid != entry->gid) user.groups.push_back(group_text(gid));
    std::sort(user.groups.begin(), user.groups.end());
    return user;
}

std::optional<Group> SystemAccounts::group(const std::string& name) const {
    const auto entry = find_group(name);
    if (!entry) return std::nullopt;
    return Group{.name = entry->name, .gid = entry->gid};
}

void SystemAccounts::ensure_user(const UserWish& wish) {
    const auto now = user(wish.name);
    if (!now) {
        processes_.check(command_for(words_for_new_user(wish), wish.name), "cannot create user " + wish.name);
        return;
    }
    auto words = words_for_change(wish, *now);
    if (words.size() > 1)
        processes_.check(command_for(std::move(words), wish.name), "cannot change user " + wish.name);
}

void SystemAccounts::ensure_group(const GroupWish& wish) {
    const auto now = group(wish.name);
    if (now && (!wish.gid || *wish.gid == now->gid)) return;
    Words words{now ? "groupmod" : "groupadd"};
    if (!now && wish.system) add(words, {"--system"});
    if (wish.gid) add(words, {"--gid", std::to_string(*wish.gid)});
    processes_.check(command_for(std::move(words), wish.name),
                     (now ? "cannot change group " : "cannot create group ") + wish.name);
}

void SystemAccounts::remove_user(const std::string& name) {
    if (find_user(name)) processes_.check(command_for({"userdel"}, name), "cannot remove user " + name);
}

void SystemAccounts::remove_group(const std::string& name) {
    if (find_group(name)) processes_.check(command_for({"groupdel"}, name), "cannot remove group " + name);
}

}  // namespace dray::host
