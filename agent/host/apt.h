// Seam to apt: sources are refreshed, candidates asked for, packages changed, an interrupted dpkg healed.
#pragma once

#include "error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace dray::host {

/// What a refresh of one source found.
enum class Freshness {
    current,      ///< the lists are what the repository has now, and verified
    unreachable,  ///< no answer, or a transient one (5xx, a broken download): the lists are as they were
    expired,    ///< Valid-Until has passed, or an older state than the known one is offered: the lists are as
                ///< they were
    untrusted,  ///< a signature or hash that does not verify: the lists are as they were
    broken,     ///< anything else: 404, not a repository, …
    no_room,    ///< this host's disk is full: the lists are as they were
};

/// "current", "unreachable", … : for programs.
std::string_view freshness_text(Freshness freshness);
/// "current", "unreachable", "stale or expired", "not trusted", "broken", "no room on this host": for people.
std::string_view freshness_words(Freshness freshness);
/// What to do about a source in this state; "" when nothing is to be done.
std::string_view freshness_hint(Freshness freshness);

/// What a refresh has found of one source.
struct SourceVerdict {
    std::string source;  ///< the source's name: the .sources file without folder and suffix
    Freshness freshness = Freshness::current;
    std::string message;  ///< apt's own words; empty when current
    std::string warning =
        {};  ///< what is wrong with a source although it is current: nobody keeps it up, say
};

/// How old the lists of a source without Valid-Until may be before that is worth a warning.
constexpr auto default_max_age = std::chrono::hours(14 * 24);

/// What dpkg's "hold" means to who asks for a package. Source: dpkg(1), "Package selection states".
enum class Hold {
    respect,  ///< somebody else wants it so: a held package stays as it is
    own,      ///< it is held by who asks: it moves only when its version does not fit the wish any more
    lift,     ///< it is to be held no longer: as if it were not
};

/// A package and the versions that are acceptable for it.
struct PackageWish {
    std::string name;
    /// "latest" (apt's candidate), "26.11.*" (a wildcard), ">= 26.11.3", "= 26.11.3" (also "<<", "<=", ">>"
    /// as in Debian Policy 7.1). Among the versions that fit apt's policy decides as ever: the highest
    /// priority first, then the highest version.
    std::string version = "latest";
    Hold hold = Hold::respect;
    /// Names of the sources (NAME.sources) that may bring it; empty for any. What is installed may stay.
    std::set<std::string> from = {};
    bool operator<(const PackageWish& other) const {
        return std::tie(name, version, hold, from) <
               std::tie(other.name, other.version, other.hold, other.from);
    }
};

/// What there is of a package, and what a wish for it would get.
struct PackageStatus {
    std::string installed;  ///< Debian version; "" when not installed (dpkg's state is not "installed")
    std::string candidate;  ///< what a converge would install or keep; "" when no version fits
    std::string reason;     ///< when there is no candidate, why: "no source has it", "held", …
    /// Of the candidate's .deb by the signed index, in hexadecimal digits; "" when no source has it (any
    /// more).
    std::string sha256 = {};
    std::string schema_floor = {};  ///< the candidate's field Dray-Schema-Floor; "" when it has none
};

/// The control field in which a release states the oldest version that can run on its database schema.
constexpr auto schema_floor_field = "Dray-Schema-Floor";

/// A package file that is kept on this host, so that its version can be had with no repository at hand.
struct KeptPackage {
    std::string name;
    std::string version;         ///< Debian version
    std::filesystem::path path;  ///< NAME_VERSION_ARCHITECTURE.deb
    std::string sha256;          ///< in hexadecimal digits
    std::uint64_t size = 0;      ///< in bytes
    bool operator==(const KeptPackage&) const = default;
};

/// A package that got another version.
struct AptChange {
    std::string name;
    std::string from;  ///< "" when it was not installed
    std::string to;    ///< "" when it was removed; both are "" when only its conffiles were left to remove
    bool operator==(const AptChange&) const = default;
};

/// A change to make, all of it in one transaction.
struct Transaction {
    std::map<std::string, std::string> install;  ///< package name to exact Debian version
    std::vector<std::string> remove;
    bool purge = false;  ///< removed packages lose their conffiles too
    bool allow_downgrade = false;
    /// The blocks that a file system reserves for root (mke2fs(8), -m) count as room, too.
    bool use_reserved_blocks = false;
    std::set<std::string> may_remove = {};  ///< others that may go when there is no other way
    /// Packages that are to be held afterwards (true) or no longer (false); those of them that are held now
    /// may be changed.
    std::map<std::string, bool> hold = {};
    /// Of a conffile that was changed on the host, a new version takes the place; otherwise it is kept.
    bool replace_conffiles = false;
    /// Packages that may come from these sources alone, see PackageWish::from, as dependencies of others too.
    /// `apply` and `download` add what was expected.
    std::map<std::string, std::set<std::string>> from = {};
    /// Of packages in `install`, the file to take in place of what a source has: no source needs to have that
    /// version, or to answer. The file's hash, name and version are verified before dpkg sees it, and pins
    /// and `from` do not matter.
    std::map<std::string, KeptPackage> files = {};
    /// What may be changed beside what the transaction itself names, when somebody was shown it: one that
    /// would change more is refused, see `unannounced`. Nothing when nobody was.
    std::optional<std::vector<AptChange>> announced = {};
};

