// Files held in memory, for unit tests.
#include "host/file_memory.h"

#include "error.h"
#include "host/path_resolve.h"
#include "host/path_walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace dray::host {
namespace {

constexpr std::int64_t tick_ns = 1'000'000;  // each change is later than the one before

}  // namespace

MemoryFiles::MemoryFiles(const Accounts* accounts, std::string user, std::string group)
    : accounts_(accounts), user_(std::move(user)), group_(std::move(group)) {
    nodes_["/"] = {fresh(FileType::directory, {.owner = {}, .group = {}, .mode = 0755}, ""), ""};
}

std::string MemoryFiles::resolve(const std::filesystem::path& path, const std::string& attempt,
                                 int* code) const {
    return resolved(
        path, attempt, user_,
        [this](const std::string& place) -> std::optional<PlaceEntry> {
            const auto found = nodes_.find(place);
            if (found == nodes_.end()) return std::nullopt;
            const Node& node = found->second;
            const bool is_link = node.status.type == FileType::link;
            return PlaceEntry{node.status.type, node.status.owner, is_link ? node.content : ""};
        },
        code);
}

std::string MemoryFiles::existing_parent(const std::filesystem::path& path,
                                         const std::string& attempt) const {
    int code = ENOENT;
    std::string place = resolve(path, attempt, &code);
    if (place.empty())
        throw Error::system(
            attempt, code,
            "its parent folder is not there; create that first, with a directory resource (parents = true "
            "makes all that are missing)");
    return place;
}

const MemoryFiles::Node* MemoryFiles::find(const std::filesystem::path& path,
                                           const std::string& attempt) const {
    const auto found = nodes_.find(resolve(path, attempt));
    return found != nodes_.end() ? &found->second : nullptr;
}

std::string MemoryFiles::user_name(const std::string& text, const std::string& attempt) const {
    if (text == "root" || text == "0") return "root";
    if (accounts_ != nullptr && accounts_->user(accounts_->user_name(text)))
        return accounts_->user_name(text);
    if (text == user_ || account_number(text)) return text;
    throw Error(attempt, "there is no user " + text, "create it first, with a user resource above this one");
}

std::string MemoryFiles::group_name(const std::string& text, const std::string& attempt) const {
    if (text == "root" || text == "0") return "root";
    if (accounts_ != nullptr && accounts_->group(accounts_->group_name(text)))
        return accounts_->group_name(text);
    if (text == group_ || account_number(text)) return text;
    throw Error(attempt, "there is no group " + text,
                "create it first, with a group resource above this one");
}

void MemoryFiles::own(FileStatus& status, const Ownership& ownership, const std::string& attempt) const {
    FileStatus owned = status;
    if (!ownership.owner.empty()) owned.owner = user_name(ownership.owner, attempt);
    if (!ownership.group.empty()) owned.group = group_name(ownership.group, attempt);
    owned.mode = ownership.mode;
    status = owned;
}

FileStatus MemoryFiles::fresh(FileType type, const Ownership& ownership, const std::string& attempt) {
    FileStatus status;
    status.type = type;
    status.owner = user_;
    status.group = group_;
    own(status, ownership, attempt);
    status.modified_ns = now_ns_ += tick_ns;
    status.inode = next_inode_++;
    return status;
}

void MemoryFiles::refuse_if_told(const std::filesystem::path& path, const std::string& attempt) const {
    const auto told = refusals_.find(path.lexically_normal().string());
    if (told != refusals_.end()) throw Error::system(attempt, told->second);
    instants_->reach(attempt);
}

void MemoryFiles::refuse_to_replace(const std::string& place, const std::string& attempt) const {
    const auto found = nodes_.find(place);
    if (found != nodes_.end() && found->second.status.type == FileType::directory)
        throw Error::system(attempt, EISDIR);
}

std::optional<FileStatus> MemoryFiles::status(const std::filesystem::path& path) const {
    const Node* const node = find(path, "cannot look at " + path.string());
    if (node == nullptr) return std::nullopt;
    FileStatus status = node->status;
    status.size = std::max<std::uint64_t>(node->content.size(), node->reserved);
    return status;
}

std::optional<std::string> MemoryFiles::read(const std::filesystem::path& path, std::uint64_t limit) const {
    const std::string attempt = "cannot read " + path.string();
    const Node* const node = find(path, attempt);
    if (node == nullptr) return std::nullopt;
    if (node->status.type != FileType::regular) throw Error(attempt, "it is not a regular file");
    const auto size = node->content.size();
    if (size > limit)
        throw Error(attempt,
                    "it has " + std::to_string(size) + " bytes, which is more than " + std::to_string(limit));
    return node->content;
}

std::optional<std::filesystem::path> MemoryFiles::read_link(const std::filesystem::path& path) const {
    const Node* const node = find(path, "cannot read link " + path.string());
    if (node == nullptr || node->status.type != FileType::link) return std::nullopt;
    return node->content;
}

std::vector<std::string> MemoryFiles::list(const std::filesystem::path& folder) const {
    const std::string attempt = "cannot list " + folder.string();
    const Node* const node = find(folder, attempt);
    if (node == nullptr) return {};
    if (node->status.type != FileType::directory) throw Error::system(attempt, ENOTDIR);
    const std::string prefix = place_in(resolve(folder, attempt), "");
    std::vector<std::string> names;
    for (auto entry = nodes_.upper_bound(prefix); entry != nodes_.end() && entry->first.rfind(prefix, 0) == 0;
         ++entry)
        if (entry->first.find('/', prefix.size()) == std::string::npos)
            names.push_back(entry->first.substr(prefix.size()));
    std::sort(names.begin(), names.end());
    return names;
}

