// The commands of `dray` for deploys: hold, unhold, release-quarantine, history; and pause, resume, log.
#include "commands.h"
#include "converge/deploy_record.h"
#include "converge/run_lock.h"
#include "debian_version.h"
#include "duration.h"
#include "host/apt_quarantine.h"
#include "machine.h"
#include "pause.h"
#include "recipe_book.h"
#include "report/deploys.h"
#include "report/runs.h"
#include "require_root.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <iostream>

namespace dray {
namespace {

using converge::DeployBook;
using converge::DeployStore;

/// Changes a package's record while no run is under way. Throws Error.
int change_book(const std::string& package, const Folders& folders,
                const std::function<std::string(Machine&, const std::string&, DeployBook&)>& change) {
    const auto lock_file = folders.runtime / "lock";
    const auto lock = converge::RunLock::take(lock_file, true);
    Machine machine(folders.state);
    DeployStore store(machine.files, folders.state);
    const auto name = deployed_package(machine.files, folders, package);
    bool corrupt = false;
    auto book = store.load(name, false, corrupt);
    if (corrupt) spdlog::warn("the record of the deploys of {} could not be read, and was set aside", name);
    const auto said = change(machine, name, book);
    store.save(name, book);
    std::cout << said << std::endl;
    return 0;
}

}  // namespace

std::string deployed_package(const host::Files& files, const Folders& folders, const std::string& named) {
    const auto all = converge::deployed_packages(files, folders.state);
    std::string list;
    for (const auto& each : all)
        list += (list.empty() ? "" : ", ") + each;
    if (!named.empty() && std::ranges::find(all, named) != all.end()) return named;
    if (named.empty() && all.size() == 1) return all.front();
    if (all.empty())
        throw Error("cannot tell which package is meant", "nothing was deployed on this host yet",
                    "a package with [resource.deploy] is, at the next converge");
    throw Error("cannot tell which package is meant",
                named.empty() ? "several are deployed here" : "there were no deploys of " + named,
                "name one of " + list);
}

int hold_command(const HoldOptions& options, const Folders& folders) {
    require_root("hold");
    return change_book(options.package, folders,
                       [&](Machine& machine, const std::string& name, DeployBook& book) {
                           book.hold = {options.reason, host::utc_text(machine.clock.now())};
                           return name + " stays as it is: " + options.reason;
                       });
}

int unhold_command(const std::string& package, const Folders& folders) {
    require_root("unhold");
    return change_book(package, folders, [](Machine&, const std::string& name, DeployBook& book) {
        const bool was = book.hold.has_value();
        book.hold.reset();
        return name + (was ? " is deployed again" : " was not held");
    });
}

int release_quarantine_command(const ReleaseOptions& options, const Folders& folders) {
    require_root("release-quarantine");
    return change_book(
        options.package, folders, [&](Machine& machine, const std::string& name, DeployBook& book) {
            const auto before = book.quarantine.size();
            std::erase_if(book.quarantine, [&](const converge::Quarantine& entry) {
                return options.version.empty() ||
                       comparable(entry.target.version, options.version) == options.version;
            });
            bool any = before != book.quarantine.size();
            if (book.current && book.current->state() == converge::DeployState::failed &&
                (options.version.empty() ||
                 comparable(book.current->to.version, options.version) == options.version)) {
                book.current.reset();
                any = true;
            }
            host::set_quarantine(machine.files, machine.apt, name, book.pins());
            return any ? name + ": the next converge tries again" : name + ": nothing is in quarantine";
        });
}

int history_command(const std::string& package, bool json, const Folders& folders) {
    require_root("history");
    Machine machine(folders.state);
    std::cout << report::history(machine.host, folders.state, package, json) << std::flush;
    return 0;
}

int log_command(const std::string& run, bool json, const Folders& folders) {
    require_root("log");
    Machine machine(folders.state);
    std::cout << report::run_log(machine.host, folders.state, run, json) << std::flush;
    return 0;
}

int pause_command(const PauseOptions& options, const Folders& folders) {
    require_root("pause");
    std::optional<std::chrono::milliseconds> length;
    if (!options.length.empty()) {
        length = parse_duration(options.length);
        if (!length || length->count() <= 0)
            throw UsageError("cannot pause for '" + options.length + "'", "that is no length of time",
                             "write --for 2h");
    }
    Machine machine(folders.state);
    pause(machine.files, folders, options.reason, length, machine.clock.now());
    std::cout << pause_text(*paused(machine.files, folders, machine.clock.now())) << std::endl;
    return 0;
}

int resume_command(const Folders& folders) {
    require_root("resume");
    Machine machine(folders.state);
    std::cout << (resume(machine.files, folders) ? "runs go on" : "nothing was paused") << std::endl;
    return 0;
}

}  // namespace dray
