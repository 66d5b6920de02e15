// The resource type `user`.
#include "resources/user.h"

#include "resources/account_id.h"

#include <algorithm>

namespace dray::resources {

using recipe::Kind;

const recipe::Schema User::schema{
    .type = "user",
    .summary = "A user account; a new one's password is locked.",
    .source = "passwd(5), useradd(8), usermod(8)",
    .name_doc = "its login name",
    .name_kind = Kind::text,
    .keys = {{.name = "uid", .kind = Kind::integer, .doc = "Its number; left to the system when not given."},
             {.name = "group", .kind = Kind::text, .doc = "Primary group; must exist."},
             {.name = "groups",
              .kind = Kind::texts,
              .doc = "Groups that it must be in besides; others stay."},
             {.name = "home", .kind = Kind::path, .doc = "Home folder."},
             {.name = "create_home",
              .kind = Kind::boolean,
              .doc = "Make the home folder of a new user.",
              .fallback = false},
             {.name = "shell", .kind = Kind::path, .doc = "Login shell."},
             {.name = "comment", .kind = Kind::text, .doc = "Full name, or what it is for."},
             {.name = "system",
              .kind = Kind::boolean,
              .doc = "A new user gets a number of the system range.",
              .fallback = false},
             {.name = "state",
              .kind = Kind::text,
              .doc = "Whether it is to be there at all; its files stay.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "user"
name = "warehouse"
group = "warehouse"
home = "/var/lib/warehouse"
shell = "/usr/sbin/nologin"
system = true
)"};

User::User(const recipe::Properties& properties)
    : wish_{.name = properties.name(),
            .system = properties.truth("system"),
            .uid = account_id(properties, "uid"),
            .group = properties.text_or_empty("group"),
            .groups = properties.texts("groups"),
            .home = properties.text_or_empty("home"),
            .create_home = properties.truth("create_home"),
            .shell = properties.text_or_empty("shell"),
            .comment = properties.text_or_empty("comment")},
      present_(properties.text("state") == "present") {
    std::ranges::sort(wish_.groups);
}

State User::inspect(const host::Host& host) const {
    const auto user = host.accounts().user(wish_.name);
    if (!user) return {{"state", "absent"}};
    // Of the supplementary groups only the wanted ones count: others are somebody else's business.
    std::string groups;
    for (const auto& group : wish_.groups)
        if (std::ranges::find(user->groups, group) != user->groups.end() || group == user->group)
            groups += (groups.empty() ? "" : ", ") + group;
    return {{"state", "present"},      {"uid", std::to_string(user->uid)},
            {"group", user->group},    {"groups", groups},
            {"home", user->home},      {"shell", user->shell},
            {"comment", user->comment}};
}

State User::wanted(const host::Host&) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    if (wish_.uid) state.set("uid", std::to_string(*wish_.uid));
    if (!wish_.group.empty()) state.set("group", wish_.group);
    std::string groups;
    for (const auto& group : wish_.groups)
        groups += (groups.empty() ? "" : ", ") + group;
    if (!groups.empty()) state.set("groups", groups);
    if (!wish_.home.empty()) state.set("home", wish_.home);
    if (!wish_.shell.empty()) state.set("shell", wish_.shell);
    if (!wish_.comment.empty()) state.set("comment", wish_.comment);
    return state;
}

void User::apply(host::Host& host, const State&, const Progress&) {
    if (present_)
        host.accounts().ensure_user(wish_);
    else
        host.accounts().remove_user(wish_.name);
}

}  // namespace dray::resources
