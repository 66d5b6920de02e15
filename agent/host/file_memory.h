// Files held in memory, for unit tests: the same answers and errors as the real ones, without a disk.
#pragma once

#include "host/account.h"
#include "host/file.h"
#include "host/instants_memory.h"

#include <map>
#include <string>
#include <vector>

namespace dray::host {

/// A file system that begins as an empty root folder. It belongs to one user, and knows the users and groups
/// of `accounts` besides root.
class MemoryFiles final : public Files {
  public:
    /// `user` and `group`: who makes the changes, and so owns what is made without an owner.
    explicit MemoryFiles(const Accounts* accounts = nullptr, std::string user = "root",
                         std::string group = "root");

    std::optional<FileStatus> status(const std::filesystem::path& path) const override;
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

    /// Test's hand: puts a file there, with the folders that it needs. No part of changes().
    void put(const std::filesystem::path& path, std::string_view content, const Ownership& ownership = {});
    /// Test's hand: a link that belongs to `owner`, somebody other than root perhaps.
    void plant_link(const std::filesystem::path& path, const std::filesystem::path& target,
                    std::string owner);
    /// Test's hand: each change of `path` fails with this errno value from now on; 0 ends that.
    void refuse(const std::filesystem::path& path, int code);

    /// Each change is told to `instants`, which is to outlive this.
    void watch(const Instants& instants) { instants_ = &instants; }
    /// How often something was really changed through the seam: what a second converge must leave alone.
    int changes() const { return changes_; }

  private:
    struct Node {
        FileStatus status;
        std::string content;         ///< a link's target
        std::uint64_t reserved = 0;  ///< bytes, of a file that only keeps room
    };
    using Nodes = std::map<std::string, Node>;

    /// Where a path leads once the links among its parents are followed; "" when a parent is missing.
    std::string resolve(const std::filesystem::path& path, const std::string& attempt,
                        int* code = nullptr) const;
    std::string existing_parent(const std::filesystem::path& path, const std::string& attempt) const;
    const Node* find(const std::filesystem::path& path, const std::string& attempt) const;
    void own(FileStatus& status, const Ownership& ownership, const std::string& attempt) const;
    std::string user_name(const std::string& text, const std::string& attempt) const;
    std::string group_name(const std::string& text, const std::string& attempt) const;
    void refuse_if_told(const std::filesystem::path& path, const std::string& attempt) const;
    void refuse_to_replace(const std::string& place, const std::string& attempt) const;
    FileStatus fresh(FileType type, const Ownership& ownership, const std::string& attempt);
    void make_folder(const std::string& place, const Ownership& ownership, const std::string& attempt);

    const Accounts* accounts_;
    std::string user_;
    std::string group_;
    Nodes nodes_;
    std::map<std::string, int> refusals_;
    std::int64_t now_ns_ = 1'800'000'000'000'000'000;
    std::uint64_t next_inode_ = 1;
    int changes_ = 0;
    const Instants nobody_{};
    const Instants* instants_ = &nobody_;
};

}  // namespace dray::host
