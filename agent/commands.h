// The commands of `dray`, each from parsed options to an exit code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray {

/// Exit codes; the numbers from 64 on are those of sysexits.h.
constexpr int exit_failed = 1;
constexpr int exit_moved = 3;        // a plan does not hold any more
constexpr int exit_usage = 64;       // EX_USAGE
constexpr int exit_bad_recipe = 65;  // EX_DATAERR
constexpr int exit_locked = 75;      // EX_TEMPFAIL

/// Where a host keeps what dray reads and writes. dray(8), "Files".
struct Folders {
    std::filesystem::path settings = "/etc/dray";
    std::filesystem::path state = "/var/lib/dray";
    std::filesystem::path runtime = "/run/dray";
    std::filesystem::path shipped_recipes = "/usr/share/dray/recipes";
};

/// What chooses recipes and their attributes.
struct Selection {
    std::vector<std::string> recipes;             ///< empty: those of host.toml
    std::optional<std::filesystem::path> folder;  ///< --recipes
    std::vector<std::string> set;                 ///< --set, as given
};

struct ConvergeOptions {
    Selection selection;
    bool dry_run = false;
    bool detailed_exit_code = false;
    bool json = false;
    bool wait = true;
    std::optional<std::filesystem::path> plan;  ///< --plan: do what this plan has, and nothing else
};

/// `dray converge`. Throws Error for what keeps it from starting.
int converge_command(const ConvergeOptions& options, const Folders& folders);

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

/// `dray status`.
int status_command(bool json, const Folders& folders);

}  // namespace dray
