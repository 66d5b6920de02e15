// A clone of the service's repository, seen through the git command.
#pragma once

#include "builder/version.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// A tag as a remote shows it.
struct Tag {
    std::string name;
    std::string commit;  ///< the commit, also for an annotated tag
};

/// Reads `git ls-remote --tags`: an annotated tag has a second line with "^{}", which names its commit.
std::vector<Tag> parse_tags(std::string_view text);

/// The versions among tags; other tags do not count.
std::vector<Version> versions_of(const std::vector<Tag>& tags);

/// Whether a remote's URL holds a password: on a command line every user of the machine could read it.
bool has_password(std::string_view remote);

/// What a commit says of itself.
struct Commit {
    std::string id;         ///< full hash
    std::string committer;  ///< "Name <address>"
    std::chrono::sys_seconds time;
    std::string subject;
};

/// A private clone. Each function throws Error with git's own words when git fails.
class Git {
  public:
    /// Clones `repository` (a URL or a path) into `folder`, without a work tree.
    Git(const host::Processes& processes, std::string repository, std::filesystem::path folder);

    /// The commit that `revision` names in the clone or among the branches of the origin.
    Commit commit(const std::string& revision) const;

    /// The tip of a branch of the origin.
    Commit tip(const std::string& branch) const;

    /// The commit that the origin's HEAD points at; nothing when that branch does not exist yet.
    std::optional<Commit> head() const;

    /// A file of a commit; nothing when the commit has no such file.
    std::optional<std::string> file(const std::string& commit, const std::string& path) const;

    /// A work tree of that commit with its .git, as a developer would have it.
    void check_out(const std::string& commit, const std::filesystem::path& folder) const;

    /// The files of that commit alone: no .git, mtimes of the commit, modes 0644 and 0755.
    void export_tree(const std::string& commit, const std::filesystem::path& folder) const;

    /// The tags that `remote` has now ("" is the origin).
    std::vector<Tag> remote_tags(const std::string& remote) const;

    /// The subjects of the commits after `since` ("" is the beginning) up to `commit`, newest first, merges
    /// left out.
    std::vector<std::string> subjects(const std::string& since, const std::string& commit) const;

    /// Makes an annotated tag in the clone only. `identity` is "Name <address>".
    void make_tag(const std::string& name, const std::string& commit, const std::string& message,
                  const std::string& identity) const;

    /// Asks `remote` whether it would take the tag, as far as it can tell without its hooks.
    void check_push(const std::string& remote, const std::string& tag) const;

    /// Pushes the tag. Never forced: a tag of this name that is already there is an Error.
    void push(const std::string& remote, const std::string& tag) const;

  private:
    host::Result run(std::vector<std::string> arguments, std::string_view attempt,
                     std::string input = {}) const;
    host::Command command(std::vector<std::string> arguments) const;
    const std::string& remote_or_origin(const std::string& remote) const;

    const host::Processes& processes_;
    std::string repository_;
    std::filesystem::path folder_;
};

}  // namespace dray::builder
