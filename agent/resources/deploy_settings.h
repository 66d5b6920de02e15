// The gates of a deploy, as a package's [resource.deploy] has them.
#pragma once

#include "host/apt.h"
#include "recipe/properties.h"
#include "recipe/schema.h"
#include "resources/deploy_window.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::resources {

/// What a change of a service has to pass before it counts. All of it is optional.
struct DeploySettings {
    host::PackageWish wish;  ///< the package, and what is wanted of it
    bool declared = false;   ///< [resource.deploy] is there; a check with gate_for makes it a deploy as well

    std::vector<DeployWindow> windows;  ///< when a deploy may begin; empty: always
    std::vector<std::string> precheck;  ///< has to succeed before anything is changed; empty for none
    bool allow_no_rollback = false;     ///< go on when there is no way back

    std::vector<std::string> drain;             ///< takes the host out of service; empty for none
    std::vector<std::string> undrain;           ///< brings it back
    std::filesystem::path maintenance_file;     ///< is there while the host is out of service; "" for none
    std::optional<std::uint16_t> drained_port;  ///< wait until nobody is connected to it any more
    std::chrono::milliseconds drain_limit{0};   ///< then go on all the same

    bool side_by_side = false;   ///< services run from a copy of `tree`, which dpkg does not touch
    std::filesystem::path tree;  ///< the package's folder

    std::vector<std::string> migrate;  ///< the new version's command; empty for none
    std::string migrate_user;          ///< "" is root
    std::filesystem::path migrate_directory;
    std::chrono::milliseconds migrate_limit{0};
    std::string migrate_lock;  ///< a PostgreSQL database's URI, a secret; "" migrates without asking anybody

    std::chrono::milliseconds stable_for{0};     ///< how long all has to be well without a pause
    std::optional<std::int64_t> journal_errors;  ///< more error lines of a unit than this are a failure
    std::chrono::milliseconds deadline{0};       ///< for the whole way forward, in one run
    std::int64_t keep = 2;                       ///< how many versions' package files stay on the host

    /// The keys "deploy.…" of a package. Throws Error for values that do not fit together.
    static DeploySettings from(const recipe::Properties& properties, host::PackageWish wish);
};

/// The key "deploy" and those below it.
std::vector<recipe::Key> deploy_keys();

}  // namespace dray::resources
