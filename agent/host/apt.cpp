// The words of the apt seam.
#include "host/apt.h"

#include "host/apt_progress.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

namespace dray::host {
namespace {

using FreshnessWords = std::array<std::string_view, 6>;  // by Freshness

std::string_view pick(const FreshnessWords& words, Freshness freshness) {
    return words.at(static_cast<std::size_t>(freshness));
}

}  // namespace

std::string_view freshness_text(Freshness freshness) {
    constexpr FreshnessWords words = {"current", "unreachable", "expired", "untrusted", "broken", "no-room"};
    return pick(words, freshness);
}

std::string_view freshness_words(Freshness freshness) {
    constexpr FreshnessWords words = {"current",     "unreachable", "stale or expired",
                                      "not trusted", "broken",      "no room on this host"};
    return pick(words, freshness);
}

std::string_view freshness_hint(Freshness freshness) {
    constexpr FreshnessWords words = {
        "",
        "nothing was taken from it; look at the network and the server, and the next run asks again",
        "nothing was taken from it; publish the repository again, or see whether this is a mirror that is "
        "behind, "
        "and whether this host's clock is right",
        "nothing was taken from it; compare its signing key with signed_by, see whether the key has expired, "
        "and "
        "whether somebody changes files on the way",
        "nothing was taken from it; compare uri, suites and components with what the server has, and publish "
        "the "
        "repository again when files of it are missing or cannot be used",
        "nothing was taken from it; free space where apt keeps its lists (/var/lib/apt/lists), and the next "
        "run asks again"};
    return pick(words, freshness);
}

std::vector<AptChange> beyond(const std::vector<AptChange>& announced,
                              const std::vector<AptChange>& changes) {
    std::vector<AptChange> more;
    for (const AptChange& change : changes) {
        const auto is_it = [&change](const AptChange& each) {
            return each.name == change.name && each.to == change.to;
        };
        if (std::ranges::none_of(announced, is_it)) more.push_back(change);
    }
    return more;
}

std::vector<AptChange> unannounced(const Transaction& transaction, const std::vector<AptChange>& changes) {
    if (!transaction.announced) return {};
    auto more = beyond(*transaction.announced, changes);
    std::erase_if(more, [&transaction](const AptChange& change) {
        const auto named = transaction.install.find(change.name);
        if (named != transaction.install.end()) return named->second == change.to;
        return change.to.empty() &&
               std::ranges::find(transaction.remove, change.name) != transaction.remove.end();
    });
    return more;
}

std::string changes_text(const std::vector<AptChange>& changes) {
    std::string text;
    for (const AptChange& change : changes)
        text += (text.empty() ? "" : ", ") + change_text(change);
    return text;
}

std::string sizes_text(const AptSizes& sizes) {
    std::string text;
    if (sizes.download > 0) text = bytes_text(sizes.download) + " to download";
    if (sizes.growth == 0) return text;
    if (!text.empty()) text += ", ";
    return text + bytes_text(std::abs(sizes.growth)) + (sizes.growth > 0 ? " more" : " less") + " on disk";
}

std::vector<std::string> result_notes(const TransactionResult& result) {
    std::vector<std::string> notes;
    for (const auto& path : result.kept_conffiles)
        notes.push_back(fmt::format("kept {0}, as it was changed here; the new one is {0}.dpkg-dist", path));
    for (const auto& each : result.outdated_services)
        notes.push_back("still runs with libraries that are no longer on disk: " + each);
    for (const auto& path : result.replaced_conffiles)
        notes.push_back(fmt::format("replaced {0}; what was there is {0}.dpkg-old", path));
    return notes;
}

}  // namespace dray::host
