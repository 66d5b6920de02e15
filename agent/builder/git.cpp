// A clone of the service's repository.
#include "builder/git.h"

#include "builder/git_transport.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>
#include <sstream>

namespace dray::builder {
namespace {

// Of what is done after a signal as well, while somebody waits for this run to end. What it does not get done
// is left to the next one.
constexpr std::chrono::milliseconds longest_farewell = std::chrono::minutes(1);

/// An option that lets git serve a repository on this machine as the user whom it belongs to, when this is
/// root and the repository is not root's: that user's hooks run with no other rights, what is pushed is that
/// user's, and git takes the repository for its owner's (git-config(1), safe.directory).
std::vector<std::string> served_by_owner(const std::string& repository, const char* option,
                                         const char* program) {
    struct stat status {};
    if (::geteuid() != 0 || ::stat(repository.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid == 0)
        return {};
    return {fmt::format("{}=setpriv --reuid={} --regid={} --clear-groups --reset-env -- {}", option,
                        status.st_uid, status.st_gid, program)};
}

std::vector<std::string> upload_pack(const std::string& repository) {
    return served_by_owner(repository, "--upload-pack", "git-upload-pack");
}

std::vector<std::string> receive_pack(const std::string& repository) {
    return served_by_owner(repository, "--receive-pack", "git-receive-pack");
}

std::vector<std::string> words(std::initializer_list<std::vector<std::string>> parts) {
    std::vector<std::string> all;
    for (const std::vector<std::string>& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    return text;
}

}  // namespace

RemoteRefs parse_refs(std::string_view text) {
    constexpr std::string_view tag_prefix = "refs/tags/";
    constexpr std::string_view peeled = "^{}";
    RemoteRefs refs;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t tab = line.find('\t');
        if (tab == line.npos) continue;
        const std::string object = line.substr(0, tab);
        std::string name = line.substr(tab + 1);
        const bool is_peeled = name.ends_with(peeled);
        if (is_peeled) name.resize(name.size() - peeled.size());
        if (name.starts_with(tag_prefix)) {
            name.erase(0, tag_prefix.size());
            if (!is_peeled) {
                refs.tags.push_back({std::move(name), object});
                continue;
            }
            const auto tag = std::find_if(refs.tags.begin(), refs.tags.end(),
                                          [&](const Tag& t) { return t.name == name; });
            if (tag != refs.tags.end()) tag->commit = object;
        } else if (name.starts_with(reserved_refs)) {
            const auto version = Version::parse(name.substr(reserved_refs.size()));
            if (!version) continue;
            if (is_peeled && !refs.reserved.empty() && refs.reserved.back().version == *version)
                refs.reserved.back().commit = object;
            else if (!is_peeled)
                refs.reserved.push_back({*version, object, object});
        }
    }
    return refs;
}

std::vector<Version> RemoteRefs::versions() const {
    std::vector<Version> all = versions_of(tags);
    for (const ReservedNumber& number : reserved)
        all.push_back(number.version);
    return all;
}

std::map<std::string, std::string> remote_heads(const host::Processes& processes,
                                                const std::string& repository, std::chrono::seconds limit) {
    std::map<std::string, std::string> heads;
    try {
        std::istringstream lines(processes
                                     .check({.argv = words({{"git", "ls-remote"},
                                                            upload_pack(repository),
                                                            {"--", repository, "HEAD", "refs/heads/*"}}),
                                             .environment = git_environment(processes),
                                             .timeout = limit},
                                            fmt::format("cannot list the branches of {}", repository))
                                     .output);
        std::string object;
        std::string name;
        while (lines >> object >> name)
            heads[name] = object;
    } catch (const Error& error) {
        throw unreachable(error);
    }
    return heads;
}

std::vector<Version> versions_of(const std::vector<Tag>& tags) {
    std::vector<Version> versions;
    for (const Tag& tag : tags)
        if (const auto version = Version::parse(tag.name)) versions.push_back(*version);
    return versions;
}

bool has_password(std::string_view remote) {
    const std::size_t scheme = remote.find("://");
    if (scheme == remote.npos) return false;
    remote.remove_prefix(scheme + 3);
    const std::string_view authority = remote.substr(0, remote.find('/'));
    const std::size_t at = authority.rfind('@');
    return at != authority.npos && authority.substr(0, at).find(':') != authority.npos;
}

std::string short_hash(const std::string& commit) {
    constexpr std::size_t digits = 12;  // no two commits of a large repository have them in common
    return commit.substr(0, digits);
}

Git::Git(const host::Processes& processes, std::string repository, std::filesystem::path folder,
         std::chrono::seconds limit)
    : processes_(processes), repository_(std::move(repository)), folder_(std::move(folder)), limit_(limit) {
    try {
        environment_ = git_environment(processes_);
        std::vector<std::string> owner = upload_pack(repository_);
        if (!owner.empty()) owner.push_back("--no-local");  // else git reads its files by itself
        processes_.check({.argv = words({{"git", "clone", "--quiet", "--no-checkout", "--template="},
                                         owner,
                                         {"--", repository_, folder_.string()}}),
                          .environment = environment_,
                          .timeout = limit_},
                         fmt::format("cannot clone {}", repository_));
    } catch (const Error& error) {
        throw unreachable(error);
    }
}

host::Command Git::command(std::vector<std::string> arguments) const {
    // gc.auto: a collection in the background would outlive this run.
    std::vector<std::string> argv{
        "git", "-c", "gc.auto=0", "-c", "tar.umask=0022", "-c", "advice.detachedHead=false"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return {.argv = std::move(argv), .environment = environment_, .directory = folder_, .timeout = limit_};
}

host::Result Git::run(std::vector<std::string> arguments, std::string_view attempt, std::string input) const {
    host::Command git = command(std::move(arguments));
    git.input = std::move(input);
    return processes_.check(git, attempt);
}

const std::string& Git::remote_or_origin(const std::string& remote) const {
    return remote.empty() ? repository_ : remote;
}

Commit Git::commit(const std::string& revision) const {
    std::string id;
    for (const std::string& name : {revision, "origin/" + revision}) {
        const host::Result result = processes_.run(
            command({"rev-parse", "--quiet", "--verify", "--end-of-options", name + "^{commit}"}));
        if (!result.ok()) continue;
        id = trimmed(result.output);
        break;
    }
    if (id.empty())
        throw Error(fmt::format("cannot find {} in {}", revision, repository_),
                    "there is no such commit or branch", "it must be reachable from a branch or a tag");
    const std::string shown = run({"show", "--no-patch", "--no-show-signature", "--format=%ct%n%s", id},
                                  fmt::format("cannot read commit {}", id))
                                  .output;
    std::istringstream lines(shown);
    Commit commit{.id = id, .time = {}, .subject = {}};
    std::string seconds;
    std::getline(lines, seconds);
    std::getline(lines, commit.subject);
    long long value = 0;
    std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
    commit.time = std::chrono::sys_seconds(std::chrono::seconds(value));
    return commit;
}

Commit Git::tip(const std::string& branch) const {
    return commit("refs/remotes/origin/" + branch);
}

std::optional<Commit> Git::head() const {
    const host::Result result =
        processes_.run(command({"rev-parse", "--quiet", "--verify", "HEAD^{commit}"}));
    if (!result.ok()) return {};
    return commit(std::string(trimmed(result.output)));
}

std::optional<std::string> Git::file(const std::string& commit, const std::string& path) const {
    const std::string attempt = fmt::format("cannot read {} of commit {}", path, commit);
    if (run({"ls-tree", "--name-only", commit, "--", path}, attempt).output.empty()) return {};
    return run({"cat-file", "blob", commit + ":" + path}, attempt).output;
}

void Git::check_out(const std::string& commit, const std::filesystem::path& folder) const {
    run({"worktree", "add", "--quiet", "--detach", folder.string(), commit},
        fmt::format("cannot check out {}", commit));
}

void Git::export_tree(const std::string& commit, const std::filesystem::path& folder) const {
    const std::string attempt = fmt::format("cannot export {}", commit);
    const std::string archive = folder.string() + ".tar";
    // The placeholders of export-subst (gitattributes(5)) can have signatures checked, by programs of root's.
    run({"-c", "gpg.program=/bin/false", "-c", "gpg.ssh.program=/bin/false", "-c",
         "gpg.x509.program=/bin/false", "archive", "--format=tar", "--output=" + archive, commit},
        attempt);
    std::filesystem::create_directories(folder);
    processes_.check(
        {.argv = {"tar", "--extract", "--no-same-owner", "--file", archive}, .directory = folder}, attempt);
    std::filesystem::remove(archive);
}

RemoteRefs Git::remote_refs(const std::string& remote) const {
    const std::string& name = remote_or_origin(remote);
    try {
        return parse_refs(run(words({{"ls-remote"},
                                     upload_pack(name),
                                     {"--", name, "refs/tags/*", std::string(reserved_refs) + "*"}}),
                              fmt::format("cannot list the tags of {}", name))
                              .output);
    } catch (const Error& error) {
        throw unreachable(error);
    }
}

std::vector<std::string> Git::commits(const std::string& since, const std::string& commit) const {
    const bool from_start = since.find_first_not_of('0') == since.npos;
    const host::Result result =
        processes_.run(command({"rev-list", from_start ? commit : since + ".." + commit}));
    std::istringstream lines(result.ok() ? result.output : std::string());
    std::vector<std::string> hashes;
    for (std::string line; std::getline(lines, line);)
        hashes.push_back(line);
    return hashes;
}

std::string Git::tag_objects(const std::vector<std::string>& names, const std::string& remote) const {
    if (names.empty()) return {};
    const std::string last = "refs/tags/" + names.back();
    // A clone has the tags of its branches, from where it was cloned.
    if (!processes_.run(command({"cat-file", "-e", last})).ok() && !fetch(remote, last + ":" + last))
        throw Unsure(
            Error(fmt::format("cannot fetch the tag {} of {}", names.back(), remote_or_origin(remote)),
                  "the remote does not give it"));
    std::string wanted;
    for (const std::string& name : names)
        wanted += "refs/tags/" + name + "\n";
    return run({"cat-file", "--batch"}, "cannot read the tags", wanted).output;
}

bool Git::is_ancestor(const std::string& commit, const std::string& later) const {
    return processes_.run(command({"merge-base", "--is-ancestor", commit, later})).ok();
}

bool Git::has(const std::string& commit) const {
    const host::Result result = processes_.run(command({"cat-file", "-e", commit + "^{commit}"}));
    constexpr int missing = 1;
    constexpr int nothing_of_the_kind = 128;
    const bool answers =
        !result.timed_out && (result.exit_code == missing || result.exit_code == nothing_of_the_kind);
    if (!result.ok() && !answers)
        throw Unsure(Error(fmt::format("cannot tell whether {} has {}", repository_, commit),
                           "git: " + result.outcome()));
    return result.ok();
}

bool Git::is_reachable(const std::string& commit) const {
    if (!has(commit)) return false;
    return run({"rev-list", "--max-count=1", commit, "--not", "--remotes", "--tags"},
               fmt::format("cannot tell which branches have {}", commit))
        .output.empty();
}

std::vector<std::string> Git::subjects(const std::string& since, const std::string& commit) const {
    const std::string range = since.empty() ? commit : since + ".." + commit;
    std::istringstream lines(
        run({"log", "--no-merges", "--no-show-signature", "--format=%s", range}, "cannot list the changes")
            .output);
    std::vector<std::string> subjects;
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) subjects.push_back(line);
    return subjects;
}

bool Git::fetch(const std::string& remote, const std::string& ref) const {
    const std::string& from = remote_or_origin(remote);
    return processes_
        .run(command(words({{"fetch", "--quiet", "--no-tags"}, upload_pack(from), {"--", from, ref}})))
        .ok();
}

std::string Git::make_tag(const std::string& name, const std::string& commit, const std::string& message,
                          const std::string& identity) const {
    const std::string attempt = fmt::format("cannot make the tag {}", name);
    const std::size_t open = identity.find(" <");
    host::Command git = command({"-c", "user.name=" + identity.substr(0, open), "-c",
                                 "user.email=" + identity.substr(open + 2, identity.size() - open - 3), "-c",
                                 "tag.gpgSign=false", "tag", "--annotate", "--cleanup=whitespace"});
    git.argv.insert(git.argv.end(), {"--file=-", name, commit});
    git.input = message;
    processes_.check(git, attempt);
    return run({"cat-file", "tag", "refs/tags/" + name}, attempt).output;
}

void Git::restore_tag(const std::string& name, const std::string& tag) const {
    run({"update-ref", "refs/tags/" + name, make_object(tag)}, fmt::format("cannot make the tag {}", name));
}

std::string Git::make_object(const std::string& text) const {
    return std::string(
        trimmed(run({"hash-object", "-t", "tag", "-w", "--stdin"}, "cannot make a tag object", text).output));
}

host::Result Git::create_ref(const std::string& remote, const std::string& ref,
                             const std::string& object) const {
    // An empty expectation: the ref must not be there yet (git-push(1), --force-with-lease).
    const std::string& to = remote_or_origin(remote);
    return processes_.run(command(words({{"push", "--quiet", "--force-with-lease=" + ref + ":"},
                                         receive_pack(to),
                                         {"--", to, object + ":" + ref}})));
}

Error Git::not_created(const std::string& remote, const Error& error) const {
    return push_refused(error, remote_or_origin(remote));
}

bool Git::delete_ref(const std::string& remote, const std::string& ref, const std::string& object) const {
    const std::string& to = remote_or_origin(remote);
    host::Command push = command(words({{"push", "--quiet", "--force-with-lease=" + ref + ":" + object},
                                        receive_pack(to),
                                        {"--", to, ":" + ref}}));
    push.after_signal = true;
    push.timeout = std::min(push.timeout, longest_farewell);
    return processes_.run(push).ok();
}

void Git::check_push(const std::string& remote, const std::string& tag) const {
    const std::string ref = "refs/tags/" + tag;
    const std::string& to = remote_or_origin(remote);
    run(words({{"push", "--quiet", "--dry-run"}, receive_pack(to), {"--", to, ref + ":" + ref}}),
        fmt::format("cannot push the tag {} to {}", tag, to));
}

void Git::push(const std::string& remote, const std::string& tag) const {
    const std::string ref = "refs/tags/" + tag;
    const std::string& to = remote_or_origin(remote);
    try {
        run(words({{"push", "--quiet"}, receive_pack(to), {"--", to, ref + ":" + ref}}),
            fmt::format("cannot push the tag {} to {}", tag, to));
    } catch (const Error& error) {
        throw push_refused(error, to);
    }
}

}  // namespace dray::builder
