// Where packages are made.
#include "builder/build_root.h"

#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto dpkg_folder = "/var/lib/dpkg";

}  // namespace

BuildRoot::BuildRoot(std::shared_ptr<const RootTree> tree) : tree_(std::move(tree)) {}

const std::string& BuildRoot::target() const {
    static const std::string none;
    return tree_ ? tree_->target() : none;
}

fs::path BuildRoot::system() const {
    return tree_ ? tree_->root() : "/";
}

std::string BuildRoot::debian_version(const Version& version) const {
    return version.text() + (tree_ ? tree_->suffix() : "");
}

std::string BuildRoot::key() const {
    return tree_ ? tree_->folder().filename().string() : "";
}

std::string BuildRoot::cache_kind(const std::string& kind) const {
    return tree_ ? kind + "." + tree_->target() : kind;
}

Confinement BuildRoot::confinement(const Settings& settings) const {
    Confinement confinement = build_confinement(settings);
    confinement.root = system();
    return confinement;
}

Confinement BuildRoot::with_dpkg(const Settings& settings) const {
    Confinement more = confinement(settings);
    more.places.push_back({system() / fs::path(dpkg_folder).relative_path(), dpkg_folder});
    return more;
}

host::Command BuildRoot::own_command(host::Command command, const Settings& settings) const {
    return tree_ ? confined(std::move(command), with_dpkg(settings)) : std::move(command);
}

}  // namespace dray::builder
