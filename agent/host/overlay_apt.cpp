// apt and dpkg as a dry run would leave them.
#include "host/overlay_apt.h"

namespace dray::host {
namespace {

constexpr std::string_view sources_folder = "/etc/apt/sources.list.d";
constexpr std::string_view sources_suffix = ".sources";

}  // namespace

void OverlayApt::rehearse_source(const std::string& name, std::string_view content) {
    base_.rehearse_source(name, content);
}

void OverlayApt::sources_changed() {
    for (const auto& name : files_.changed_in(sources_folder))
        if (name.ends_with(sources_suffix))
            base_.rehearse_source(name.substr(0, name.size() - sources_suffix.size()),
                                  files_.read(std::filesystem::path(sources_folder) / name).value_or(""));
}

std::string OverlayApt::installed(const std::string& package) const {
    const auto found = installed_.find(package);
    if (found == installed_.end()) return base_.installed(package);
    const auto author = ledger_.author("package " + package);
    if (author != ledger_.current() && ledger_.uncertain(author))
        ledger_.doubt({Doubt::Weight::condition, "whether " + package + " is installed", {author}});
    return found->second;
}

PackageStatus OverlayApt::status(const PackageWish& wish) const {
    auto status = base_.status(wish);
    status.installed = installed(wish.name);
    return status;
}

void OverlayApt::changed(const std::string& package, const std::string& version, std::string_view deed) {
    installed_[package] = version;
    ledger_.note("package " + package, deed);
}

void OverlayApt::apply(const Transaction& transaction, const AptProgress&) {
    for (const auto& [package, version] : transaction.install)
        changed(package, version, "installed");
    for (const auto& package : transaction.remove)
        changed(package, "", "removed");
    ledger_.bring_unknown();
}

}  // namespace dray::host