/// "install warehouse 26.11.3", "take warehouse from 26.11.2 to 26.11.3", "reinstall …", "remove …", "purge
/// …".
std::string change_text(const AptChange& change);

/// Of `changes` those that `announced` has not, by package and the version that is to be: what somebody else
/// has changed in between may have been a part of the way.
std::vector<AptChange> beyond(const std::vector<AptChange>& announced, const std::vector<AptChange>& changes);

/// Of what apt would change for a transaction, what nobody was shown: it is not in `announced`, and the
/// transaction does not name it either, in the version that is to be. What it names may be missing in
/// `announced`, as a dry run solves all transactions of a run together: one that removes what an earlier one
/// brings changes nothing there.
std::vector<AptChange> unannounced(const Transaction& transaction, const std::vector<AptChange>& changes);

/// The changes in words, with commas between them.
std::string changes_text(const std::vector<AptChange>& changes);

/// What a transaction costs, in bytes.
struct AptSizes {
    std::int64_t download = 0;  ///< of packages that are not in apt's archives yet
    std::int64_t growth = 0;    ///< of what is installed, by the packages' own word; negative when it shrinks
    bool operator==(const AptSizes&) const = default;
};

/// "60.3 MB to download, 181 MB more on disk"; "" when it is nothing.
std::string sizes_text(const AptSizes& sizes);

/// What a transaction has done.
struct TransactionResult {
    std::vector<AptChange> changes = {};
    AptSizes sizes = {};
    /// Conffiles that were changed on the host, of which a new version came: those that stayed, and those
    /// that gave way.
    std::vector<std::string> kept_conffiles = {};
    std::vector<std::string> replaced_conffiles = {};
    /// Programs that still run with libraries that are no longer on disk: "nginx.service (libssl.so.3)".
    std::vector<std::string> outdated_services = {};
};

/// What is worth telling of a result beside its changes, a line each: conffiles, programs to restart.
std::vector<std::string> result_notes(const TransactionResult& result);

/// One version of a package, and why it is the candidate or is not.
struct ExplainedVersion {
    std::string version;
    int priority = 0;                  ///< of apt_preferences(5), with pins and phasing
    std::vector<std::string> origins;  ///< "http://repository.test/apt stable/main [internal]", "installed"
    bool candidate = false;
    std::string words;
};

/// Why a package's candidate is what it is.
struct AptExplanation {
    PackageStatus status;
    std::vector<ExplainedVersion> versions;  ///< from the highest to the lowest
};

/// A transaction was not made because apt's lists name files that the repository no longer has. Nothing was
/// changed, and the next `status` reads the lists again.
class ListsOutdated : public Error {
  public:
    using Error::Error;
};

/// Something could not be had because a repository did not answer, or its answer was refused (expired, not
/// trusted), and for no other reason. Nothing was changed.
class RepositoryUnreachable : public Error {
  public:
    using Error::Error;
};

/// A change was not made because it would be more than was announced, or planned: something else has moved
/// meanwhile. It says nothing of the package that was to be changed.
class BeyondPlan : public Error {
  public:
    using Error::Error;
};

/// What the helper says of what it is doing, as it does it.
using AptProgress = std::function<void(std::string_view line)>;

/// apt and dpkg on one host. dray owns the sources it declares; all others are left alone.
///
/// How a run uses it: `expect` everything first, so that one start of the helper answers all of it; then ask.
/// The first `status` of a run refreshes the expected sources and reads all expected candidates in one go,
/// and the answers are kept until `file_changed` or `repair`, and after `apply` as long as they are still
/// true.
class Apt {
  public:
    virtual ~Apt() = default;

    /// This run declares the source NAME (/etc/apt/sources.list.d/NAME.sources). Lists without Valid-Until
    /// that are older than `max_age` are worth a warning. Starts nothing.
    virtual void expect_source(const std::string& name, std::chrono::seconds max_age = default_max_age) = 0;
    /// This run will ask for this package, and no change of this run, a repair included, brings it from other
    /// sources than its `from`. Starts nothing.
    virtual void expect_package(const PackageWish& wish) = 0;

    /// From now on this is a dry run: answers come from a private copy of apt's lists and settings, and
    /// nothing under /etc, /var/lib or /usr changes. The copy is removed with this object.
    virtual void rehearse() = 0;
    /// A file that apt reads, in sources.list.d, preferences.d or apt.conf.d of /etc/apt, was written, or
    /// with "" removed: what is kept no longer holds. In a dry run the private copy gets the text, and the
    /// host's own file is left alone.
    virtual void file_changed(const std::filesystem::path& path, std::string_view content) = 0;

