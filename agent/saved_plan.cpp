// `dray converge --plan`: a plan that was saved, and whether it still holds.
#include "saved_plan.h"

#include "commands.h"
#include "printable.h"
#include "recipe/recipe_file.h"
#include "report/plan_json.h"
#include "value_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <iostream>

namespace dray {
namespace {

constexpr std::size_t plan_limit = 64u << 20;  // bytes; of 300 resources with large files it is a tenth

converge::Plan checked_plan(const std::filesystem::path& file, const std::optional<converge::PlanKey>& key) {
    auto plan = report::plan_from_json(recipe::read_file(file, plan_limit));
    const auto again = "make it again: dray converge --dry-run --output json";
    if (plan.key.empty())
        throw Error("cannot compare it with this host", "it was made when its host had no key for plans",
                    again);
    if (!key)
        throw Error("cannot compare it with this host", "there is no key for plans in /var/lib/dray",
                    "a run without a plan makes one");
    if (plan.key != key->name())
        throw Error("cannot compare it with this host",
                    "it was made on another host, or before this host's key was lost", again);
    return plan;
}

}  // namespace

std::optional<converge::PlanKey> plan_key(host::Files& files, const std::filesystem::path& state, bool make) {
    try {
        if (make) return converge::PlanKey::read_or_make(files, state);
        return converge::PlanKey::read(files, state);
    } catch (const Error& error) {
        spdlog::warn("no key for plans: {}", error.text());
        return std::nullopt;
    }
}

std::optional<converge::Plan> read_plan(const std::filesystem::path& file,
                                        const std::optional<converge::PlanKey>& key,
                                        const std::function<void(const std::vector<Error>&)>& hearer) {
    try {
        return checked_plan(file, key);
    } catch (const Error& error) {
        const auto told = error.during("cannot use the plan " + file.string());
        spdlog::error("{}", told.text());
        hearer({told});
        return std::nullopt;
    }
}

namespace {

/// Says on the way that was asked for why nothing was done.
int refuse(const std::string& text, const char* list_name, const std::vector<std::string>& list,
           const char* hint, bool as_json) {
    if (as_json) {
        std::cout << json_text({{"exit_code", exit_moved}, {"error", {{"message", text}}}, {list_name, list}})
                  << std::flush;
        return exit_moved;
    }
    std::string lines;
    for (const auto& line : list)
        lines += "\n  - " + printable(line);
    spdlog::error("{}{}\n  hint: {}", text, lines, hint);
    return exit_moved;
}

}  // namespace

int refuse_plan(const std::filesystem::path& file, const std::vector<std::string>& moved, bool as_json) {
    return refuse(
        "the plan " + file.string() + " does not hold any more: nothing was changed", "moved", moved,
        "look at a new dry run, and save its plan; --set and --recipes have to be as they were for the "
        "plan",
        as_json);
}

int refuse_open_plan(const std::filesystem::path& file, const std::vector<std::string>& open, bool as_json) {
    return refuse(
        "the plan " + file.string() + " leaves open what becomes of some resources: nothing was changed",
        "unknown", open,
        "--allow-unknown lets them become what they then have to; all else is held to the plan", as_json);
}

}  // namespace dray
