// The resource type `group`.
#include "resources/group.h"

#include "resources/account_id.h"

#include <algorithm>

namespace dray::resources {

using recipe::Kind;

namespace {

std::string member_list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

const recipe::Schema Group::schema{
    .type = "group",
    .group = recipe::Group::accounts,
    .summary = "A group of users.",
    .source = "group(5), groupadd(8)",
    .name_doc = "its name",
    .name_kind = Kind::text,
    .keys = {{.name = "gid", .kind = Kind::integer, .doc = "Its number; left to the system when not given."},
             {.name = "system",
              .kind = Kind::boolean,
              .doc = "A new group gets a number of the system range.",
              .fallback = false},
             {.name = "members",
              .kind = Kind::texts,
              .doc = "Users that must be in it, besides those whose primary group it is."},
             {.name = "members_exclusive",
              .kind = Kind::boolean,
              .doc = "Take all other users out of it.",
              .fallback = false},
             {.name = "state",
              .kind = Kind::text,
              .doc = "Whether it is to be there at all.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "group"
name = "warehouse"
system = true
)"};

Group::Group(const recipe::Properties& properties)
    : wish_{.name = properties.name(),
            .system = properties.truth("system"),
            .gid = account_id(properties, "gid"),
            .members = properties.texts("members"),
            .members_exclusive = properties.truth("members_exclusive")},
      present_(properties.text("state") == "present") {
    std::ranges::sort(wish_.members);
}

State Group::inspect(const host::Host& host) const {
    const auto group = host.accounts().group(wish_.name);
    if (!group) return {{"state", "absent"}};
    State state{{"state", "present"}, {"gid", std::to_string(group->gid)}};
    return counts_members() ? state.set("members", member_list(group->members)) : state;
}

State Group::wanted(const host::Host& host) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    if (wish_.gid) state.set("gid", std::to_string(*wish_.gid));
    if (!counts_members()) return state;
    const auto group = host.accounts().group(wish_.name);
    const auto now = group ? group->members : std::vector<std::string>();
    return state.set("members", member_list(host::members_wanted(wish_, now)));
}

void Group::apply(host::Host& host, const State&, const Progress&) {
    if (present_)
        host.accounts().ensure_group(wish_);
    else
        host.accounts().remove_group(wish_.name);
}

}  // namespace dray::resources
