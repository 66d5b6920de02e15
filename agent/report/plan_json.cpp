// The report of a dry run, read back as the plan that it is.
#include "report/plan_json.h"

#include "error.h"

#include <nlohmann/json.hpp>

namespace dray::report {
namespace {

using ParsedJson = nlohmann::json;

constexpr auto how = "save what `dray converge --dry-run --output json` prints";

std::string text_or_empty(const ParsedJson& value) {
    return value.is_null() ? std::string() : value.get<std::string>();
}

std::vector<converge::PlannedChange> changes_of(const ParsedJson& step) {
    std::vector<converge::PlannedChange> changes;
    for (const auto& hash : step.value("hashes", ParsedJson::array())) {
        converge::PlannedChange change;
        change.hash = {hash.at("name").get<std::string>(), text_or_empty(hash.at("from")),
                       text_or_empty(hash.at("to"))};
        changes.push_back(std::move(change));
    }
    const auto shown = step.value("changes", ParsedJson::array());
    if (shown.size() != changes.size()) throw Error("cannot read the plan", "changes and hashes differ", how);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto& from = shown[i].at("from");
        if (!from.is_null()) changes[i].from = from.get<std::string>();
        changes[i].to = shown[i].at("to").get<std::string>();
    }
    return changes;
}

converge::PlannedStep step_of(const ParsedJson& value) {
    converge::PlannedStep step;
    step.resource = value.at("resource").get<std::string>();
    step.outcome = value.at("outcome").get<std::string>();
    step.check = value.value("check", false);
    step.changes = changes_of(value);
    for (const auto& package : value.value("packages", ParsedJson::array()))
        step.packages.push_back({package.at("name").get<std::string>(), text_or_empty(package.at("from")),
                                 text_or_empty(package.at("to"))});
    step.actions = value.value("actions", std::vector<std::string>());
    for (const auto& guard : value.value("guards", ParsedJson::array()))
        step.guards.push_back(converge::answer_text(guard.at("guard").get<std::string>(),
                                                    guard.at("because").get<std::string>()));
    return step;
}

}  // namespace

converge::Plan plan_from_json(std::string_view text) {
    const auto report = ParsedJson::parse(text, nullptr, false);
    if (report.is_discarded()) throw Error("cannot read the plan", "it is not JSON", how);
    if (!report.is_object() || !report.contains("plan"))
        throw Error("cannot read the plan", "it is no report of a dry run", how);
    try {
        const auto& about = report.at("plan");
        if (about.at("format") != plan_format)
            throw Error("cannot read the plan", "it has another format than this dray reads",
                        "make a new one");
        converge::Plan plan;
        plan.key = text_or_empty(about.at("key"));
        plan.repair = about.at("repair").get<bool>();
        plan.recipes = report.at("recipes").get<std::vector<std::string>>();
        if (plan.key.empty()) return plan;
        for (const auto& step : report.at("resources"))
            plan.steps.push_back(step_of(step));
        return plan;
    } catch (const ParsedJson::exception& error) {
        throw Error("cannot read the plan", error.what(), how);
    }
}

}  // namespace dray::report
