// What is said of a source after a download: by what really arrived of its releases.
#include "apt_helper/refresh_verdict.h"

#include "apt_helper/refresh_log.h"
#include "duration.h"

#include <apt-pkg/acquire-item.h>
#include <apt-pkg/aptconfiguration.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::Freshness;

/// Whether the release file that was looked at is one for another time: past its Valid-Until, or not valid
/// yet.
bool out_of_date(const metaIndex& index) {
    const auto now = std::time(nullptr);
    const auto until = index.GetValidUntil();
    const auto from = index.GetNotBefore();
    return (until > 0 && until < now) || (from > 0 && from > now);
}

Freshness judge(const pkgAcquire::Item& item, const SelectedRelease& release, const AcquireLog& log) {
    using Item = pkgAcquire::Item;
    const auto says = [&item](const char* words) { return item.ErrorText.find(words) != std::string::npos; };
    if (item.ErrorText.starts_with(unusable_index)) return Freshness::broken;
    if (is_full(item)) return Freshness::no_room;
    // sqv, which apt 3.0 asks, says that of a good signature of the future: a clock is wrong, here or there.
    if (says("Not live until")) return Freshness::expired;
    if (log.signature_refused(item)) return Freshness::untrusted;
    // libapt could not even tell what of the file is signed: there is no signature, or more than one text.
    if (says("Clearsigned file isn't valid")) return Freshness::untrusted;
    if (is_impostor(item)) return Freshness::untrusted;
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

void worsen(ReleaseVerdict& verdict, Freshness freshness, std::string message) {
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

/// A repository that says of itself how long its lists hold needs no warning.
std::string age_warning(const metaIndex& index, std::chrono::seconds max_age) {
    const auto date = index.GetDate();
    if (index.GetValidUntil() != 0 || date == 0 || std::time(nullptr) - date <= max_age.count()) return {};
    return fmt::format(
        "{} was published last on {}, more than max_age ({}) ago, and sets no Valid-Until: see "
        "whether anybody keeps it up",
        public_uri(index.GetURI()), TimeRFC1123(date, true), duration_text(max_age));
}

}  // namespace

std::vector<ReleaseVerdict> judge_all(const Selection& selection, pkgAcquire& fetcher, const AcquireLog& log,
                                      const std::string& errors) {
    std::vector<ReleaseVerdict> verdicts(selection.releases().size());
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

host::SourceVerdict sum_up(const SelectedSource& source, const Selection& selection,
                           const std::vector<ReleaseVerdict>& releases, std::chrono::seconds max_age) {
    if (!source.defect.empty()) return {source.name, Freshness::broken, source.defect};
    ReleaseVerdict worst;
    std::string warning;
    for (const std::size_t place : source.releases) {
        worsen(worst, releases[place].freshness, releases[place].message);
        if (warning.empty()) warning = age_warning(selection.releases()[place].index(), max_age);
    }
    return {source.name, worst.freshness, worst.message,
            worst.freshness == Freshness::current ? warning : std::string()};
}

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
    for (const SelectedSource& source : selection.sources()) {
        const auto is_of = [&source](const std::set<std::size_t>& places) {
            return std::ranges::any_of(source.releases, [&](auto place) { return places.contains(place); });
        };
        if (is_of(cut_off) && !is_of(guilty)) names.push_back(source.name);
    }
    return names;
}

}  // namespace dray::apt_helper
