// Sources are refreshed one by one, and judged by what really arrived.
#include "apt_helper/refresh.h"

#include "apt_helper/acquire_log.h"
#include "apt_helper/library.h"
#include "apt_helper/list_files.h"
#include "apt_helper/lock.h"
#include "apt_helper/refresh_log.h"
#include "duration.h"
#include "error.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/acquire.h>
#include <apt-pkg/aptconfiguration.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>
#include <apt-pkg/strutl.h>
#include <apt-pkg/update.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::Freshness;
using host::SourceVerdict;

// A server that sends a byte now and then keeps libapt's own timeouts from passing.
constexpr int refresh_limit_seconds = 600;

/// One (URI, suite): what one InRelease file speaks for.
class Release {
  public:
    explicit Release(metaIndex& index) : index_(&index) {}

    metaIndex& index() const { return *index_; }
    bool same_as(const metaIndex& other) const {
        return index_->GetURI() == other.GetURI() && index_->GetDist() == other.GetDist();
    }

    /// How the names of its files in apt's lists begin.
    std::string file_prefix() const {
        const std::string& suite = index_->GetDist();
        if (suite == "/") return URItoFileName(index_->GetURI());
        if (suite.ends_with('/')) return URItoFileName(index_->GetURI() + suite);
        return URItoFileName(index_->GetURI() + "dists/" + suite + "/");
    }

  private:
    metaIndex* index_;
};

struct Source {
    std::string name;
    std::vector<std::size_t> releases;  ///< places in the list of all releases
    std::string defect;                 ///< why it cannot be refreshed at all
};

struct Verdict {
    Freshness freshness = Freshness::current;
    std::string message;
};

std::filesystem::path file_of(const std::string& source) {
    return std::filesystem::path(_config->FindDir("Dir::Etc::sourceparts")) / (source + ".sources");
}

/// What is to be refreshed: the named sources and, once each, their releases. Other sources of the same
/// release are refreshed with it: it has one InRelease file for all, and libapt takes a list for fresh when
/// that is.
class Selection {
  public:
    Selection(const std::vector<std::string>& names, const pkgSourceList& all) {
        for (const std::string& name : names) {
            const auto file = file_of(name);
            if (!std::filesystem::exists(file)) continue;
            Source source{name, {}, {}};
            pkgSourceList own;
            if (!own.ReadAppend(file)) source.defect = take_errors();
            for (const metaIndex* index : own)
                add(*index, all, source);
            if (source.releases.empty() && source.defect.empty())
                source.defect = file.string() + " has no enabled entry for this architecture";
            sources_.push_back(std::move(source));
        }
    }

    const std::vector<Source>& sources() const { return sources_; }
    const std::vector<Release>& releases() const { return releases_; }

    /// The release that a file of libapt's lists belongs to; the end when it is none of these.
    std::vector<Release>::const_iterator owner(const std::string& file) const {
        auto best = releases_.end();
        for (auto release = releases_.begin(); release != releases_.end(); ++release) {
            const std::string prefix = release->file_prefix();
            if (!file.starts_with(prefix)) continue;
            if (best == releases_.end() || prefix.size() > best->file_prefix().size()) best = release;
        }
        return best;
    }

  private:
    void add(const metaIndex& wanted, const pkgSourceList& all, Source& source) {
        for (std::size_t place = 0; place < releases_.size(); ++place) {
            if (releases_[place].same_as(wanted)) return source.releases.push_back(place);
        }
        for (metaIndex* index : all) {
            if (!Release(*index).same_as(wanted)) continue;
            source.releases.push_back(releases_.size());
            releases_.emplace_back(*index);
            return;
        }
    }

    std::vector<Source> sources_;
    std::vector<Release> releases_;
};

/// Whether the release file that was looked at is one for another time: past its Valid-Until, or not valid
/// yet.
bool out_of_date(const metaIndex& index) {
    const auto now = std::time(nullptr);
    const auto until = index.GetValidUntil();
    const auto from = index.GetNotBefore();
    return (until > 0 && until < now) || (from > 0 && from > now);
}

