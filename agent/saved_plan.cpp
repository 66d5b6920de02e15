// `dray converge --plan`: a plan that was saved, and whether it still holds.
#include "saved_plan.h"

#include "commands.h"
#include "recipe/recipe_file.h"
#include "report/plan_json.h"
#include "report/printable.h"
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
                                        const std::optional<converge::PlanKey>& key) {
    try {
        return checked_plan(file, key);
    } catch (const Error& error) {
        spdlog::error("{}", error.during("cannot use the plan " + file.string()).text());
        return std::nullopt;
    }
}

int refuse_plan(const std::filesystem::path& file, const std::vector<std::string>& moved, bool as_json) {
    const auto text = "the plan " + file.string() + " does not hold any more: nothing was changed";
    if (as_json) {
        std::cout << json_text({{"exit_code", exit_moved}, {"error", {{"message", text}}}, {"moved", moved}})
                  << std::flush;
        return exit_moved;
    }
    std::string lines;
    for (const auto& line : moved)
        lines += "\n  - " + report::printable(line);
    spdlog::error(
        "{}{}\n  hint: look at a new dry run, and save its plan; --set and --recipes have to be as "
        "they were for the plan",
        text, lines);
    return exit_moved;
}

}  // namespace dray
