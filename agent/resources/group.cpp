// The resource type `group`.
#include "resources/group.h"

#include "resources/account_id.h"

namespace dray::resources {

using recipe::Kind;

const recipe::Schema Group::schema{
    .type = "group",
    .summary = "A group of users.",
    .source = "group(5), groupadd(8)",
    .name_doc = "its name",
    .name_kind = Kind::text,
    .keys = {{.name = "gid", .kind = Kind::integer, .doc = "Its number; left to the system when not given."},
             {.name = "system",
              .kind = Kind::boolean,
              .doc = "A new group gets a number of the system range.",
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
    : wish_{properties.name(), properties.truth("system"), account_id(properties, "gid")},
      present_(properties.text("state") == "present") {}

State Group::inspect(const host::Host& host) const {
    const auto group = host.accounts().group(wish_.name);
    if (!group) return {{"state", "absent"}};
    return {{"state", "present"}, {"gid", std::to_string(group->gid)}};
}

State Group::wanted(const host::Host&) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    if (wish_.gid) state.set("gid", std::to_string(*wish_.gid));
    return state;
}

void Group::apply(host::Host& host, const State&, const Progress&) {
    if (present_)
        host.accounts().ensure_group(wish_);
    else
        host.accounts().remove_group(wish_.name);
}

}  // namespace dray::resources
