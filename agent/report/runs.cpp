// The reports of runs, kept for `dray log`.
#include "report/runs.h"

#include "error.h"
#include "report/json.h"
#include "printable.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

namespace dray::report {
namespace {

using json = nlohmann::ordered_json;

constexpr auto suffix = ".json";

json read_run(const host::Host& host, const std::filesystem::path& file) {
    const auto text = host.files().read(file);
    if (!text) throw Error("cannot show the run " + file.stem().string(), "it is not kept", "see `dray log`");
    return json::parse(*text);
}

std::string line_of(const json& run) {
    std::string recipes;
    for (const auto& recipe : run.at("recipes"))
        recipes += " " + recipe.get<std::string>();
    return fmt::format("{}  {}  exit {}{}\n", run.at("run").get<std::string>(),
                       run.at("started").get<std::string>(), run.at("exit_code").get<int>(), recipes);
}

void add_step(std::string& text, const json& step) {
    const auto outcome = step.at("outcome").get<std::string>();
    if (outcome == "unchanged" || outcome == "skipped") return;
    text += fmt::format("{} {}", step.at("resource").get<std::string>(), outcome);
    if (step.contains("reason")) text += ": " + step["reason"].get<std::string>();
    text += "\n";
    for (const auto& change : step.value("changes", json::array()))
        text += "  " + change.at("name").get<std::string>() + "\n";
    for (const auto* key : {"actions", "notes"})
        for (const auto& each : step.value(key, json::array()))
            text += "  " + each.get<std::string>() + "\n";
    for (const auto& line : step.value("output", json::array()))
        text += "  │ " + line.get<std::string>() + "\n";
    if (step.contains("error")) text += "  error: " + step["error"].at("message").get<std::string>() + "\n";
}

void add_deploy(std::string& text, const json& deploy) {
    text += fmt::format("deploy of {}: {}\n", deploy.at("package").get<std::string>(),
                        deploy.at("end").get<std::string>());
    for (const auto& state : deploy.at("states"))
        text += fmt::format("  {}  {}\n", state.at("at").get<std::string>(),
                            state.at("state").get<std::string>());
    if (deploy.contains("reason")) text += "  " + deploy["reason"].get<std::string>() + "\n";
    for (const auto& note : deploy.value("notes", json::array()))
        text += "  " + note.get<std::string>() + "\n";
}

std::string log_of(const json& run) {
    auto text = line_of(run);
    for (const auto& line : run.at("repairs"))
        text += "repaired: " + line.get<std::string>() + "\n";
    for (const auto& step : run.at("resources"))
        add_step(text, step);
    for (const auto& deploy : run.value("deploys", json::array()))
        add_deploy(text, deploy);
    if (run.contains("error")) text += "error: " + run["error"].at("message").get<std::string>() + "\n";
    std::string shown;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = text.find('\n', begin);
        shown += std::string(printable(std::string_view(text).substr(begin, end - begin))) + "\n";
        begin = end + 1;
    }
    return shown;
}

}  // namespace

void KeptRuns::finished(const converge::Run& run) {
    if (run.dry_run || (run.exit_code(false) == 0 && !run.changed())) return;
    try {
        files_.make_directory(folder_, {"", "", 0700});
        files_.write(folder_ / (run.id + suffix),
                     run_json(run).dump(1, ' ', false, json::error_handler_t::replace) + "\n",
                     {"", "", 0600});
        const auto names = files_.list(folder_);  // their times stand in front, so the oldest come first
        for (std::size_t i = 0; i + kept_runs < names.size(); ++i)
            files_.remove(folder_ / names[i]);
    } catch (const Error& error) {
        spdlog::error("cannot keep the report of this run: {}", error.text());
    }
}

std::string run_log(const host::Host& host, const std::filesystem::path& state_folder, const std::string& run,
                    bool as_json) {
    const auto folder = state_folder / "runs";
    if (run.find('/') != std::string::npos)
        throw Error("cannot show the run " + run, "that is no run's name", "see `dray log`");
    try {
        if (!run.empty()) {
            const auto found = read_run(host, folder / (run + suffix));
            return as_json ? found.dump(2) + "\n" : log_of(found);
        }
        auto list = json::array();
        std::string text;
        for (const auto& name : host.files().list(folder)) {
            const auto each = read_run(host, folder / name);
            text += line_of(each);
            list.push_back({{"run", each.at("run")},
                            {"started", each.at("started")},
                            {"exit_code", each.at("exit_code")}});
        }
        if (as_json) return list.dump(2) + "\n";
        return text.empty() ? "no run has changed anything or failed yet\n" : text;
    } catch (const json::exception& error) {
        throw Error("cannot show the run " + run, error.what(), "its record is broken: remove it");
    }
}

}  // namespace dray::report