Freshness judge(const pkgAcquire::Item& item, const Release& release, const AcquireLog& log) {
    using Item = pkgAcquire::Item;
    const auto says = [&item](const char* words) { return item.ErrorText.find(words) != std::string::npos; };
    if (item.ErrorText.starts_with(unusable_index)) return Freshness::broken;
    if (is_full(item)) return Freshness::no_room;
    // sqv, which apt 3.0 asks, says that of a good signature of the future: a clock is wrong, here or there.
    if (says("Not live until")) return Freshness::expired;
    if (log.signature_refused(item)) return Freshness::untrusted;
    // libapt could not even tell what of the file is signed: there is no signature, or more than one text.
    if (says("Clearsigned file isn't valid")) return Freshness::untrusted;
    // A server that is not who it should be is no matter of time, for which libapt takes it. GnuTLS and
    // OpenSSL say "Certificate verification failed" and "certificate verify failed".
    if (says("ertificate verif")) return Freshness::untrusted;
    if (log.too_long(item)) return Freshness::broken;
    switch (item.Status) {
        case Item::StatTransientNetworkError:
            return Freshness::unreachable;
        case Item::StatAuthError:
            // libapt has one status for a file that is not what it should be, and for one it was told to
            // refuse.
            if (out_of_date(release.index())) return Freshness::expired;
            return item.ErrorText.empty() ? Freshness::broken : Freshness::untrusted;
        default:
            return Freshness::broken;
    }
}

/// What speaks worse of a repository comes later.
int gravity(Freshness freshness) {
    switch (freshness) {
        case Freshness::current:
            return 0;
        case Freshness::broken:
            return 1;
        case Freshness::unreachable:
            return 2;
        case Freshness::no_room:  // whatever else went wrong did so for that
            return 3;
        case Freshness::expired:
            return 4;
        case Freshness::untrusted:
            return 5;
    }
    return 0;
}

void worsen(Verdict& verdict, Freshness freshness, std::string message) {
    if (gravity(freshness) <= gravity(verdict.freshness)) return;
    verdict = {freshness, std::move(message)};
}

/// Whether libapt has read its release file, which it does once it has verified it, or was told not to.
bool loaded(const metaIndex& index) {
    return index.GetLoadedSuccessfully() == metaIndex::TRI_YES;
}

bool is_done(const pkgAcquire::Item& item) {
    return item.Status == pkgAcquire::Item::StatDone;
}

/// "" when the repository has something for one of this host's architectures.
std::string architecture_defect(const metaIndex& index) {
    std::string wanted;
    for (const auto& architecture : APT::Configuration::getArchitectures()) {
        if (index.IsArchitectureSupported(architecture)) return {};
        wanted += (wanted.empty() ? "" : ", ") + architecture;
    }
    return fmt::format("{} has nothing for this host's architecture ({})", public_uri(index.GetURI()),
                       wanted);
}

/// Judges each release by its items. libapt leaves some failed items as done (a detached signature that does
/// not verify, say), so a release counts as current only when its file has been verified and read.
std::vector<Verdict> judge_all(const Selection& selection, pkgAcquire& fetcher, const AcquireLog& log,
                               const std::string& errors) {
    std::vector<Verdict> verdicts(selection.releases().size());
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        const auto older = log.older_release(**item);
        if (is_done(**item) && !log.signature_refused(**item) && older.empty()) continue;
        const auto file = std::filesystem::path((*item)->DestFile).filename().string();
        const auto release = selection.owner(file);
        if (release == selection.releases().end()) continue;
        const auto place = static_cast<std::size_t>(release - selection.releases().begin());
        if (!older.empty() && !log.signature_refused(**item) && is_done(**item)) {
            worsen(verdicts[place], Freshness::expired, public_uri((*item)->DescURI()) + ": " + older);
            continue;
        }
        if (is_done(**item) && loaded(release->index()))
            continue;  // the source's own `Trusted: yes` stands above its missing signature
        const bool silent = (*item)->ErrorText.empty() && !errors.empty() && !log.gave_up();
        const auto words =
            silent ? public_uri((*item)->DescURI()) + ": " + errors : failure_text(**item, log);
        const bool no_hashes = silent && errors.find("only weak security information") != std::string::npos;
        worsen(verdicts[place], no_hashes ? Freshness::untrusted : judge(**item, *release, log), words);
    }
    for (std::size_t place = 0; place < verdicts.size(); ++place) {
        const metaIndex& index = selection.releases()[place].index();
        if (verdicts[place].freshness == Freshness::current && loaded(index))
            if (auto defect = architecture_defect(index); !defect.empty())
                worsen(verdicts[place], Freshness::broken, std::move(defect));
        if (verdicts[place].freshness != Freshness::current || loaded(index)) continue;
        // Nothing has failed and nothing was verified: the release file has no signature to look at.
        worsen(verdicts[place], Freshness::untrusted,
               errors.empty() ? public_uri(index.GetURI()) + " has no verified release file" : errors);
    }
    return verdicts;
}

