// The resource type `link`.
#include "resources/link.h"

#include "resources/managed_file.h"

namespace dray::resources {

using recipe::Kind;

const recipe::Schema Link::schema{
    .type = "link",
    .group = recipe::Group::files,
    .summary = "A symbolic link; it takes the place of a file or another link, never of a folder.",
    .source = "symlink(7), rename(2)",
    .name_doc = "its absolute path",
    .name_kind = Kind::path,
    .keys =
        {{.name = "target",
          .kind = Kind::text,
          .doc = "Where it leads: an absolute path, or one from the link's own folder on. Nothing has to be "
                 "there."},
         {.name = "owner",
          .kind = Kind::text,
          .doc = "User that owns the link itself; others' links dray does not follow.",
          .fallback = "root"},
         {.name = "group", .kind = Kind::text, .doc = "Group that owns the link itself.", .fallback = "root"},
         {.name = "state",
          .kind = Kind::text,
          .doc = "Whether it is to be there at all; only a link is ever removed.",
          .fallback = "present",
          .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "link"
name = "/etc/nginx/sites-enabled/warehouse"
target = "../sites-available/warehouse"
)"};

Link::Link(const recipe::Properties& properties)
    : path_(properties.name()),
      target_(properties.text_or_empty("target")),
      ownership_{.owner = properties.text("owner"), .group = properties.text("group")},
      present_(properties.text("state") == "present") {
    if (present_ && target_.empty())
        throw Error("cannot tell where link[" + path_.string() + "] leads", "it has no 'target'",
                    "write target = \"/where/it/leads\"");
}

State Link::inspect(const host::Host& host) const {
    const auto status = host.files().status(path_);
    if (!status) return {{"type", "absent"}};
    State state{{"type", type_text(status->type)}, {"owner", status->owner}, {"group", status->group}};
    if (const auto target = host.files().read_link(path_)) state.set("target", target->string());
    return state;
}

State Link::wanted(const host::Host& host) const {
    if (!present_) return {{"type", "absent"}};
    State state{{"type", "link"}, {"target", target_}};
    const auto owners = named(host, ownership_);
    if (!owners.owner.empty()) state.set("owner", owners.owner);
    if (!owners.group.empty()) state.set("group", owners.group);
    return state;
}

void Link::apply(host::Host& host, const State& now, const Progress&) {
    if (present_) return host.files().make_link(path_, target_, named(host, ownership_));
    if (now.value("type") != "link")
        throw Error("cannot remove link " + path_.string(), "a " + now.value("type") + " is in its place",
                    "remove it with a resource of its own type");
    host.files().remove(path_);
}

}  // namespace dray::resources
