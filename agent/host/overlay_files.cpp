// Files as a dry run would leave them.
#include "host/overlay_files.h"

#include "error.h"
#include "host/path_resolve.h"
#include "host/path_walk.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>
#include <utility>

namespace dray::host {
namespace {

// Far above those of real file systems, so that no file of the overlay looks like one that was there.
constexpr std::uint64_t first_inode = 1ULL << 62;

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string object(const std::string& place) {
    return "path " + place;
}

}  // namespace

OverlayFiles::OverlayFiles(const Files& base, const Accounts* accounts, Ledger& ledger, std::string user,
                           std::string group)
    : base_(base),
      accounts_(accounts),
      ledger_(ledger),
      user_(std::move(user)),
      group_(std::move(group)),
      next_inode_(first_inode) {}

const OverlayFiles::Node* OverlayFiles::node_at(const std::string& place) const {
    const auto found = nodes_.find(place);
    return found != nodes_.end() ? &found->second : nullptr;
}

/// Whether the base has nothing to say of a place, as a folder above it was made or removed here.
bool OverlayFiles::covered(const std::string& place) const {
    for (auto end = place.rfind('/'); end != std::string::npos && end > 0; end = place.rfind('/', end - 1)) {
        const Node* const node = node_at(place.substr(0, end));
        if (node != nullptr && (node->fresh || !node->status)) return true;
    }
    return false;
}

std::optional<FileStatus> OverlayFiles::look(const std::string& place) const {
    if (const Node* const node = node_at(place)) return node->status;
    return covered(place) ? std::nullopt : base_.status(place);
}

std::string OverlayFiles::content_of(const std::string& place, std::uint64_t limit) const {
    const Node* const node = node_at(place);
    if (node != nullptr && node->content) return *node->content;
    return base_.read(place, limit).value_or("");
}

std::string OverlayFiles::resolve(const std::filesystem::path& path, const std::string& attempt,
                                  int* code) const {
    return resolved(
        path, attempt, user_,
        [this](const std::string& place) -> std::optional<PlaceEntry> {
            const auto status = look(place);
            if (!status) return std::nullopt;
            PlaceEntry entry{status->type, status->owner, ""};
            const Node* const node = node_at(place);
            // What a command makes and others use as a folder will be one.
            if (node != nullptr && node->knowledge == Knowledge::existence) entry.type = FileType::directory;
            if (entry.type == FileType::link)
                entry.target = node != nullptr && node->content
                                   ? *node->content
                                   : base_.read_link(place).value_or("").string();
            return entry;
        },
        code);
}

/// Notes what is doubtful about a place that is about to be relied on.
void OverlayFiles::doubt_node(const std::string& place, Doubt::Weight weight) const {
    const Node* const node = node_at(place);
    if (node == nullptr || node->author == ledger_.current()) return;
    const auto question = "whether there is " + place;
    if (node->knowledge == Knowledge::assumption)
        ledger_.doubt({weight, question, ledger_.unforeseen()});
    else if (node->knowledge == Knowledge::existence)
        ledger_.doubt({weight, "what " + place + " is like", {node->author}});
    else if (ledger_.uncertain(node->author))
        ledger_.doubt({Doubt::Weight::condition, question, {node->author}});
}

/// Takes the folder of `path` for there, when somebody may bring it.
bool OverlayFiles::assume_parent(const std::filesystem::path& path, const std::string& attempt) {
    auto until = ledger_.unforeseen();
    if (until.empty()) return false;
    std::filesystem::path parent = "/";
    std::vector<std::string> missing;
    for (const auto& part : components(path.parent_path(), attempt)) {
        parent /= part;
        const auto place = missing.empty() ? resolve(parent, attempt) : place_in(missing.back(), part);
        if (place.empty()) return false;
        if (!look(place)) missing.push_back(place);
    }
    if (missing.empty()) return false;  // a link that leads nowhere
    for (const auto& place : missing) {
        const Ownership usual{.owner = "root", .group = "root", .mode = 0755};
        nodes_[place] = {.status = fresh_status(FileType::directory, usual, attempt),
                         .content = "",
                         .fresh = true,
                         .knowledge = Knowledge::assumption};
        nodes_[place].status->device = device_above(place);
    }
    ledger_.doubt({Doubt::Weight::condition, "whether there is " + missing.back(), std::move(until)});
    return true;
}

std::string OverlayFiles::existing_parent(const std::filesystem::path& path, const std::string& attempt) {
    int code = ENOENT;
    std::string place = resolve(path, attempt, &code);
    if (place.empty() && code == ENOENT && assume_parent(path, attempt))
        place = resolve(path, attempt, &code);
    if (place.empty())
        throw Error::system(
            attempt, code,
            "its parent folder is not there; create that first, with a directory resource (parents = true "
            "makes all that are missing)");
    if (const auto slash = place.rfind('/'); slash > 0)
        doubt_node(place.substr(0, slash), Doubt::Weight::condition);
    return place;
}

void OverlayFiles::require_account(bool known, const std::string& kind, const std::string& name,
                                   const std::string& attempt) const {
    if (known || is_number(name)) return;
    auto until = ledger_.unforeseen();
    if (until.empty())
        throw Error(attempt, "there is no " + kind + " " + name,
                    "create it first, with a " + kind + " resource above this one");
    ledger_.doubt({Doubt::Weight::condition, "whether there is a " + kind + " " + name, std::move(until)});
}

void OverlayFiles::own(FileStatus& status, const Ownership& ownership, const std::string& attempt) const {
    const auto name_of = [](const std::string& text) { return text == "0" ? std::string("root") : text; };
    FileStatus owned = status;
    if (!ownership.owner.empty()) {
        owned.owner = name_of(ownership.owner);
        require_account(owned.owner == "root" || owned.owner == user_ ||
                            (accounts_ != nullptr && accounts_->user(owned.owner)),
                        "user", owned.owner, attempt);
    }
    if (!ownership.group.empty()) {
        owned.group = name_of(ownership.group);
        require_account(owned.group == "root" || owned.group == group_ ||
                            (accounts_ != nullptr && accounts_->group(owned.group)),
                        "group", owned.group, attempt);
    }
    owned.mode = ownership.mode;
    status = owned;
}

FileStatus OverlayFiles::fresh_status(FileType type, const Ownership& ownership, const std::string& attempt) {
    FileStatus status;
    status.type = type;
    status.owner = user_;
    status.group = group_;
    own(status, ownership, attempt);
    status.modified_ns = now_ns();
    status.inode = next_inode_++;
    return status;
}

void OverlayFiles::refuse_to_replace(const std::string& place, const std::string& attempt) const {
    const auto status = look(place);
    if (!status) return;
    if (status->type == FileType::directory) throw Error::system(attempt, EISDIR);
    if (status->type == FileType::other)
        throw Error(attempt, "what is there is neither a file nor a link", "remove it by hand if it may go");
}

/// The file system that something made at a place would be on: its folder's.
std::uint64_t OverlayFiles::device_above(const std::string& place) const {
    const auto folder = look(place.substr(0, std::max<std::size_t>(place.rfind('/'), 1)));
    return folder ? folder->device : 0;
}

void OverlayFiles::put(const std::string& place, Node node, std::string_view deed) {
    if (node.status && node.fresh) node.status->device = device_above(place);
    node.author = ledger_.current();
    node.revision = ++revision_;
    nodes_[place] = std::move(node);
    ledger_.note(object(place), deed);
}

std::optional<FileStatus> OverlayFiles::status(const std::filesystem::path& path) const {
    const auto place = resolve(path, "cannot look at " + path.string());
    if (place.empty()) return std::nullopt;
    doubt_node(place, Doubt::Weight::state);
    auto status = look(place);
    const Node* const node = node_at(place);
    if (status && node != nullptr && node->content) status->size = node->content->size();
    return status;
}

bool OverlayFiles::exists(const std::filesystem::path& path) const {
    const auto place = resolve(path, "cannot look at " + path.string());
    if (place.empty()) return false;
    const Node* const node = node_at(place);
    if (node == nullptr || node->knowledge != Knowledge::existence) doubt_node(place, Doubt::Weight::state);
    return look(place).has_value();
}

std::optional<std::string> OverlayFiles::read(const std::filesystem::path& path, std::uint64_t limit) const {
    const std::string attempt = "cannot read " + path.string();
    const auto place = resolve(path, attempt);
    if (place.empty()) return std::nullopt;
    doubt_node(place, Doubt::Weight::state);
    const auto status = look(place);
    if (!status) return std::nullopt;
    if (status->type != FileType::regular) throw Error(attempt, "it is not a regular file");
    auto content = content_of(place, limit);
    if (content.size() > limit)
        throw Error(attempt, "it has " + std::to_string(content.size()) + " bytes, which is more than " +
                                 std::to_string(limit));
    return content;
}

std::optional<std::filesystem::path> OverlayFiles::read_link(const std::filesystem::path& path) const {
    const auto place = resolve(path, "cannot read link " + path.string());
    if (place.empty()) return std::nullopt;
    doubt_node(place, Doubt::Weight::state);
    const auto status = look(place);
    if (!status || status->type != FileType::link) return std::nullopt;
    const Node* const node = node_at(place);
    return node != nullptr && node->content ? std::filesystem::path(*node->content) : base_.read_link(place);
}

std::vector<std::string> OverlayFiles::list(const std::filesystem::path& folder) const {
    const std::string attempt = "cannot list " + folder.string();
    const auto place = resolve(folder, attempt);
    const auto status = place.empty() ? std::nullopt : look(place);
    if (!status) return {};
    doubt_node(place, Doubt::Weight::state);
    if (status->type != FileType::directory) throw Error::system(attempt, ENOTDIR);
    const Node* const node = node_at(place);
    std::set<std::string> names;
    if (!covered(place) && (node == nullptr || !node->fresh))
        for (auto& name : base_.list(place))
            names.insert(std::move(name));
    for (const auto& name : changed_in(place)) {
        if (node_at(place_in(place, name))->status)
            names.insert(name);
        else
            names.erase(name);
    }
    return {names.begin(), names.end()};
}

std::uint64_t OverlayFiles::revision(const std::filesystem::path& path) const {
    const Node* const node = node_at(path.string());
    return node != nullptr ? node->revision : 0;
}

std::vector<std::string> OverlayFiles::changed_in(const std::filesystem::path& folder) const {
    const std::string prefix = place_in(folder.string(), "");
    std::vector<std::string> names;
    for (auto at = nodes_.upper_bound(prefix); at != nodes_.end() && at->first.starts_with(prefix); ++at)
        if (at->first.find('/', prefix.size()) == std::string::npos)
            names.push_back(at->first.substr(prefix.size()));
    return names;
}

}  // namespace dray::host
