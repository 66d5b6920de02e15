// The strategy side-by-side: services run from a copy of their package's folder that dpkg never touches.
#pragma once

#include "converge/deploy_record.h"
#include "converge/deploy_set.h"
#include "host/host.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace dray::converge {

/// The copies of one package's folder, DeploySettings::tree. Of "/opt/warehouse", and the service warehouse:
///
///     /opt/.dray/warehouse/26.11.3-20261130021500     a copy, with what the maintainer scripts made
///     /opt/.dray/warehouse/current                    a link to the one that runs
///     /opt/warehouse/.dray-mount                      keeps that folder when the package goes
///     /etc/systemd/system/warehouse.service.d/dray-tree.conf
///
/// The drop-in binds the copy over the folder in the service's own mount namespace.
///
/// A process sees its copy from its start to its end, whatever becomes of the folder meanwhile: the files are
/// others. Source: systemd.exec(5), BindReadOnlyPaths=; mount_namespaces(7).
class SideBySide {
  public:
    SideBySide(host::Host& host, const DeploySet& set);

    /// Whether the recipe asks for it.
    bool wanted() const { return set_.settings().side_by_side; }

    /// What a rollback brings back: the drop-ins and the link. Without services that could run from a copy,
    /// and where none is wanted and none is there, none.
    std::vector<std::filesystem::path> files() const;

    /// The name of a copy that is made of a version at a time, "2026-11-30T02:15:00Z".
    static std::string name(const std::string& version, const std::string& time);

    /// Copies the package's folder as it is, checks the copy by the package's md5sums, and lets the services
    /// run from it when they are started next. Does nothing when that is so already. Throws Error; then the
    /// services are left as they were.
    void put(const std::string& copy, const resources::Progress& progress);

    /// The services run from the package's folder itself when they are started next.
    void take_away(const resources::Progress& progress);

    /// The copy that a saved link leads to; "" when it led to none, or that is gone.
    std::string saved_copy(const std::vector<SavedFile>& files) const;

    /// Removes all copies but the one that is current, and these.
    void prune(const std::set<std::string>& keep);

  private:
    std::filesystem::path link() const { return copies_ / "current"; }
    std::filesystem::path drop_in(const Item& service) const;
    std::string drop_in_text(const std::string& copy) const;
    std::string current() const;
    void check(const std::filesystem::path& copy, const std::string& attempt) const;
    void remove(const std::filesystem::path& copy);
    void reload();

    host::Host& host_;
    const DeploySet& set_;
    std::filesystem::path tree_;
    std::filesystem::path copies_;
};

}  // namespace dray::converge
