// `dray status`.
#include "report/status.h"

#include "printable.h"
#include "report/deploys.h"
#include "report/json.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <sstream>

namespace dray::report {
namespace {

using json = nlohmann::ordered_json;

json read_json(const host::Host& host, const std::filesystem::path& file) {
    const auto text = host.files().read(file);
    if (!text) return nullptr;
    auto value = json::parse(*text, nullptr, false);
    return value.is_discarded() ? json("unreadable") : value;
}

/// ", next run Wed 2026-11-25 12:07:21 UTC"; "" when systemd does not say. Source: systemctl(1).
std::string next_run(const host::Host& host) {
    const auto said = host.queries().run(
        {.argv = {"systemctl", "show", "--property=NextElapseUSecRealtime", "--value", "dray.timer"}});
    const auto when = said.output.substr(0, said.output.find('\n'));
    return said.ok() && !when.empty() ? ", next run " + when : "";
}

std::string timer(const host::Host& host) {
    if (!host.systemd().booted()) return "no systemd here";
    const auto status = host.systemd().status("dray.timer");
    if (status.load_state == "not-found") return "not installed";
    return status.file_state + ", " + status.active_state + next_run(host);
}

/// What systemd knows of the service's last run; only of one that has failed how it ended, and when. That is
/// told of runs that have left no report, too: recipes with mistakes, a kill. null without such a service.
/// Source: ExecMainCode and Result in org.freedesktop.systemd1(5); CLD_EXITED in sigaction(2).
json service(const host::Host& host) {
    if (!host.systemd().booted()) return nullptr;
    const auto status = host.systemd().status("dray.service");
    if (status.load_state == "not-found") return nullptr;
    json out = {{"state", status.active_state}};
    if (status.active_state != "failed") return out;
    const auto said = host.queries().run(
        {.argv = {"systemctl", "show", "--timestamp=utc",
                  "--property=Result,ExecMainCode,ExecMainStatus,StateChangeTimestamp", "dray.service"}});
    if (!said.ok()) return out;
    std::map<std::string, std::string> properties;
    std::istringstream lines(said.output);
    for (std::string line; std::getline(lines, line);)
        if (const auto end = line.find('='); end != line.npos)
            properties[line.substr(0, end)] = line.substr(end + 1);
    out["result"] = properties["Result"];
    out["at"] = properties["StateChangeTimestamp"];
    if (properties["Result"] == "exit-code" || properties["Result"] == "signal")
        out[properties["ExecMainCode"] == std::to_string(CLD_EXITED) ? "exit_code" : "signal"] =
            std::atoi(properties["ExecMainStatus"].c_str());
    return out;
}

/// "" unless it has failed.
std::string service_line(const json& service) {
    if (service.is_null() || service["state"] != "failed") return "";
    if (!service.contains("result")) return "service:    failed; see journalctl -u dray\n";
    auto how = service["result"].get<std::string>();  // "timeout", "oom-kill", …
    if (service.contains("exit_code"))
        how = "exit " + std::to_string(service["exit_code"].get<int>());
    else if (service.contains("signal"))
        how = "killed by signal " + std::to_string(service["signal"].get<int>());
    return fmt::format("service:    failed ({}) at {}; see journalctl -u dray\n", how,
                       service["at"].get<std::string>());
}

std::string outcome_line(const json& run) {
    switch (run.value("exit_code", 1)) {
        case 0:
            return run.value("changed", false) ? "converged, with changes" : "converged, nothing to change";
        case 4:
            return "converged, a release is held back";
        case 69:
            return "a repository did not answer; the rest converged";
        case 76:
            return "a repository is stale or expired; the rest converged";
        case 77:
            return "a repository is not trusted; the rest converged";
        default:
            break;
    }
    return "failed";
}

std::string known_run_lines(const json& run) {
    std::string recipes;
    for (const auto& recipe : run.value("recipes", json::array()))
        recipes += " " + recipe.get<std::string>();
    auto text = fmt::format("last run:   {} ({})\nrecipes:   {}\noutcome:    {}\n", run.value("finished", ""),
                            run.value("run", ""), recipes, outcome_line(run));
    for (const auto& step : run.value("resources", json::array())) {
        const auto outcome = step.value("outcome", "");
        if (outcome == "unchanged" || outcome == "skipped") continue;
        text += fmt::format("  {} {}", step.value("resource", ""), outcome);
        if (step.contains("error"))
            text += ": " + printable(step["error"].value("message", ""));
        else if (step.contains("reason"))
            text += ": " + printable(step.value("reason", ""));
        text += "\n";
    }
    if (run.contains("error")) text += "  " + run["error"].value("message", "") + "\n";
    for (const auto& source : run.value("sources", json::array()))
        text +=
            fmt::format("source:     {} {} {}{}\n", source.value("source", ""), source.value("freshness", ""),
                        source.value("message", ""), source.value("warning", ""));
    return text;
}

std::string last_run_lines(const json& run) {
    if (run.is_null()) return "last run:   none yet\n";
    try {
        if (run.is_object()) return known_run_lines(run);
    } catch (const json::exception&) {  // not what dray writes: said below
    }
    return "last run:   its record cannot be read; the next run writes a new one\n";
}

std::string owed_lines(const json& owed) {
    std::string text;
    try {
        for (const auto& each : owed)
            text += fmt::format("owed:       {} of {}, because {} changed\n",
                                each.at("action").get<std::string>(), each.at("target").get<std::string>(),
                                each.at("source").get<std::string>());
    } catch (const json::exception&) {
        return "owed:       the record cannot be read; the next run sets it aside\n";
    }
    return text;
}

}  // namespace

std::string status(const host::Host& host, const std::filesystem::path& state_folder,
                   const std::string& pause, bool as_json) {
    const auto run = read_json(host, state_folder / last_run_file);
    const auto owed = read_json(host, state_folder / "intents.json");
    if (as_json)
        return json{{"last_run", run},
                    {"owed", owed},
                    {"timer", timer(host)},
                    {"service", service(host)},
                    {"paused", pause.empty() ? json(nullptr) : json(pause)},
                    {"deploys", deploy_status_json(host, state_folder)}}
                   .dump(2, ' ', false, json::error_handler_t::replace) +
               "\n";
    return (pause.empty() ? "" : "runs are " + pause + "\n") + last_run_lines(run) + owed_lines(owed) +
           "timer:      " + timer(host) + "\n" + service_line(service(host)) +
           deploy_status(host, state_folder);
}

}  // namespace dray::report
