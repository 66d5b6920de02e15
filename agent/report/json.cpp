// A run as JSON.
#include "report/json.h"

#include "report/plan_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <ostream>

namespace dray::report {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t content_limit = 64u << 10;  // a report is read by people and collectors, not a backup

std::string shown(const std::string& value, resources::Display display) {
    if (display == resources::Display::secret) return "(sensitive)";
    if (value.size() <= content_limit) return value;
    return value.substr(0, content_limit) + "… (" + std::to_string(value.size()) + " bytes)";
}

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json error_json(const Error& error) {
    const auto& parts = error.parts();
    json out = {{"message", error.what()}};
    if (!parts.hint.empty()) out["hint"] = parts.hint;
    if (!parts.location.file.empty()) out["where"] = parts.location.text();
    return out;
}

json step_json(const converge::Step& step) {
    json out = {{"resource", step.resource},
                {"recipe", step.recipe},
                {"where", step.where.text()},
                {"outcome", converge::outcome_text(step.outcome)},
                {"duration_ms", step.duration.count()}};
    if (!step.changes.empty()) {
        out["changes"] = json::array();
        for (const auto& change : step.changes) {
            json each = {{"name", change.name}, {"from", nullptr}, {"to", shown(change.to, change.display)}};
            if (change.from) each["from"] = shown(*change.from, change.display);
            out["changes"].push_back(std::move(each));
        }
    }
    for (const auto& hash : step.hashes)
        out["hashes"].push_back(
            {{"name", hash.name}, {"from", text_or_null(hash.from)}, {"to", text_or_null(hash.to)}});
    if (step.check) out["check"] = true;
    if (!step.actions.empty()) out["actions"] = step.actions;
    for (const auto& package : step.packages)
        out["packages"].push_back(
            {{"name", package.name}, {"from", text_or_null(package.from)}, {"to", text_or_null(package.to)}});
    if (!step.notes.empty()) out["notes"] = step.notes;
    if (!step.output.empty()) out["output"] = step.output.lines();
    for (const auto& guard : step.guards) {
        json each = {{"guard", guard.key},
                     {"condition", guard.condition},
                     {"holds", nullptr},
                     {"because", guard.because}};
        if (guard.holds) each["holds"] = *guard.holds;
        out["guards"].push_back(std::move(each));
    }
    if (!step.reason.empty()) out["reason"] = step.reason;
    if (!step.until.empty()) out["until"] = step.until;
    if (step.error) out["error"] = error_json(*step.error);
    return out;
}

json deploy_json(const converge::DeployReport& deploy) {
    json out = {{"package", deploy.package},
                {"from", text_or_null(deploy.from)},
                {"to", text_or_null(deploy.to)},
                {"end", converge::end_text(deploy.end)},
                {"states", json::array()}};
    for (const auto& passage : deploy.passages)
        out["states"].push_back({{"state", converge::state_text(passage.state)}, {"at", passage.at}});
    if (!deploy.reason.empty()) out["reason"] = deploy.reason;
    if (!deploy.notes.empty()) out["notes"] = deploy.notes;
    return out;
}

/// Whether there is something in the run that somebody may have to know.
bool has_news(const converge::Run& run) {
    return run.exit_code(false) != 0 || run.changed() || !run.repairs.empty() || !run.adopted.empty() ||
           !run.still_owed.empty();
}

}  // namespace

json run_json(const converge::Run& run) {
    json out = {{"run", run.id},
                {"started", host::utc_text(run.started)},
                {"finished", host::utc_text(run.finished)},
                {"dry_run", run.dry_run},
                {"exit_code", run.exit_code(false)},
                {"changed", run.changed()},
                {"recipes", run.recipes},
                {"repairs", run.repairs},
                {"adopted", run.adopted},
                {"download_bytes", run.sizes.download},
                {"disk_bytes", run.sizes.growth},
                {"apt", run.apt},
                {"verdict", run.verdict()},
                {"newer", run.newer},
                {"sources", json::array()},
                {"resources", json::array()},
                {"still_owed", run.still_owed}};
    if (run.dry_run)
        out["plan"] = {
            {"format", plan_format}, {"key", text_or_null(run.plan_key)}, {"repair", run.repair_needed}};
    for (const auto& source : run.sources) {
        json each = {{"source", source.source},
                     {"freshness", host::freshness_text(source.freshness)},
                     {"message", source.message}};
        if (const auto hint = host::freshness_hint(source.freshness); !hint.empty()) each["hint"] = hint;
        if (!source.warning.empty()) each["warning"] = source.warning;
        out["sources"].push_back(std::move(each));
    }
    for (const auto& deploy : run.deploys)
        out["deploys"].push_back(deploy_json(deploy));
    for (const auto& step : run.steps)
        out["resources"].push_back(step_json(step));
    if (run.error) out["error"] = error_json(*run.error);
    return out;
}

json unbegun_json(int exit_code, const std::vector<Error>& errors) {
    json out = {{"exit_code", exit_code}, {"changed", false}, {"errors", json::array()}};
    for (const auto& error : errors) {
        auto each = error_json(error);
        const auto& place = error.parts().location;
        if (!place.file.empty()) each["file"] = place.file;
        if (place.line > 0) each["line"] = place.line;
        out["errors"].push_back(std::move(each));
    }
    return out;
}

void JsonReport::finished(const converge::Run& run) {
    // Output of programs may be in any encoding; a report is UTF-8 whatever they print.
    out_ << run_json(run).dump(2, ' ', false, json::error_handler_t::replace) << std::endl;
}

void LastRun::finished(const converge::Run& run) {
    if (run.dry_run) return;
    try {
        const auto text = run_json(run).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
        const host::Ownership ownership{"", "", 0600};
        if (has_news(run))
            files_.write(file_, text, ownership);
        else
            files_.write_unsynced(file_, text, ownership);
    } catch (const Error& error) {
        spdlog::error("cannot keep the record of this run: {}", error.text());
    }
}

}  // namespace dray::report