    /// Installed version and candidate. Refreshes the expected sources first, and only these, when that has
    /// not been done in this run; a source that cannot be refreshed is no exception but a verdict, and the
    /// answer then rests on what the host's lists hold already. A source whose file does not exist (yet) is
    /// passed over. Throws Error when apt's own state cannot be read.
    virtual PackageStatus status(const PackageWish& wish) const = 0;

    /// What the refresh found, one per expected source that exists; empty when no `status` was asked for.
    virtual std::vector<SourceVerdict> verdicts() const = 0;

    /// The packages of which the first answers of this run had another version than the host; empty when
    /// nothing was asked.
    virtual std::set<std::string> newer() const = 0;

    /// What the transactions of this run have cost, or in a dry run would cost.
    virtual AptSizes sizes() const { return {}; }

    /// Who hears of a refresh while it goes on; `apply` and `repair` have a listener of their own.
    virtual void follow(AptProgress) {}

    /// What came of changes that earlier runs had begun and did not live to see the end of, a line each; told
    /// once, and not in a dry run.
    virtual std::vector<std::string> unreported() { return {}; }

    /// How the first answer of this run came about, for logs and reports: "asked apt: the keyrings changed",
    /// "did without apt: nothing has changed, here or in 1 repository"; "" when nothing was asked.
    virtual std::string story() const = 0;

    /// The installed version from dpkg's status file alone, without starting the helper; "" when not
    /// installed.
    virtual std::string installed(const std::string& package) const = 0;

    /// Whether dpkg holds the package, from its status file alone.
    virtual bool held(const std::string& package) const = 0;

    /// Whether the package was removed and its conffiles are still there, from dpkg's status file alone.
    virtual bool has_leftovers(const std::string& package) const = 0;

    /// Solves, downloads, verifies, and lets dpkg run in a unit of its own that outlives this process.
    /// Throws Error (nothing changed when it could not be solved or downloaded) when a package would be
    /// removed or downgraded that the transaction does not name, BeyondPlan for what is `unannounced`,
    /// RepositoryUnreachable, and ListsOutdated. In a dry run it is solved alone, on top of those before it,
    /// and from then on `installed`, `held` and `status` answer as if it had been made.
    virtual TransactionResult apply(const Transaction& transaction, const AptProgress& progress) = 0;

    /// Does for a transaction what can be done ahead of it, so that neither a slow server nor one that does
    /// not answer comes in between later: solves it, and brings what it needs into apt's archives, verified;
    /// what `files` names is verified where it is. Changes no package. Throws Error as `apply` does, in a dry
    /// run too, RepositoryUnreachable, and ListsOutdated.
    virtual void download(const Transaction& transaction, const AptProgress& progress) = 0;

    /// Brings the .deb of exactly this version into `folder`, which exists and which only root can enter, as
    /// NAME_VERSION_ARCHITECTURE.deb (a ':' in the version is "%3a", as in apt's archives): atomically and on
    /// the disk when this returns. It comes out of apt's archives when it is there and whole, else from the
    /// repository, and has the hash that the signed index says. One that is in `folder` already is taken as
    /// it is when it has that hash. Changes no package. Throws Error when no source has that version (any
    /// more) or it cannot be downloaded, RepositoryUnreachable, and ListsOutdated; then `folder` is as it
    /// was. Throws Error in a dry run.
    virtual KeptPackage fetch(const std::string& package, const std::string& version,
                              const std::filesystem::path& folder, const AptProgress& progress) = 0;

    /// The first line of a field that the installed package's control data has in dpkg's status file, without
    /// starting the helper: "" when it has none, and when the package is not installed. Names of fields have
    /// no case.
    virtual std::string installed_field(const std::string& package, const std::string& field) const = 0;

    /// Why the candidate of a package is what it is, by apt's lists as they are: nothing is refreshed. Throws
    /// Error.
    virtual AptExplanation explain(const PackageWish& wish) const = 0;

    /// Whether an earlier run of dpkg was interrupted: packages half-installed or half-configured, triggers
    /// pending, a journal in /var/lib/dpkg/updates. Reads files only.
    virtual bool needs_repair() const = 0;

    /// Finishes what was interrupted; returns what was done, a line each, with what a TransactionResult tells
    /// beside its changes, and what `dpkg --audit` still complains of that was not interrupted. What
    /// has to be unpacked again comes out of `kept` where its version is there and whole, so that no
    /// repository is needed; else as dray-apt finds it.
    virtual std::vector<std::string> repair(const AptProgress& progress,
                                            const std::vector<KeptPackage>& kept = {}) = 0;
};

}  // namespace dray::host
