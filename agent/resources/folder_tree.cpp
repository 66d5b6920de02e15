// All that is below a folder, compared with what is to be there.
#include "resources/folder_tree.h"

#include "error.h"
#include "resources/managed_file.h"

#include <set>

namespace dray::resources {
namespace {

namespace fs = std::filesystem;
using host::FileType;

constexpr auto nothing_there = "absent";
constexpr host::Mode set_id_bits = 06000;

/// "file root:root 0644"; links and devices by their type alone, as nothing else of them is looked at.
std::string text_of(FileType type, const std::string& owner, const std::string& group, host::Mode mode) {
    if (type == FileType::link || type == FileType::other) return type_text(type);
    return type_text(type) + " " + owner + ":" + group + " " + host::mode_text(mode);
}

std::string text_of(const std::optional<host::FileStatus>& status) {
    return status ? text_of(status->type, status->owner, status->group, status->mode) : nothing_there;
}

/// The same for what is wanted; who is not named is whoever it is now.
std::string wanted_text(FileType type, const host::Ownership& ownership,
                        const std::optional<host::FileStatus>& status) {
    const auto either = [](const std::string& named, const std::string& kept) {
        return named.empty() ? kept : named;
    };
    const bool kept = status && status->type == type;
    return text_of(type, either(ownership.owner, kept ? status->owner : "root"),
                   either(ownership.group, kept ? status->group : "root"), ownership.mode);
}

/// What a file holds when that is something else than `wanted`.
std::optional<std::string> other_content(const host::Files& files, const fs::path& path, std::uint64_t size,
                                         const std::string& wanted) {
    // A larger file can only differ; a little of it is shown, were it a terabyte.
    constexpr std::uint64_t shown_limit = 1u << 20;
    if (size > wanted.size() && size > shown_limit) return "(" + std::to_string(size) + " bytes)";
    auto content = files.read(path).value_or("");
    if (content == wanted) return std::nullopt;
    return content;
}

void refuse_mounts(const host::Files& files, const fs::path& folder, std::uint64_t device) {
    for (const auto& name : files.list(folder)) {
        const auto path = folder / name;
        const auto status = files.status(path);
        if (!status || status->type != FileType::directory) continue;
        if (status->device != device)
            throw Error("cannot remove " + path.string(), "another file system is mounted there",
                        "unmount it, or move it away");
        refuse_mounts(files, path, device);
    }
}

void remove_below(host::Files& files, const fs::path& folder) {
    for (const auto& name : files.list(folder)) {
        const auto path = folder / name;
        const auto status = files.status(path);
        if (status && status->type == FileType::directory) remove_below(files, path);
        files.remove(path);
    }
}

}  // namespace

void remove_tree(host::Files& files, const fs::path& folder) {
    const auto status = files.status(folder);
    if (status && status->type == FileType::directory) {
        refuse_mounts(files, folder, status->device);
        remove_below(files, folder);
    }
    files.remove(folder);
}

std::vector<TreeDeviation> FolderTree::deviations(const host::Host& host) const {
    std::vector<TreeDeviation> out;
    const auto status = host.files().status(path);
    const bool is_there = status && status->type == FileType::directory;
    compare_entries(host, is_there, out);
    if (is_there && (purge || recursive)) compare_others(host, "", out);
    return out;
}

void FolderTree::compare_entries(const host::Host& host, bool is_there,
                                 std::vector<TreeDeviation>& out) const {
    const auto& files = host.files();
    std::set<std::string> no_folders;  // a link in a folder's place could lead anywhere: nothing is below it
    if (!is_there) no_folders.insert("");
    for (const auto& [below, entry] : entries) {
        const auto place = path / below;
        const bool reachable = !no_folders.contains(fs::path(below).parent_path().string());
        const auto status = reachable ? files.status(place) : std::nullopt;
        const auto type = entry.content ? FileType::regular : FileType::directory;
        if (!entry.content && (!status || status->type != type)) no_folders.insert(below);
        const auto ownership = named(host, entry.ownership);
        TreeDeviation deviation{.below = below,
                                .now = text_of(status),
                                .wanted = wanted_text(type, ownership, status),
                                .ownership = ownership};
        if (entry.content && status && status->type == type)
            deviation.content = other_content(files, place, status->size, *entry.content);
        else if (entry.content)
            deviation.content = "";
        if (deviation.now != deviation.wanted || deviation.content) out.push_back(std::move(deviation));
    }
}

void FolderTree::compare_others(const host::Host& host, const std::string& below,
                                std::vector<TreeDeviation>& out) const {
    const auto& files = host.files();
    for (const auto& name : files.list(path / below)) {
        const auto child = below.empty() ? name : below + "/" + name;
        const auto status = files.status(path / child);
        if (!status) continue;  // removed a moment ago
        const bool is_folder = status->type == FileType::directory;
        const bool is_entry = entries.contains(child);
        if (!is_entry && purge) {
            out.push_back({.below = child, .now = text_of(status), .wanted = nothing_there});
            continue;
        }
        if (!is_entry) compare_ownership(host, *status, child, out);
        if (is_folder && (!is_entry || !entries.at(child).content)) compare_others(host, child, out);
    }
}

void FolderTree::compare_ownership(const host::Host& host, const host::FileStatus& status,
                                   const std::string& below, std::vector<TreeDeviation>& out) const {
    if (status.type == FileType::link || status.type == FileType::other) return;
    host::Ownership ownership = named(host, status.type == FileType::directory ? other_folders : other_files);
    const bool changes_hands = (!ownership.owner.empty() && ownership.owner != status.owner) ||
                               (!ownership.group.empty() && ownership.group != status.group);
    if (status.type == FileType::regular && files_keep_mode) {
        // As chown(1) does it: else a program that somebody made run with their rights would run with the new
        // owner's.
        ownership.mode = changes_hands ? static_cast<host::Mode>(status.mode & ~set_id_bits) : status.mode;
    }
    auto now = text_of(status);
    auto wanted = wanted_text(status.type, ownership, status);
    if (now != wanted)
        out.push_back(
            {.below = below, .now = std::move(now), .wanted = std::move(wanted), .ownership = ownership});
}

void FolderTree::correct(host::Files& files, const TreeDeviation& deviation) const {
    const auto place = path / deviation.below;
    if (!deviation.ownership) return remove_tree(files, place);
    const auto status = files.status(place);
    const auto entry = entries.find(deviation.below);
    const bool is_file = entry != entries.end() && entry->second.content;
    const auto type = is_file ? FileType::regular : FileType::directory;
    const bool right_type = status && (entry == entries.end() || status->type == type);
    if (status && !right_type) {
        const bool replaced = is_file && status->type == FileType::link;  // by the write itself
        if (!purge && !replaced)
            throw Error("cannot put " + place.string() + " in its place",
                        "a " + type_text(status->type) + " is there", "look at it, and move it away");
        if (!replaced) remove_tree(files, place);
    }
    if (is_file && (deviation.content || !right_type))
        files.write(place, *entry->second.content, *deviation.ownership);
    else if (right_type)
        files.set_ownership(place, *deviation.ownership);
    else
        files.make_directory(place, *deviation.ownership);
}

}  // namespace dray::resources
