// A clone of the service's repository, seen through the git command.
#pragma once

#include "builder/version.h"
#include "error.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Where numbers are reserved on a remote.
constexpr std::string_view reserved_refs = "refs/dray/versions/";

/// A tag as a remote shows it.
struct Tag {
    std::string name;
    std::string commit;  ///< the commit, also for an annotated tag
};

/// The versions among tags; other tags do not count.
std::vector<Version> versions_of(const std::vector<Tag>& tags);

/// A number that some build host has reserved: a ref of its own on the remote, refs/dray/versions/26.9.3.
struct ReservedNumber {
    Version version;
    std::string object;  ///< what the ref names: one that only the host that made it can have made
    std::string commit;  ///< what it was reserved for
};

/// What a remote has of releases.
struct RemoteRefs {
    std::vector<Tag> tags;
    std::vector<ReservedNumber> reserved;

    /// The versions of both.
    std::vector<Version> versions() const;
};

/// Reads `git ls-remote`: an annotated tag has a second line with "^{}", which names its commit.
RemoteRefs parse_refs(std::string_view text);

/// Whether a remote's URL holds a password: on a command line every user of the machine could read it.
bool has_password(std::string_view remote);

/// What a commit says of itself.
struct Commit {
    std::string id;  ///< full hash
    std::chrono::sys_seconds time;
    std::string subject;
};

/// A commit as it is named to people: by the first 12 digits of its hash, which git takes as well
/// (gitrevisions(7)).
std::string short_hash(const std::string& commit);

/// The branches of a repository and its HEAD by their full names, as `git ls-remote` shows them. Throws
/// Unsure when it cannot be reached, or has not answered within `limit`.
std::map<std::string, std::string> remote_heads(const host::Processes& processes,
                                                const std::string& repository, std::chrono::seconds limit);

/// A private clone. What talks to a remote throws Unsure when that does not answer. Each other function
/// throws Error with git's own words when git fails.
class Git {
  public:
    /// Clones `repository` (a URL or a path) into `folder`, without a work tree. No command of git's, this
    /// one included, takes longer than `limit`.
    Git(const host::Processes& processes, std::string repository, std::filesystem::path folder,
        std::chrono::seconds limit);

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

    /// The tags and reservations that `remote` has now ("" is the origin).
    RemoteRefs remote_refs(const std::string& remote) const;

    /// The subjects of the commits after `since` ("" is the beginning) up to `commit`, newest first, merges
    /// left out.
    std::vector<std::string> subjects(const std::string& since, const std::string& commit) const;

    /// Tags of the clone as `git cat-file --batch` shows them, one after the other: annotated ones are of the
    /// type tag. Of more than `host::output_limit` the first ones are left out. The last one is fetched from
    /// `remote` when the clone lacks it; throws Unsure when it cannot be had.
    std::string tag_objects(const std::vector<std::string>& names, const std::string& remote) const;

    /// Whether `commit` is `later` or comes before it; false as well when the clone lacks one of them.
    bool is_ancestor(const std::string& commit, const std::string& later) const;

    /// Whether the clone has this commit.
    bool has(const std::string& commit) const;

    /// Whether a branch or a tag of the origin has this commit. One that was pushed over may still be in the
    /// clone, since git copies a repository on this machine with all that it holds.
    bool is_reachable(const std::string& commit) const;

    /// Fetches what a ref of `remote` names; whether it could.
    bool fetch(const std::string& remote, const std::string& ref) const;

    /// The hashes of the commits after `since` (all zeros is the beginning) up to `commit`; empty when
    /// `since` is not known any more.
    std::vector<std::string> commits(const std::string& since, const std::string& commit) const;

    /// Makes an annotated tag in the clone only, and returns it as git keeps it. `identity` is "Name
    /// <address>".
    std::string make_tag(const std::string& name, const std::string& commit, const std::string& message,
                         const std::string& identity) const;

    /// Has the clone's tag of that name be this one: what `make_tag` returned, with a signature or without.
    void restore_tag(const std::string& name, const std::string& tag) const;

    /// Makes a tag object that no ref names yet; returns its hash. `text` is all of it (git-mktag(1)).
    std::string make_object(const std::string& text) const;

    /// Asks `remote` whether it would take the tag, as far as it can tell without its hooks.
    void check_push(const std::string& remote, const std::string& tag) const;

    /// Pushes the tag. Never forced: a tag of this name that is already there is an Error.
    void push(const std::string& remote, const std::string& tag) const;

    /// Creates a ref on `remote`: of any number of hosts that do so at the same time exactly one succeeds.
    host::Result create_ref(const std::string& remote, const std::string& ref,
                            const std::string& object) const;

    /// What is thrown when that fails: see push_refused() of git_transport.h.
    Error not_created(const std::string& remote, const Error& error) const;

    /// Removes a ref from `remote`, if it still names `object`, within a minute; also when a signal has come.
    /// Whether it did.
    bool delete_ref(const std::string& remote, const std::string& ref, const std::string& object) const;

  private:
    host::Result run(std::vector<std::string> arguments, std::string_view attempt,
                     std::string input = {}) const;
    host::Command command(std::vector<std::string> arguments) const;
    const std::string& remote_or_origin(const std::string& remote) const;

    const host::Processes& processes_;
    std::string repository_;
    std::filesystem::path folder_;
    std::chrono::seconds limit_;
    std::map<std::string, std::string> environment_;
};

}  // namespace dray::builder
