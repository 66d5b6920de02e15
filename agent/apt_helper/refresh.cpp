// Sources are refreshed one by one, and judged by what really arrived.
#include "apt_helper/refresh.h"

#include "apt_helper/library.h"
#include "apt_helper/list_files.h"
#include "apt_helper/lock.h"
#include "apt_helper/refresh_log.h"
#include "apt_helper/refresh_selection.h"
#include "apt_helper/refresh_verdict.h"
#include "error.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/acquire.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>
#include <apt-pkg/update.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::Freshness;
using host::SourceVerdict;

// A server that sends a byte now and then keeps libapt's own timeouts from passing.
constexpr int refresh_limit_seconds = 600;

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

/// The release file that libapt reads: one beside its signature is older than an InRelease file that is there
/// too, since nobody takes it away when the repository begins to have the latter.
std::filesystem::path release_file(const std::filesystem::path& lists, const SelectedRelease& release) {
    const auto whole = lists / (release.file_prefix() + "InRelease");
    return std::filesystem::exists(whole) ? whole : lists / (release.file_prefix() + "Release");
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
        if (std::filesystem::exists(sources_file(name)))
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
/// another one's fault or could not be theirs too.
struct Round {
    Refreshed refreshed;
    std::vector<std::string> left;
};

Round refresh_once(const std::vector<std::string>& names,
                   const std::map<std::string, std::chrono::seconds>& max_age, Hooks hooks,
                   LockPatience& patience) {
    pkgSourceList all;
    read_sources(all, names);
    const auto together = refreshed_together(Selection(names, all));
    const Selection selection(together, all);
    RefreshLog log(std::chrono::seconds(_config->FindI("Dray::Refresh-Limit", refresh_limit_seconds)),
                   selection);
    pkgAcquire fetcher(&log);
    log.watch(fetcher);
    std::string errors;
    Round round;
    Refreshed& refreshed = round.refreshed;
    if (!selection.releases().empty()) {
        const std::filesystem::path lists = _config->FindDir("Dir::State::lists");
        lock_by_libapt({lists / "lock"}, patience, "cannot refresh apt's sources",
                       [&] { return fetcher.GetLock(_config->FindDir("Dir::State::lists")); });
        for (const SelectedRelease& release : selection.releases())
            remove_torn_lists(release.index(), release_file(lists, release));
        for (const SelectedRelease& release : selection.releases())
            refreshed.releases.push_back(queue(release.index(), fetcher, lists));
        AcquireUpdate(fetcher, 0, hooks == Hooks::run, false);
        errors = take_errors();
        for (const SelectedRelease& release : selection.releases())
            sync_lists(lists, release.file_prefix());
    }
    const auto verdicts = judge_all(selection, fetcher, log, errors);
    const auto age_of = [&](const std::string& name) -> std::chrono::seconds {
        const auto found = max_age.find(name);
        return found == max_age.end() ? host::default_max_age : found->second;
    };
    for (const SelectedSource& source : selection.sources())
        refreshed.sources.push_back(sum_up(source, selection, verdicts, age_of(source.name)));
    for (std::size_t place = 0; place < refreshed.releases.size(); ++place) {
        const metaIndex& index = selection.releases()[place].index();
        refreshed.releases[place].valid_until = index.GetValidUntil();
        for (const SelectedSource& source : selection.sources()) {
            if (std::ranges::find(source.releases, place) == source.releases.end()) continue;
            refreshed.releases[place].sources.push_back(source.name);
            refreshed.releases[place].warned_from.push_back(index.GetDate() + age_of(source.name).count() +
                                                            1);
        }
        refreshed.releases[place].signed_by = index.GetSignedBy();
    }
    round.left = bystanders(selection, fetcher, log);
    std::ranges::copy_if(names, std::back_inserter(round.left), [&](const std::string& name) {
        return std::filesystem::exists(sources_file(name)) &&
               std::ranges::find(together, name) == together.end();
    });
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
    // Each round leaves out whoever ended the one before, and takes one at least of those that had to wait.
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
