// Users and groups: read by libc, changed by the distribution's own tools, and only where they differ.
#include "host/account.h"

#include "host/identity.h"

#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <set>
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

/// usermod(8): an empty date is none.
std::string expiry_word(const std::string& expires) {
    return expires == "never" ? "" : expires;
}

/// Days since 1970 as a date.
std::string date_text(long days) {
    if (days < 0) return "never";
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

/// shadow(5): no hash begins with these. An empty field would let everybody in.
bool is_locked(const std::optional<ShadowEntry>& shadow) {
    return shadow && (shadow->password.starts_with('!') || shadow->password.starts_with('*'));
}

/// Behind the mark of a lock is what it locks.
bool has_password(const std::optional<ShadowEntry>& shadow) {
    return shadow && shadow->password.find_first_not_of("!*") != std::string::npos;
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
    if (!wish.expires.empty()) add(words, {"--expiredate", expiry_word(wish.expires)});
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
    // Of a primary group that it loses it is no member any more.
    const bool stays = wish.group.empty() || is_group(wish.group, now.group);
    for (const auto& group : wish.groups) {
        const bool member = (stays && is_group(group, now.group)) ||
                            std::any_of(now.groups.begin(), now.groups.end(),
                                        [&](const auto& is) { return is_group(group, is); });
        if (!member) missing.push_back(group);
    }
    const bool too_many =
        wish.groups_exclusive && std::ranges::any_of(now.groups, [&](const std::string& is) {
            return std::ranges::none_of(wish.groups, [&](const auto& group) { return is_group(group, is); });
        });
    if (too_many)
        add(words, {"--groups", fmt::format("{}", fmt::join(wish.groups, ","))});
    else if (!missing.empty())
        add(words, {"--append", "--groups", fmt::format("{}", fmt::join(missing, ","))});
    if (differs(wish.home, now.home)) add(words, {"--home", wish.home});
    if (differs(wish.shell, now.shell)) add(words, {"--shell", wish.shell});
    if (differs(wish.comment, now.comment)) add(words, {"--comment", wish.comment});
    if (!wish.locked && wish.expires.empty()) return words;
    const auto shadow = find_shadow(wish.name);
    if (wish.locked == false && is_locked(shadow) && !has_password(shadow))
        throw no_password_to_unlock(wish.name);
    if (wish.locked && is_locked(shadow) != *wish.locked) add(words, {*wish.locked ? "--lock" : "--unlock"});
    if (differs(wish.expires, date_text(shadow ? shadow->expires : -1)))
        add(words, {"--expiredate", expiry_word(wish.expires)});
    return words;
}

}  // namespace

Error no_password_to_unlock(const std::string& user) {
    return Error("cannot unlock the password of " + user, "it has none",
                 "set one by passwd(1), or leave out locked = false");
}

std::optional<std::uint32_t> account_number(const std::string& text) {
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, number);
    if (text.empty() || rest != end || code != std::errc() ||
        number == std::numeric_limits<std::uint32_t>::max())
        return std::nullopt;
    return number;
}

std::vector<std::string> members_wanted(const GroupWish& wish, const std::vector<std::string>& now) {
    std::set<std::string> wanted(wish.members.begin(), wish.members.end());
    if (!wish.members_exclusive) wanted.insert(now.begin(), now.end());
    return {wanted.begin(), wanted.end()};
}

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
    Group group{.name = entry->name, .gid = entry->gid, .members = entry->members};
    std::ranges::sort(group.members);
    return group;
}

std::optional<PasswordStatus> SystemAccounts::password(const std::string& name) const {
    if (!find_user(name)) return std::nullopt;
    const auto shadow = find_shadow(name);
    return PasswordStatus{.locked = is_locked(shadow),
                          .set = has_password(shadow),
                          .expires = date_text(shadow ? shadow->expires : -1)};
}

std::string SystemAccounts::user_name(const std::string& text) const {
    const auto number = account_number(text);
    return number && !find_user(text) ? user_text(*number) : text;
}

std::string SystemAccounts::group_name(const std::string& text) const {
    const auto number = account_number(text);
    return number && !find_group(text) ? group_text(*number) : text;
}

void SystemAccounts::ensure_user(const UserWish& wish) {
    auto now = user(wish.name);
    if (!now) {
        if (wish.locked == false) throw no_password_to_unlock(wish.name);
        processes_.check(command_for(words_for_new_user(wish), wish.name), "cannot create user " + wish.name);
        // useradd(8) leaves the expiry of system users out, whatever it is told; usermod does not.
        if (!wish.system || wish.expires.empty()) return;
        now = user(wish.name);
        if (!now)
            throw Error("cannot create user " + wish.name, "useradd has made none", "look at /etc/passwd");
    }
    auto words = words_for_change(wish, *now);
    if (words.size() > 1)
        processes_.check(command_for(std::move(words), wish.name), "cannot change user " + wish.name);
}

void SystemAccounts::ensure_group(const GroupWish& wish) {
    const auto now = group(wish.name);
    const auto attempt = (now ? "cannot change group " : "cannot create group ") + wish.name;
    if (!now || (wish.gid && *wish.gid != now->gid)) {
        Words words{now ? "groupmod" : "groupadd"};
        if (!now && wish.system) add(words, {"--system"});
        if (wish.gid) add(words, {"--gid", std::to_string(*wish.gid)});
        processes_.check(command_for(std::move(words), wish.name), attempt);
    }
    const auto members = now ? now->members : Words();
    const auto wanted = members_wanted(wish, members);
    if (wanted == members) return;
    // gpasswd(1), which sets the whole list.
    processes_.check(
        command_for({"gpasswd", "--members", fmt::format("{}", fmt::join(wanted, ","))}, wish.name), attempt);
}

void SystemAccounts::remove_user(const std::string& name) {
    if (find_user(name)) processes_.check(command_for({"userdel"}, name), "cannot remove user " + name);
}

void SystemAccounts::remove_group(const std::string& name) {
    if (find_group(name)) processes_.check(command_for({"groupdel"}, name), "cannot remove group " + name);
}

}  // namespace dray::host
