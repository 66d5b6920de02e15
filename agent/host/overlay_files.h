// Files as a dry run would leave them: the real ones, with its changes held in memory above them.
#pragma once

#include "host/account.h"
#include "host/file.h"
#include "host/ledger.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// Reads through to `base`, which it never changes. Answers and errors are those that the changes would have
/// met, as far as they can be foreseen. Where a parent folder, an owner or a group is missing while the
/// ledger has somebody who may bring it, it is taken for there, and a doubt is noted.
class OverlayFiles final : public Files {
  public:
    /// Owners and groups are looked up in `accounts`, which may still be under construction. `user` and
    /// `group`: who makes the changes, and so owns what is made without an owner.
    OverlayFiles(const Files& base, const Accounts* accounts, Ledger& ledger, std::string user = "root",
                 std::string group = "root");

    std::optional<FileStatus> status(const std::filesystem::path& path) const override;
    bool exists(const std::filesystem::path& path) const override;
    std::optional<std::string> read(const std::filesystem::path& path,
                                    std::uint64_t limit = read_limit) const override;
    std::optional<std::filesystem::path> read_link(const std::filesystem::path& path) const override;
    std::vector<std::string> list(const std::filesystem::path& folder) const override;
    void write(const std::filesystem::path& path, std::string_view content,
               const Ownership& ownership) override;
    void set_ownership(const std::filesystem::path& path, const Ownership& ownership) override;
    void make_directory(const std::filesystem::path& path, const Ownership& ownership,
                        bool parents = false) override;
    void make_link(const std::filesystem::path& path, const std::filesystem::path& target,
                   const Ownership& ownership = {}) override;
    void write_in_place(const std::filesystem::path& path, std::string_view text) override;
    void reserve(const std::filesystem::path& path, std::uint64_t size) override;
    void remove(const std::filesystem::path& path) override;

    /// Somebody else (a command, useradd) will have put something at `path`, with the folders that it needs:
    /// that it is there is known, and nothing more. What is there already stays as it is.
    void foretell(const std::filesystem::path& path);

    /// Counts the changes.
    std::uint64_t revision() const { return revision_; }
    /// The revision in which the dry run has changed what is at `path`, or removed it; 0 when it has not.
    /// Takes the path as it stands, links unfollowed.
    std::uint64_t revision(const std::filesystem::path& path) const;
    /// The names of what the dry run has changed or removed in a folder.
    std::vector<std::string> changed_in(const std::filesystem::path& folder) const;

  private:
    /// How much is known of what is at a place.
    enum class Knowledge {
        whole,
        existence,   ///< somebody will have made it, but what it is like is not known
        assumption,  ///< taken for there, since somebody may bring it
    };
    struct Node {
        std::optional<FileStatus> status;    ///< nothing: it was removed
        std::optional<std::string> content;  ///< or a link's target; nothing: that of the base
        bool fresh = true;                   ///< made here: of what is below it in the base, nothing is there
        Knowledge knowledge = Knowledge::whole;
        std::string author = {};
        std::uint64_t revision = 0;
    };

    const Node* node_at(const std::string& place) const;
    bool covered(const std::string& place) const;
    std::optional<FileStatus> look(const std::string& place) const;
    std::string content_of(const std::string& place, std::uint64_t limit) const;
    std::string resolve(const std::filesystem::path& path, const std::string& attempt,
                        int* code = nullptr) const;
    std::string existing_parent(const std::filesystem::path& path, const std::string& attempt);
    bool assume_parent(const std::filesystem::path& path, const std::string& attempt);
    void doubt_node(const std::string& place, Doubt::Weight weight) const;
    void refuse_to_replace(const std::string& place, const std::string& attempt) const;
    void own(FileStatus& status, const Ownership& ownership, const std::string& attempt) const;
    void require_account(bool known, const std::string& kind, const std::string& name,
                         const std::string& attempt) const;
    FileStatus fresh_status(FileType type, const Ownership& ownership, const std::string& attempt);
    std::uint64_t device_above(const std::string& place) const;
    void put(const std::string& place, Node node, std::string_view deed);

    const Files& base_;
    const Accounts* accounts_;
    Ledger& ledger_;
    std::string user_;
    std::string group_;
    std::map<std::string, Node> nodes_;  ///< by place, see path_resolve.h
    std::uint64_t next_inode_;
    std::uint64_t revision_ = 0;
};

}  // namespace dray::host
