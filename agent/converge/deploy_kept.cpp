// The package files that a deploy keeps for a way back.
#include "converge/deploy.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::converge {

void Deployment::keep(const host::KeptPackage& kept) {
    std::erase_if(book_.kept, [&](const KeptDeb& each) { return each.version == kept.version; });
    book_.kept.push_back({kept.version, kept.path.filename().string(), kept.sha256, kept.size});
    save();
}

/// A version of which a file is kept, as apt is told of it.
host::KeptPackage Deployment::kept_package(const std::string& version) const {
    const auto& kept = *book_.kept_version(version);
    return {set_.name(), kept.version, parts_.store.package_file(set_.name(), kept), kept.sha256, kept.size};
}

/// What somebody else has installed is a way back as well, for the release after it.
void Deployment::keep_adopted() {
    const auto& version = book_.current->to.version;
    if (book_.kept_version(version) != nullptr) return;
    try {
        keep(parts_.host.apt().fetch(set_.name(), version, parts_.store.packages_folder(set_.name()),
                                     progress()));
    } catch (const Error& error) {
        host::throw_if_interrupted();
        note(
            fmt::format("no package file of {} can be kept for a later way back: {}", version, error.what()));
    }
}

/// Of the kept package files as many as the recipe says: the newest, what runs, and what ran before it.
void Deployment::prune_kept() {
    const auto wanted = static_cast<std::size_t>(set_.settings().keep);
    const auto is_needed = [this](const std::string& version) {
        return (book_.committed && version == book_.committed->version) ||
               (book_.previous && version == book_.previous->from);
    };
    while (book_.kept.size() > wanted) {
        const auto oldest =
            std::ranges::find_if(book_.kept, [&](const KeptDeb& kept) { return !is_needed(kept.version); });
        if (oldest == book_.kept.end()) return;
        parts_.host.files().remove(parts_.store.package_file(set_.name(), *oldest));
        book_.kept.erase(oldest);
    }
}

}  // namespace dray::converge
