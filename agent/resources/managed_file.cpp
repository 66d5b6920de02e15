// A file with a wanted content and ownership.
#include "resources/managed_file.h"

#include <algorithm>

namespace dray::resources {
namespace {

constexpr auto passed = "passed";

}  // namespace

std::string type_text(host::FileType type) {
    switch (type) {
        case host::FileType::regular:
            return "file";
        case host::FileType::directory:
            return "directory";
        case host::FileType::link:
            return "link";
        case host::FileType::other:
            break;
    }
    return "other";
}

State status_state(const host::Host& host, const std::filesystem::path& path) {
    return status_state(host.files().status(path));
}

State status_state(const std::optional<host::FileStatus>& status) {
    if (!status) return {{"type", "absent"}};
    return {{"type", type_text(status->type)},
            {"owner", status->owner},
            {"group", status->group},
            {"mode", host::mode_text(status->mode)}};
}

State ManagedFile::inspect(const host::Host& host) const {
    // A larger file than the wanted one can only differ; reading a little more than that is enough to see it.
    const auto limit = std::max<std::uint64_t>(content.size() + 1, 1u << 20);
    auto view = host.files().view(path, limit);
    State state = view ? status_state(view->status) : status_state(std::nullopt);
    if (!replacement.validate.empty())
        state.set("check", replacement.unchecked(host, path) ? "cut short" : passed);
    if (view && view->status.type == host::FileType::regular) {
        auto text =
            view->content ? *std::move(view->content) : "(" + std::to_string(view->status.size) + " bytes)";
        state.set("content", std::move(text), sensitive ? Display::secret : Display::content);
    }
    return state;
}

State ManagedFile::wanted(const host::Host& host) const {
    if (!present) return {{"type", "absent"}};
    State state{{"type", "file"}};
    const auto owners = named(host, ownership);
    if (!owners.owner.empty()) state.set("owner", owners.owner);
    if (!owners.group.empty()) state.set("group", owners.group);
    state.set("mode", host::mode_text(ownership.mode));
    state.set("content", content, sensitive ? Display::secret : Display::content);
    if (!replacement.validate.empty()) state.set("check", passed);
    return state;
}

bool ManagedFile::apply(host::Host& host, const State& now) const {
    if (!present) {
        replacement.remove(host, path);
        return false;
    }
    const bool same = now.value("type") == "file" && now.value("content") == content;
    if (same && !replacement.unchecked(host, path)) {
        host.files().set_ownership(path, named(host, ownership));
        return false;
    }
    replacement.write(host, path, content, named(host, ownership));
    return true;
}

host::Ownership named(const host::Host& host, host::Ownership ownership) {
    ownership.owner = host.accounts().user_name(ownership.owner);
    ownership.group = host.accounts().group_name(ownership.group);
    return ownership;
}

void check_secret_mode(const recipe::Properties& properties, const std::string& key, host::Mode mode) {
    constexpr host::Mode all_users = 0007;
    if ((mode & all_users) == 0) return;
    throw Error(
        "cannot write the secret in '" + key + "' of " + properties.type() + "[" + properties.name() + "]",
        "all users could read the file: its mode is " + host::mode_text(mode),
        "write mode = \"0640\", and the group that needs it");
}

std::vector<recipe::Key> ownership_keys(const std::string& default_mode) {
    using recipe::Kind;
    return {
        {.name = "owner",
         .kind = Kind::text,
         .doc = "User that owns it, by name or number.",
         .fallback = "root"},
        {.name = "group",
         .kind = Kind::text,
         .doc = "Group that owns it, by name or number.",
         .fallback = "root"},
        {.name = "mode", .kind = Kind::mode, .doc = "Permission bits.", .fallback = default_mode.c_str()},
        {.name = "state",
         .kind = Kind::text,
         .doc = "Whether it is to be there at all.",
         .fallback = "present",
         .choices = {"present", "absent"}},
    };
}

}  // namespace dray::resources
