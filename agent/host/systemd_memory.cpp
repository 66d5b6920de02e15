// A systemd manager held in memory, for unit tests.
#include "host/systemd_memory.h"

#include "error.h"
#include "host/unit_files.h"

#include <spdlog/fmt/fmt.h>

namespace dray::host {
namespace {

constexpr std::uint32_t first_pid = 100;

void require_booted(bool booted) {
    if (!booted)
        throw Error("cannot connect to systemd", "systemd is not the init of this machine",
                    "units can be managed only where it is");
}

void require_suffix(const std::string& unit, const std::string& attempt) {
    const auto dot = unit.rfind('.');
    if (dot == std::string::npos || dot == 0 || unit.find_first_of(" /") != std::string::npos)
        throw Error(attempt, "that is no name of a unit", "it needs a suffix, such as .service");
}

}  // namespace

std::string MemorySystemd::text_of(const std::string& unit) const {
    for (const auto& path : unit_file_paths(unit))
        if (const auto text = files_.read(path)) return "# " + path + "\n" + *text + dropins_of(unit);
    return "";
}

std::string MemorySystemd::dropins_of(const std::string& unit) const {
    std::string text;
    for (const std::string folder : {"/etc/systemd/system/", "/usr/lib/systemd/system/"})
        for (const auto& name : files_.list(folder + unit + ".d"))
            text += "# " + folder + unit + ".d/" + name + "\n" +
                    files_.read(folder + unit + ".d/" + name).value_or("");
    return text;
}

/// What the manager says of a unit's file: how it may be enabled.
std::string MemorySystemd::file_state(const std::string& unit, const std::string& text) const {
    if (masked_.count(unit) > 0) return "masked";
    if (text.empty()) return "";
    if (text.starts_with("# /run/systemd/generator")) return "generated";
    if (enabled_.count(unit) > 0) return "enabled";
    return unset_file_state(text);
}

void MemorySystemd::note(const std::string& call, const std::string& attempt) {
    require_booted(booted_);
    const auto space = call.find(' ');
    if (space != std::string::npos) require_suffix(call.substr(space + 1), attempt);
    instants_->reach(call);
    calls_.push_back(call);
}

void MemorySystemd::require(const std::string& unit, const std::string& attempt) const {
    if (masked_.count(unit) > 0)
        throw Error(attempt, "Unit " + unit + " is masked (org.freedesktop.systemd1.UnitMasked)",
                    "see journalctl -u " + unit);
    if (text_of(unit).empty())
        throw Error(attempt, "Unit " + unit + " not found (org.freedesktop.systemd1.NoSuchUnit)",
                    "see journalctl -u " + unit);
}

void MemorySystemd::expect_status(const std::string& unit) const {
    if (asks_ahead_) ahead_.insert_or_assign(unit, status_now(unit));
}

UnitStatus MemorySystemd::status(const std::string& unit) const {
    const auto found = ahead_.extract(unit);
    return found ? found.mapped() : status_now(unit);
}

UnitStatus MemorySystemd::status_now(const std::string& unit) const {
    require_booted(booted_);
    require_suffix(unit, "cannot ask systemd about " + unit);
    const std::string text = text_of(unit);
    const auto found = units_.find(unit);
    bool ends_between = false;
    if (const auto crash = crashes_.find(unit); crash != crashes_.end() && found != units_.end())
        if (++found->second.looks == crash->second.look) {
            ends_between = crash->second.between_answers;
            if (!ends_between) crash_unit(unit, crash->second.restarts);
        }
    UnitStatus status;
    status.load_state = masked_.count(unit) > 0 ? "masked" : text.empty() ? "not-found" : "loaded";
    status.active_state = found != units_.end() ? found->second.active : "inactive";
    status.sub_state = status.active_state == "active"   ? "running"
                       : status.active_state == "failed" ? "failed"
                                                         : "dead";
    status.file_state = file_state(unit, text);
    if (found == units_.end()) return status;
    status.invocation_id = found->second.invocation;
    status.main_pid = found->second.active == "active" && !ends_between ? found->second.pid : 0;
    status.restarts = found->second.restarts;
    status.needs_daemon_reload = found->second.active == "active" && found->second.text != text;
    if (ends_between) crash_unit(unit, crashes_.at(unit).restarts);
    return status;
}

bool MemorySystemd::has_older_text(const std::string& unit, const std::filesystem::path& file) const {
    require_booted(booted_);
    const std::string text = text_of(unit);
    const auto found = units_.find(unit);
    const bool in_memory = found != units_.end() && found->second.active == "active";
    if (in_memory && found->second.text != text) return true;
    if (masked_.count(unit) > 0 || text.empty()) return false;
    return (in_memory ? found->second.text : text).find("# " + file.string() + "\n") == std::string::npos;
}

void MemorySystemd::run(const std::string& unit, const std::string& attempt) {
    require(unit, attempt);
    Running& running = units_[unit];
    // A unit that is not running is not kept in memory, so its file is read when it starts.
    if (running.active != "active") running.text = text_of(unit);
    ++starts_;
    running.invocation = fmt::format("{:032x}", starts_);
    running.pid = first_pid + starts_;
    running.restarts = 0;
    running.looks = 0;
    const auto told = results_.find(unit);
    const bool done = told == results_.end() || told->second == "done";
    running.active = done ? "active" : "failed";
    if (!done) throw Error(attempt, told->second, "see journalctl -u " + unit);
    if (started_) started_(unit);
}

void MemorySystemd::start(const std::string& unit) {
    const std::string attempt = "cannot start " + unit;
    note("start " + unit, attempt);
    require(unit, attempt);
    if (const auto found = units_.find(unit); found == units_.end() || found->second.active != "active")
        run(unit, attempt);
}

void MemorySystemd::stop(const std::string& unit) {
    const std::string attempt = "cannot stop " + unit;
    note("stop " + unit, attempt);
    const auto found = units_.find(unit);
    if (found != units_.end())
        found->second.active = "inactive";
    else if (text_of(unit).empty())
        throw Error(attempt, "Unit " + unit + " not loaded (org.freedesktop.systemd1.NoSuchUnit)",
                    "see journalctl -u " + unit);
}

void MemorySystemd::restart(const std::string& unit) {
    const std::string attempt = "cannot restart " + unit;
    note("restart " + unit, attempt);
    run(unit, attempt);
}

void MemorySystemd::reload(const std::string& unit) {
    const std::string attempt = "cannot reload " + unit;
    note("reload " + unit, attempt);
    require(unit, attempt);
    const auto found = units_.find(unit);
    const bool running = found != units_.end() && found->second.active == "active";
    if (!running || found->second.text.find("\nExecReload=") == std::string::npos) run(unit, attempt);
}

void MemorySystemd::enable(const std::string& unit) {
    const std::string attempt = "cannot enable " + unit;
    note("enable " + unit, attempt);
    require(unit, attempt);
    // Without [Install] there is nothing to link, and that is no error.
    if (file_state(unit, text_of(unit)) == "disabled") enabled_.insert(unit);
}

void MemorySystemd::disable(const std::string& unit) {
    note("disable " + unit, "cannot disable " + unit);
    enabled_.erase(unit);
}

void MemorySystemd::mask(const std::string& unit) {
    const std::string attempt = "cannot mask " + unit;
    note("mask " + unit, attempt);
    const std::string path = "/etc/systemd/system/" + unit;
    if (files_.status(path))
        throw Error(attempt, "File " + path + " already exists (org.freedesktop.systemd1.UnitExists)");
    masked_.insert(unit);
}

void MemorySystemd::unmask(const std::string& unit) {
    note("unmask " + unit, "cannot unmask " + unit);
    masked_.erase(unit);
}

void MemorySystemd::daemon_reload() {
    note("daemon-reload", "cannot make systemd read its unit files");
    for (auto& [unit, running] : units_)
        running.text = text_of(unit);
}

bool MemorySystemd::run_transient(const TransientUnit& unit, const std::function<void()>& tick) {
    const std::string attempt = "cannot run " + unit.name;
    note("run " + unit.name, attempt);
    if (unit.argv.empty()) throw Error(attempt, "no program is named");
    const bool succeeded = !transient_ || transient_(unit);
    if (succeeded && unit.remain) units_[unit.name].active = "active";
    if (tick) tick();
    return succeeded;
}

UnitVerdict MemorySystemd::verify(const std::vector<UnitFile>& files) const {
    UnitVerdict verdict;
    for (const auto& file : files) {
        const auto found = verdicts_.find(file.unit);
        if (!booted_ || found == verdicts_.end()) continue;
        verdict.errors.insert(verdict.errors.end(), found->second.errors.begin(), found->second.errors.end());
        verdict.advice.insert(verdict.advice.end(), found->second.advice.begin(), found->second.advice.end());
    }
    return verdict;
}

std::string MemorySystemd::next_elapse(const std::string& calendar) const {
    // Enough to tell an expression from a mistyped word.
    if (calendar == "hourly" || calendar == "daily" || calendar == "weekly" || calendar == "monthly" ||
        calendar.find_first_of("*0123456789") != std::string::npos)
        return "Tue 2026-11-24 00:00:00 UTC";
    throw Error("cannot read '" + calendar + "' as a calendar event",
                "Failed to parse calendar specification '" + calendar + "': Invalid argument");
}

void MemorySystemd::crash(const std::string& unit, bool restarts) {
    crash_unit(unit, restarts);
}

void MemorySystemd::crash_at_look(const std::string& unit, int look, bool restarts) {
    crashes_[unit] = {.look = look, .restarts = restarts};
    if (const auto found = units_.find(unit); found != units_.end()) found->second.looks = 0;
}

void MemorySystemd::crash_between_answers(const std::string& unit, int look, bool restarts) {
    crash_at_look(unit, look, restarts);
    crashes_[unit].between_answers = true;
}

void MemorySystemd::crash_unit(const std::string& unit, bool restarts) const {
    Running& running = units_.at(unit);
    running.active = restarts ? "active" : "failed";
    if (!restarts) return;
    ++starts_;
    ++running.restarts;
    running.pid = first_pid + starts_;
    running.invocation = fmt::format("{:032x}", starts_);
}

}  // namespace dray::host
