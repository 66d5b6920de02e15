// systemd's units as a dry run would leave them.
#include "host/overlay_systemd.h"

#include "error.h"
#include "host/unit_files.h"

#include <algorithm>

namespace dray::host {
namespace {

std::string unit_object(const std::string& unit) {
    return "unit " + unit;
}

std::string running_object(const std::string& unit) {
    return "running " + unit;
}

}  // namespace

/// The places of its unit file and of that of its template.
std::vector<std::string> OverlaySystemd::own_paths(const std::string& unit) const {
    return unit_file_paths(unit);
}

/// Whether its unit file or one of its drop-ins was changed after this revision of the files.
bool OverlaySystemd::changed_since(const std::string& unit, std::uint64_t revision) const {
    for (const auto& path : own_paths(unit)) {
        if (files_.revision(path) > revision) return true;
        for (const auto& name : files_.changed_in(path + ".d"))
            if (files_.revision(path + ".d/" + name) > revision) return true;
    }
    return false;
}

/// Where its unit file is; "" when there is none.
std::string OverlaySystemd::fragment(const std::string& unit) const {
    for (const auto& path : own_paths(unit))
        if (files_.exists(path)) return path;
    return "";
}

/// What the manager would make of unit files that the dry run has written or removed.
void OverlaySystemd::read_files(const std::string& unit, UnitStatus& status) const {
    const auto paths = own_paths(unit);
    if (std::ranges::none_of(paths, [this](const auto& path) { return files_.revision(path) > 0; })) return;
    const auto path = fragment(unit);
    if (path.empty()) {
        status.load_state = "not-found";
        status.file_state = "";
        return;
    }
    const bool was_there = status.load_state == "loaded";
    const auto target = files_.read_link(path);
    const bool masked = target && *target == "/dev/null";
    status.load_state = masked ? "masked" : "loaded";
    if (masked) status.file_state = "masked";
    if (target) return;  // an alias: its links are as they were
    const auto unset = unset_file_state(files_.read(path).value_or(""));
    if (path.starts_with("/run/systemd/generator"))
        status.file_state = "generated";
    else if (unset != "disabled")
        status.file_state = unset;
    else if (!was_there || (status.file_state != "enabled" && status.file_state != "enabled-runtime"))
        status.file_state = "disabled";
}

/// What an unmasked unit would be by its file. Whether it was enabled before is not looked at.
void OverlaySystemd::unveil(const std::string& unit, UnitStatus& status) const {
    status.load_state = "not-found";
    status.file_state = "";
    for (const auto& path : own_paths(unit)) {
        if (!files_.exists(path) || files_.read_link(path) == "/dev/null") continue;
        status.load_state = "loaded";
        status.file_state = unset_file_state(files_.read(path).value_or(""));
        return;
    }
}

UnitStatus OverlaySystemd::status(const std::string& unit) const {
    UnitStatus status = base_.status(unit);
    read_files(unit, status);
    const auto found = deeds_.find(unit);
    const Deeds deeds = found != deeds_.end() ? found->second : Deeds{};
    if (deeds.masked == false && status.load_state == "masked") unveil(unit, status);
    if (status.load_state == "not-found") {
        if (auto until = ledger_.unforeseen(); !until.empty()) {
            // Its own author has said so already, and goes on with what it assumes.
            if (found == deeds_.end())
                ledger_.doubt({Doubt::Weight::state, "whether there is a unit " + unit, std::move(until)});
            status.load_state = "loaded";
            status.file_state = "disabled";
        }
    }
    if (deeds.enabled) status.file_state = *deeds.enabled ? "enabled" : "disabled";
    if (deeds.active) {
        status.active_state = *deeds.active ? "active" : "inactive";
        status.sub_state = *deeds.active ? "running" : "dead";
        // No process is there to be looked at.
        status.invocation_id.clear();
        status.main_pid = 0;
        status.restarts = 0;
    }
    if (deeds.masked.value_or(false)) {
        status.load_state = "masked";
        status.file_state = "masked";
    }
    const bool in_memory = status.active_state == "active";
    status.needs_daemon_reload =
        (status.needs_daemon_reload && !reloaded_) || (in_memory && changed_since(unit, read_revision_));
    for (const auto& object : {unit_object(unit), running_object(unit)}) {
        const auto author = ledger_.author(object);
        if (author != ledger_.current() && ledger_.uncertain(author))
            ledger_.doubt({Doubt::Weight::condition, "what " + unit + " is like", {author}});
    }
    return status;
}

bool OverlaySystemd::has_older_text(const std::string& unit, const std::filesystem::path& file) const {
    const auto now = status(unit);
    if (now.needs_daemon_reload) return true;
    if (now.load_state != "loaded") return false;
    const auto written = files_.revision(file);
    if (written > 0) return written > read_revision_;
    return !reloaded_ && base_.has_older_text(unit, file);
}

void OverlaySystemd::require(const std::string& unit, const std::string& attempt) const {
    const auto state = status(unit).load_state;
    const auto hint = "see journalctl -u " + unit;
    if (state == "masked") throw Error(attempt, "Unit " + unit + " is masked", hint);
    if (state == "not-found") throw Error(attempt, "Unit " + unit + " not found", hint);
}

void OverlaySystemd::run(const std::string& unit, const std::string& attempt, std::string_view deed) {
    require(unit, attempt);
    deeds_[unit].active = true;
    ledger_.note(running_object(unit), deed);
    ledger_.disturb();
}

void OverlaySystemd::start(const std::string& unit) {
    run(unit, "cannot start " + unit, "started");
}

void OverlaySystemd::stop(const std::string& unit) {
    const auto state = status(unit);
    if (state.load_state == "not-found" && state.active_state != "active")
        throw Error("cannot stop " + unit, "Unit " + unit + " not loaded", "see journalctl -u " + unit);
    deeds_[unit].active = false;
    ledger_.note(running_object(unit), "stopped");
    ledger_.disturb();
}

void OverlaySystemd::restart(const std::string& unit) {
    run(unit, "cannot restart " + unit, "restarted");
}

void OverlaySystemd::reload(const std::string& unit) {
    run(unit, "cannot reload " + unit, "reloaded");
}

void OverlaySystemd::enable(const std::string& unit) {
    require(unit, "cannot enable " + unit);
    // Without [Install] there is nothing to link, and that is no error.
    const auto state = status(unit).file_state;
    if (state == "static" || state == "generated") return;
    deeds_[unit].enabled = true;
    ledger_.note(unit_object(unit), "enabled");
}

void OverlaySystemd::disable(const std::string& unit) {
    if (!base_.booted()) require(unit, "cannot disable " + unit);  // which says why
    deeds_[unit].enabled = false;
    ledger_.note(unit_object(unit), "disabled");
}

void OverlaySystemd::mask(const std::string& unit) {
    const std::string attempt = "cannot mask " + unit;
    if (!base_.booted()) require(unit, attempt);
    const std::string path = std::string(unit_folders.front()) + unit;
    if (files_.exists(path) && status(unit).load_state != "masked")
        throw Error(attempt, "File " + path + " already exists");
    deeds_[unit].masked = true;
    ledger_.note(unit_object(unit), "masked");
}

void OverlaySystemd::unmask(const std::string& unit) {
    if (!base_.booted()) require(unit, "cannot unmask " + unit);
    deeds_[unit].masked = false;
    ledger_.note(unit_object(unit), "unmasked");
}

void OverlaySystemd::daemon_reload() {
    if (!base_.booted()) base_.status("init.scope");  // which says why
    reloaded_ = true;
    read_revision_ = files_.revision();
}

}  // namespace dray::host
