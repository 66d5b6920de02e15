// apt and dpkg as a dry run would leave them.
#include "host/overlay_apt.h"

namespace dray::host {

std::string OverlayApt::installed(const std::string& package) const {
    const auto author = ledger_.author("package " + package);
    if (!author.empty() && author != ledger_.current() && ledger_.uncertain(author))
        ledger_.doubt({Doubt::Weight::condition, "whether " + package + " is installed", {author}});
    return base_.installed(package);
}

TransactionResult OverlayApt::apply(const Transaction& transaction, const AptProgress& progress) {
    auto result = base_.apply(transaction, progress);
    for (const auto& change : result.changes)
        ledger_.note("package " + change.name, change.to.empty() ? "removed" : "installed");
    ledger_.bring_packages();
    return result;
}

}  // namespace dray::host