void MemoryFiles::write(const std::filesystem::path& path, std::string_view content,
                        const Ownership& ownership) {
    const std::string attempt = "cannot write " + path.string();
    const std::string place = existing_parent(path, attempt);
    refuse_to_replace(place, attempt);
    Ownership wanted = ownership;
    if (const auto before = nodes_.find(place);
        before != nodes_.end() && before->second.status.type == FileType::regular) {
        if (wanted.owner.empty()) wanted.owner = before->second.status.owner;
        if (wanted.group.empty()) wanted.group = before->second.status.group;
    }
    refuse_if_told(path, attempt);
    nodes_[place] = {fresh(FileType::regular, wanted, attempt), std::string(content)};
    ++changes_;
}

void MemoryFiles::set_ownership(const std::filesystem::path& path, const Ownership& ownership) {
    const std::string attempt = "cannot set owner and mode of " + path.string();
    const auto found = nodes_.find(existing_parent(path, attempt));
    if (found == nodes_.end()) throw Error::system(attempt, ENOENT);
    FileStatus& status = found->second.status;
    if (status.type == FileType::link || status.type == FileType::other)
        throw Error(attempt, "it is neither a file nor a folder");
    refuse_if_told(path, attempt);
    const FileStatus before = status;
    own(status, ownership, attempt);
    if (before.owner != status.owner || before.group != status.group || before.mode != status.mode)
        ++changes_;
}

void MemoryFiles::make_folder(const std::string& place, const Ownership& ownership,
                              const std::string& attempt) {
    nodes_[place] = {fresh(FileType::directory, ownership, attempt), ""};
    ++changes_;
}

void MemoryFiles::make_directory(const std::filesystem::path& path, const Ownership& ownership,
                                 bool parents) {
    const std::string attempt = "cannot make folder " + path.string();
    const auto parts = components(path, attempt);
    std::filesystem::path parent = "/";
    for (std::size_t i = 0; parents && i + 1 < parts.size(); ++i) {
        parent /= parts[i];
        const std::string place = existing_parent(parent, attempt);
        if (nodes_.count(place) == 0) make_folder(place, {.owner = {}, .group = {}, .mode = 0755}, attempt);
    }
    const std::string place = existing_parent(path, attempt);
    const auto before = nodes_.find(place);
    if (before != nodes_.end() && before->second.status.type != FileType::directory)
        throw Error::system(attempt, EEXIST);
    refuse_if_told(path, attempt);
    if (before != nodes_.end())
        set_ownership(path, ownership);
    else
        make_folder(place, ownership, attempt);
}

void MemoryFiles::make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                            const Ownership& ownership) {
    const std::string attempt = "cannot make link " + path.string();
    if (target.empty() || target.native().find('\0') != std::string::npos)
        throw Error(attempt, "its target is not a path");
    const std::string place = existing_parent(path, attempt);
    refuse_to_replace(place, attempt);
    refuse_if_told(path, attempt);
    const Ownership owned{.owner = ownership.owner, .group = ownership.group, .mode = 0777};
    nodes_[place] = {fresh(FileType::link, owned, attempt), target.string()};
    ++changes_;
}

void MemoryFiles::write_in_place(const std::filesystem::path& path, std::string_view text) {
    const std::string attempt = "cannot write into " + path.string();
    const auto found = nodes_.find(existing_parent(path, attempt));
    if (found == nodes_.end()) throw Error::system(attempt, ENOENT);
    if (found->second.status.type != FileType::regular) throw Error(attempt, "it is not a regular file");
    refuse_if_told(path, attempt);
    found->second.content = text;
    found->second.status.modified_ns = now_ns_ += tick_ns;
    ++changes_;
}

void MemoryFiles::reserve(const std::filesystem::path& path, std::uint64_t size) {
    const std::string attempt = "cannot keep room as " + path.string();
    const std::string place = existing_parent(path, attempt);
    const auto before = nodes_.find(place);
    if (before != nodes_.end() && before->second.status.type != FileType::regular)
        throw Error(attempt, "it is not a regular file");
    refuse_if_told(path, attempt);
    if (before != nodes_.end() && before->second.reserved >= size) return;
    nodes_[place] = {fresh(FileType::regular, {.owner = {}, .group = {}, .mode = 0600}, attempt), "", size};
    ++changes_;
}

void MemoryFiles::remove(const std::filesystem::path& path) {
    const std::string attempt = "cannot remove " + path.string();
    const std::string place = resolve(path, attempt);
    const auto found = nodes_.find(place);
    if (found == nodes_.end()) return;
    if (found->second.status.type == FileType::directory && !list(path).empty())
        throw Error::system(attempt, ENOTEMPTY, "it holds files that dray did not make");
    refuse_if_told(path, attempt);
    nodes_.erase(found);
    ++changes_;
}

void MemoryFiles::put(const std::filesystem::path& path, std::string_view content,
                      const Ownership& ownership) {
    const int before = changes_;
    if (path.has_parent_path() && path.parent_path() != "/" && !status(path.parent_path()))
        make_directory(path.parent_path(), {.owner = {}, .group = {}, .mode = 0755}, true);
    write(path, content, ownership);
    changes_ = before;
}

void MemoryFiles::plant_link(const std::filesystem::path& path, const std::filesystem::path& target,
                             std::string owner) {
    const int before = changes_;
    make_link(path, target);
    nodes_.at(existing_parent(path, "cannot plant a link")).status.owner = std::move(owner);
    changes_ = before;
}

void MemoryFiles::refuse(const std::filesystem::path& path, int code) {
    if (code == 0)
        refusals_.erase(path.lexically_normal().string());
    else
        refusals_[path.lexically_normal().string()] = code;
}

}  // namespace dray::host
