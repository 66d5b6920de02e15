// The commands of `dray`, each from parsed options to an exit code.
#pragma once

#include "host/file.h"
#include "host/http_worker.h"
#include "installed_places.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray {

/// Exit codes; the numbers from 64 on are those of sysexits.h.
constexpr int exit_failed = 1;
constexpr int exit_moved = 3;        // a plan does not hold any more
constexpr int exit_held = 4;         // a release is held back, since it failed here
constexpr int exit_usage = 64;       // EX_USAGE
constexpr int exit_bad_recipe = 65;  // EX_DATAERR
constexpr int exit_locked = 75;      // EX_TEMPFAIL

/// Where a host keeps what dray reads and writes. dray(8), "Files".
struct Folders {
    std::filesystem::path settings = "/etc/dray";
    std::filesystem::path state = "/var/lib/dray";
    std::filesystem::path runtime = "/run/dray";
    std::filesystem::path shipped_recipes = shipped_recipes_folder;
};

/// What chooses recipes and their attributes.
struct Selection {
    std::vector<std::string> recipes;             ///< empty: those of host.toml
    std::optional<std::filesystem::path> folder;  ///< --recipes
    std::vector<std::string> set;                 ///< --set, as given
    bool elsewhere = false;  ///< not the host that they are for: its settings do not count
};

/// What `dray rollback` brings back.
struct RollbackOptions {
    std::string package;  ///< "" for the only one that is deployed
    std::string version;  ///< "" for the one before
    std::string reason = "no reason was given";
};

struct ConvergeOptions {
    Selection selection;
    bool dry_run = false;
    bool detailed_exit_code = false;
    bool json = false;
    bool wait = true;
    std::optional<std::chrono::seconds> lock_wait;  ///< --lock-wait; else host.toml's, else the default
    std::optional<std::filesystem::path> plan;      ///< --plan: do what this plan has, and nothing else
    bool force = false;                             ///< --force: also while runs are paused
    std::optional<RollbackOptions> rollback;        ///< what goes back first; nothing in an ordinary converge
    bool allow_unknown = false;                     ///< --allow-unknown: and whatever it has left open
};

/// The package that is meant: the named one, or the only one with deploys. Throws Error.
std::string deployed_package(const host::Files& files, const Folders& folders, const std::string& named);

/// `dray converge`. A worker was started at the program's start, and makes the run's requests. Throws Error
/// for what keeps it from starting.
int converge_command(const ConvergeOptions& options, const Folders& folders,
                     std::optional<host::HttpWorker> worker = {});

/// `dray check`: reads and checks the recipes, touches nothing, needs no root.
int check_command(const Selection& selection, const Folders& folders);

/// `dray attributes`: the attributes of the selected recipes, and where each value comes from. Needs no root.
int attributes_command(const Selection& selection, bool json, const Folders& folders);

/// `dray facts`: what recipes can know of this host. Needs no root, though without it some facts may be
/// missing, which is said.
int facts_command(bool json, const Folders& folders);

struct ExplainOptions {
    Selection selection;
    std::string package;
    bool json = false;
};

/// `dray explain`: why the candidate of a package is what it is, by apt's lists as they are. Needs no root,
/// as far as the host's settings and recipes can be read.
int explain_command(const ExplainOptions& options, const Folders& folders);

struct ResourcesOptions {
    std::string type;  ///< "" for a list of all
    bool json = false;
    bool json_schema = false;  ///< --json-schema
};

/// `dray resources`: the types of resources, or all of one. Needs no root. Throws Error for an unknown type.
int resources_command(const ResourcesOptions& options);

struct NewOptions {
    std::string name;
    std::optional<std::filesystem::path> folder;  ///< --recipes; else that of this host's administrator
};

/// `dray new`: begins a recipe. Throws Error when it cannot be made.
int new_command(const NewOptions& options, const Folders& folders);

struct HoldOptions {
    std::string package;  ///< "" for the only one that is deployed
    std::string reason;
};

/// `dray hold`: the service stays as it is, whatever is released. Throws Error.
int hold_command(const HoldOptions& options, const Folders& folders);
/// `dray unhold`.
int unhold_command(const std::string& package, const Folders& folders);

struct ReleaseOptions {
    std::string package;  ///< "" for the only one that is deployed
    std::string version;  ///< "" for all
};

/// `dray release-quarantine`: what has failed is tried again by the next converge. Throws Error.
int release_quarantine_command(const ReleaseOptions& options, const Folders& folders);

/// `dray history`: the deploys of a package, or of all. Throws Error.
int history_command(const std::string& package, bool json, const Folders& folders);

/// `dray log`: the report of a run that changed something or failed, or a list of these. Throws Error.
int log_command(const std::string& run, bool json, const Folders& folders);

struct PauseOptions {
    std::string reason;
    std::string length;  ///< --for; "" for a pause without an end
};

/// `dray pause`: runs do nothing until `dray resume`. Throws Error.
int pause_command(const PauseOptions& options, const Folders& folders);
int resume_command(const Folders& folders);

struct ForgetOptions {
    std::string resource;  ///< "service[warehouse.service]"
    bool wait = true;
};

/// `dray forget`: crosses out what is owed to a resource. Throws Error when nothing is.
int forget_command(const ForgetOptions& options, const Folders& folders);

/// `dray status`.
int status_command(bool json, const Folders& folders);

}  // namespace dray