/// The sources of which something was cut off by what the server of another one did.
std::vector<std::string> bystanders(const Selection& selection, pkgAcquire& fetcher, const AcquireLog& log) {
    std::set<std::size_t> guilty;
    std::set<std::size_t> cut_off;
    for (auto item = fetcher.ItemsBegin(); item != fetcher.ItemsEnd(); ++item) {
        const auto release = selection.owner(std::filesystem::path((*item)->DestFile).filename().string());
        if (release == selection.releases().end()) continue;
        const auto place = static_cast<std::size_t>(release - selection.releases().begin());
        if (log.too_long(**item)) guilty.insert(place);
        if (log.cut_off(**item)) cut_off.insert(place);
    }
    std::vector<std::string> names;
    if (guilty.empty()) return names;
    for (const Source& source : selection.sources()) {
        const auto is_of = [&source](const std::set<std::size_t>& places) {
            return std::ranges::any_of(source.releases, [&](auto place) { return places.contains(place); });
        };
        if (is_of(cut_off) && !is_of(guilty)) names.push_back(source.name);
    }
    return names;
}

/// Queues a release, and tells which InRelease file that asks for: libapt alone knows what options make of
/// the URI.
RefreshedRelease queue(metaIndex& index, pkgAcquire& fetcher, const std::filesystem::path& lists) {
    const auto before = fetcher.ItemsEnd() - fetcher.ItemsBegin();
    if (!index.GetIndexes(&fetcher)) fail("cannot refresh apt's sources");
    if (fetcher.ItemsEnd() - fetcher.ItemsBegin() == before) return {};
    const pkgAcquire::Item& item = **(fetcher.ItemsBegin() + before);
    return {.uri = item.DescURI(),
            .file = lists / std::filesystem::path(item.DestFile).filename(),
            .valid_until = 0,
            .warned_from = {},
            .sources = {},
            .signed_by = {}};
}

/// A repository that says of itself how long its lists hold needs no warning.
std::string age_warning(const metaIndex& index, std::chrono::seconds max_age) {
    const auto date = index.GetDate();
    if (index.GetValidUntil() != 0 || date == 0 || std::time(nullptr) - date <= max_age.count()) return {};
    return fmt::format(
        "{} was published last on {}, more than max_age ({}) ago, and sets no Valid-Until: see "
        "whether anybody keeps it up",
        public_uri(index.GetURI()), TimeRFC1123(date, true), duration_text(max_age));
}

SourceVerdict sum_up(const Source& source, const Selection& selection, const std::vector<Verdict>& releases,
                     std::chrono::seconds max_age) {
    if (!source.defect.empty()) return {source.name, Freshness::broken, source.defect};
    Verdict worst;
    std::string warning;
    for (const std::size_t place : source.releases) {
        worsen(worst, releases[place].freshness, releases[place].message);
        if (warning.empty()) warning = age_warning(selection.releases()[place].index(), max_age);
    }
    return {source.name, worst.freshness, worst.message,
            worst.freshness == Freshness::current ? warning : std::string()};
}

/// Throws SourcesUnreadable.
void read_sources(pkgSourceList& all, const std::vector<std::string>& names) {
    const bool read = all.ReadMainList();
    const auto errors = take_errors();
    if (read) return;
    const bool contradiction =
        errors.find("Conflicting values set for option Signed-By") != std::string::npos;
    SourcesUnreadable error("cannot read apt's sources", errors,
                            contradiction
                                ? "two files in /etc/apt/sources.list.d declare the same repository with "
                                  "different keys, and apt takes neither: take one of the two away, or give "
                                  "both the same Signed-By"
                                : "correct the file; until then apt can use none of its sources");
    for (const auto& name : names)
        if (std::filesystem::exists(file_of(name)))
            error.verdicts.push_back({name, Freshness::broken, errors});
    throw error;
}

