// The command of `dray` that explains apt's choice: `explain`.
#include "commands.h"
#include "host/apt_client.h"
#include "host/apt_quarantine.h"
#include "host/clock.h"
#include "recipe_book.h"
#include "report/explanation.h"
#include "resources/package.h"

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace dray {
namespace {

/// What the host's recipes want of the package, and where they say so; nothing when they do not name it.
std::optional<report::DeclaredWish> declared_wish(const recipe::Book& book, const std::string& package) {
    for (const auto& bound : book.bound) {
        if (bound.properties.type() != resources::Package::schema.type) continue;
        for (const auto& wish : resources::Package(bound.properties).wishes())
            if (wish.name == package) return report::DeclaredWish{wish, bound.properties.where()};
    }
    return std::nullopt;
}

/// apt knows of a quarantine only that a pin forbids the version.
void tell_quarantine(host::AptExplanation& explanation, const host::Files& files,
                     const std::string& package) {
    for (auto& version : explanation.versions) {
        if (version.priority >= 0) continue;
        for (const auto& each : host::quarantined(files, package))
            if (each.version == version.version)
                version.words = "is in quarantine" + (each.reason.empty() ? "" : ": " + each.reason) +
                                "; `dray release-quarantine " + package + "` ends that";
    }
}

}  // namespace

int explain_command(const ExplainOptions& options, const Folders& folders) {
    std::optional<report::DeclaredWish> declared;
    if (std::filesystem::exists(folders.settings / "host.toml")) {
        const auto selected = load_selected(options.selection, folders);
        if (!selected) return exit_bad_recipe;
        declared = declared_wish(selected->book, options.package);
    }
    host::SystemFiles files;
    host::SystemProcesses processes;
    host::BusSystemd systemd(processes);
    const host::CurlHttp http;
    const host::SystemClock clock;
    host::AptPoll poll(files, http, clock, folders.state / "poll.json");
    const host::AptClient apt(processes, systemd, poll);
    const host::PackageWish wish = declared ? declared->wish : host::PackageWish{.name = options.package};
    auto explanation = apt.explain(wish);
    tell_quarantine(explanation, files, wish.name);
    std::cout << (options.json ? report::explanation_json(wish, declared, explanation)
                               : report::explanation_text(wish, declared, explanation))
              << std::flush;
    return explanation.status.candidate.empty() ? exit_failed : 0;
}

}  // namespace dray
