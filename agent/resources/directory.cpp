// The resource type `directory`.
#include "resources/directory.h"

#include "resources/managed_file.h"

namespace dray::resources {

const recipe::Schema Directory::schema{
    .type = "directory",
    .summary = "A folder.",
    .source = "mkdir(2), chmod(2), chown(2)",
    .name_doc = "its absolute path",
    .name_kind = recipe::Kind::path,
    .keys =
        [] {
            auto keys = ownership_keys("0755");
            keys.push_back({.name = "parents",
                            .kind = recipe::Kind::boolean,
                            .doc = "Make missing folders above it too, owned by root with mode 0755.",
                            .fallback = false});
            return keys;
        }(),
    .example = R"([[resource]]
type = "directory"
name = "/etc/warehouse"
group = "warehouse"
mode = "0750"
)"};

Directory::Directory(const recipe::Properties& properties)
    : path_(properties.name()),
      ownership_{properties.text("owner"), properties.text("group"), properties.mode("mode")},
      parents_(properties.truth("parents")),
      present_(properties.text("state") == "present") {}

State Directory::inspect(const host::Host& host) const {
    return status_state(host, path_);
}

State Directory::wanted(const host::Host&) const {
    if (!present_) return {{"type", "absent"}};
    State state{{"type", "directory"}};
    if (!ownership_.owner.empty()) state.set("owner", ownership_.owner);
    if (!ownership_.group.empty()) state.set("group", ownership_.group);
    return state.set("mode", host::mode_text(ownership_.mode));
}

void Directory::apply(host::Host& host, const State& now, const Progress&) {
    if (!present_) return host.files().remove(path_);
    if (now.value("type") == "directory") return host.files().set_ownership(path_, ownership_);
    if (now.value("type") != "absent")
        throw Error("cannot make the folder " + path_.string(), "a " + now.value("type") + " is in its place",
                    "look at it, and move it away");
    host.files().make_directory(path_, ownership_, parents_);
}

}  // namespace dray::resources
