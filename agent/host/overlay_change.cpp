// Changes of files in a dry run: each checked as the real one would be, and then held in memory.
#include "error.h"
#include "host/overlay_files.h"
#include "host/path_resolve.h"
#include "host/path_walk.h"

#include <cerrno>
#include <utility>

namespace dray::host {

void OverlayFiles::write(const std::filesystem::path& path, std::string_view content,
                         const Ownership& ownership) {
    const std::string attempt = "cannot write " + path.string();
    const std::string place = existing_parent(path, attempt);
    refuse_to_replace(place, attempt);
    Ownership wanted = ownership;
    const auto before = look(place);
    if (before && before->type == FileType::regular) {
        if (wanted.owner.empty()) wanted.owner = before->owner;
        if (wanted.group.empty()) wanted.group = before->group;
    }
    put(place, {.status = fresh_status(FileType::regular, wanted, attempt), .content = std::string(content)},
        before ? "written" : "created");
}

void OverlayFiles::set_ownership(const std::filesystem::path& path, const Ownership& ownership) {
    const std::string attempt = "cannot set owner and mode of " + path.string();
    const std::string place = existing_parent(path, attempt);
    const auto before = look(place);
    if (!before) throw Error::system(attempt, ENOENT);
    if (before->type == FileType::link || before->type == FileType::other)
        throw Error(attempt, "it is neither a file nor a folder");
    auto after = *before;
    own(after, ownership, attempt);
    const Node* const known = node_at(place);
    Node node = known != nullptr ? *known : Node{.status = {}, .content = {}, .fresh = false};
    if (before->owner == after.owner && before->group == after.group && before->mode == after.mode &&
        node.knowledge == Knowledge::whole)
        return;
    node.status = after;
    node.knowledge = Knowledge::whole;
    put(place, std::move(node), "changed");
}

void OverlayFiles::make_directory(const std::filesystem::path& path, const Ownership& ownership,
                                  bool parents) {
    const std::string attempt = "cannot make folder " + path.string();
    const auto make = [&](const std::string& place, const Ownership& owned) {
        put(place, {.status = fresh_status(FileType::directory, owned, attempt), .content = ""}, "created");
    };
    const auto parts = components(path, attempt);
    std::filesystem::path parent = "/";
    for (std::size_t i = 0; parents && i + 1 < parts.size(); ++i) {
        parent /= parts[i];
        const std::string place = existing_parent(parent, attempt);
        if (!look(place)) make(place, {.owner = {}, .group = {}, .mode = 0755});
    }
    const std::string place = existing_parent(path, attempt);
    const auto before = look(place);
    if (before && before->type != FileType::directory) throw Error::system(attempt, EEXIST);
    if (before)
        set_ownership(path, ownership);
    else
        make(place, ownership);
}

void OverlayFiles::make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                             const Ownership& ownership) {
    const std::string attempt = "cannot make link " + path.string();
    if (target.empty() || target.native().find('\0') != std::string::npos)
        throw Error(attempt, "its target is not a path");
    const std::string place = existing_parent(path, attempt);
    refuse_to_replace(place, attempt);
    const bool there = look(place).has_value();
    const Ownership owned{.owner = ownership.owner, .group = ownership.group, .mode = 0777};
    put(place, {.status = fresh_status(FileType::link, owned, attempt), .content = target.string()},
        there ? "replaced" : "created");
}

void OverlayFiles::write_in_place(const std::filesystem::path& path, std::string_view text) {
    const std::string attempt = "cannot write into " + path.string();
    const std::string place = existing_parent(path, attempt);
    const auto before = look(place);
    if (!before) {
        // A module or a namespace that somebody brings has settings of its own.
        auto until = ledger_.unforeseen();
        if (until.empty()) throw Error::system(attempt, ENOENT);
        ledger_.doubt({Doubt::Weight::condition, "whether there is " + place, std::move(until)});
    } else if (before->type != FileType::regular) {
        throw Error(attempt, "it is not a regular file");
    }
    auto status = before ? *before : fresh_status(FileType::regular, {}, attempt);
    put(place, {.status = std::move(status), .content = std::string(text)}, "written");
}

void OverlayFiles::reserve(const std::filesystem::path& path, std::uint64_t) {
    const std::string attempt = "cannot keep room as " + path.string();
    const std::string place = existing_parent(path, attempt);
    const auto before = look(place);
    if (before && before->type != FileType::regular) throw Error(attempt, "it is not a regular file");
    if (before) return;
    auto status = fresh_status(FileType::regular, {.owner = {}, .group = {}, .mode = 0600}, attempt);
    put(place, {.status = std::move(status), .content = ""}, "written");
}

void OverlayFiles::remove(const std::filesystem::path& path) {
    const std::string attempt = "cannot remove " + path.string();
    const std::string place = resolve(path, attempt);
    if (place.empty()) return;
    const auto before = look(place);
    if (!before) return;
    if (before->type == FileType::directory && !list(path).empty())
        throw Error::system(attempt, ENOTEMPTY, "it holds files that dray did not make");
    put(place, {.status = {}, .content = {}, .fresh = true}, "removed");
}

void OverlayFiles::foretell(const std::filesystem::path& path) {
    const std::string attempt = "cannot foretell " + path.string();
    std::filesystem::path above = "/";
    for (const auto& part : components(path, attempt)) {
        above /= part;
        const auto place = existing_parent(above, attempt);
        if (look(place)) continue;
        const auto type = above == path ? FileType::regular : FileType::directory;
        put(place,
            {.status = fresh_status(type, {}, attempt), .content = "", .knowledge = Knowledge::existence},
            "created");
    }
}

}  // namespace dray::host