void configure() {
    // The lists of all sources that are not refreshed now would be removed.
    _config->Set("APT::Get::List-Cleanup", false);
    _config->Set("APT::List-Cleanup", false);
    // Hosts are converged by what these sources say: no option made for something else may open them.
    _config->Set("Acquire::AllowInsecureRepositories", false);
    _config->Set("Acquire::AllowWeakRepositories", false);
    _config->Set("Acquire::AllowDowngradeToInsecureRepositories", false);
}

/// What one download brings, and the sources that are still to be refreshed, since it was given up for
/// another one's fault.
struct Round {
    Refreshed refreshed;
    std::vector<std::string> left;
};

Round refresh_once(const std::vector<std::string>& names,
                   const std::map<std::string, std::chrono::seconds>& max_age, Hooks hooks,
                   LockPatience& patience) {
    pkgSourceList all;
    read_sources(all, names);
    const Selection selection(names, all);
    RefreshLog log(std::chrono::seconds(_config->FindI("Dray::Refresh-Limit", refresh_limit_seconds)));
    pkgAcquire fetcher(&log);
    log.watch(fetcher);
    std::string errors;
    Round round;
    Refreshed& refreshed = round.refreshed;
    if (!selection.releases().empty()) {
        const std::filesystem::path lists = _config->FindDir("Dir::State::lists");
        lock_by_libapt({lists / "lock"}, patience, "cannot refresh apt's sources",
                       [&] { return fetcher.GetLock(_config->FindDir("Dir::State::lists")); });
        for (const Release& release : selection.releases())
            for (const char* file : {"InRelease", "Release"})
                remove_torn_lists(release.index(), lists / (release.file_prefix() + file));
        for (const Release& release : selection.releases())
            refreshed.releases.push_back(queue(release.index(), fetcher, lists));
        AcquireUpdate(fetcher, 0, hooks == Hooks::run, false);
        errors = take_errors();
        for (const Release& release : selection.releases())
            sync_lists(lists, release.file_prefix());
    }
    const auto verdicts = judge_all(selection, fetcher, log, errors);
    const auto age_of = [&](const std::string& name) -> std::chrono::seconds {
        const auto found = max_age.find(name);
        return found == max_age.end() ? host::default_max_age : found->second;
    };
    for (const Source& source : selection.sources())
        refreshed.sources.push_back(sum_up(source, selection, verdicts, age_of(source.name)));
    for (std::size_t place = 0; place < refreshed.releases.size(); ++place) {
        const metaIndex& index = selection.releases()[place].index();
        refreshed.releases[place].valid_until = index.GetValidUntil();
        for (const Source& source : selection.sources()) {
            if (std::ranges::find(source.releases, place) == source.releases.end()) continue;
            refreshed.releases[place].sources.push_back(source.name);
            refreshed.releases[place].warned_from.push_back(index.GetDate() + age_of(source.name).count() +
                                                            1);
        }
        refreshed.releases[place].signed_by = index.GetSignedBy();
    }
    round.left = bystanders(selection, fetcher, log);
    return round;
}

/// Puts what a later round has found in place of what an earlier one could not.
void replace(Refreshed& found, const Refreshed& later) {
    // A file of sources may have been edited in between, so that something is there for the first time.
    for (const auto& verdict : later.sources) {
        const auto place = std::ranges::find(found.sources, verdict.source, &SourceVerdict::source);
        if (place != found.sources.end())
            *place = verdict;
        else
            found.sources.push_back(verdict);
    }
    for (const auto& release : later.releases) {
        const auto place = std::ranges::find(found.releases, release.file, &RefreshedRelease::file);
        if (place != found.releases.end())
            *place = release;
        else
            found.releases.push_back(release);
    }
}

}  // namespace

Refreshed refresh(const std::vector<std::string>& names,
                  const std::map<std::string, std::chrono::seconds>& max_age, Hooks hooks,
                  LockPatience& patience) {
    configure();
    auto [found, left] = refresh_once(names, max_age, hooks, patience);
    // Each round leaves out whoever ended the one before.
    try {
        while (!left.empty()) {
            Round round = refresh_once(left, max_age, hooks, patience);
            replace(found, round.refreshed);
            left = std::move(round.left);
        }
    } catch (SourcesUnreadable& error) {
        // Somebody has edited a file in between.
        replace(found, {.sources = std::move(error.verdicts), .releases = {}});
        error.verdicts = std::move(found.sources);
        throw;
    }
    return found;
}

}  // namespace dray::apt_helper
