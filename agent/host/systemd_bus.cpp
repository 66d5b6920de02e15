// systemd's manager over D-Bus.
#include "error.h"
#include "host/systemd.h"
#include "host/systemd_ahead.h"
#include "host/systemd_connection.h"
#include "host/systemd_verify.h"
#include "host/unit_links.h"

#include <spdlog/fmt/fmt.h>

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

namespace dray::host {
namespace {

std::string journal_hint(const std::string& unit) {
    return "see journalctl -u " + unit;
}

/// How long ago a moment of CLOCK_MONOTONIC was, which systemd counts in microseconds.
std::chrono::milliseconds since(std::uint64_t moment_us) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto now_us =
        static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
    return std::chrono::milliseconds(now_us > moment_us ? (now_us - moment_us) / 1000 : 0);
}

std::string read_path(const BusMessage& message, const std::string& attempt) {
    const char* path = nullptr;
    const int code = sd().bus_message_read(message.get(), "o", &path);
    if (code < 0) throw Error::system(attempt, -code);
    return path;
}

}  // namespace

BusSystemd::BusSystemd(const Processes& processes, std::filesystem::path runtime, JobPatience patience)
    : processes_(processes), runtime_(std::move(runtime)), patience_(patience) {}
BusSystemd::~BusSystemd() = default;

bool BusSystemd::booted() const {
    return sd().booted() > 0;
}

std::string BusSystemd::virtualization() const {
    const auto name =
        connection().manager_text("cannot ask systemd what this machine runs in", "Virtualization");
    return name.empty() ? "none" : name;
}

BusSystemd::Connection& BusSystemd::connection() const {
    // A restart of the bus, or systemd's executing itself again, closes connections; the next call makes a
    // new one.
    if (!connection_ || !connection_->open()) {
        ahead_.reset();  // its answers would come over that connection
        connection_.reset();
        connection_ = std::make_unique<Connection>();
    }
    return *connection_;
}

std::string BusSystemd::file_state(const std::string& unit, const std::string& load_state) const {
    const std::string attempt = "cannot ask for the unit file of " + unit;
    BusError error;
    const auto reply = connection().try_call(error, "GetUnitFileState", "s", unit.c_str());
    if (reply.message) {
        const char* state = nullptr;
        const int code = sd().bus_message_read(reply.message.get(), "s", &state);
        if (code < 0) throw Error::system(attempt, -code);
        return state;
    }
    if (error.is("org.freedesktop.systemd1.NoSuchUnit") || error.code() == ENOENT) return "";
    // As `systemctl list-unit-files` has it. The load state says what is wrong with it.
    if (load_state == "bad-setting" || load_state == "error") return "bad";
    throw error.as_error(attempt, reply.code);
}

void BusSystemd::expect_status(const std::string& unit) const {
    if (booted()) expected_.push_back({unit, false});  // else `status` says it
}

void BusSystemd::expect_text(const std::string& unit) const {
    if (booted()) expected_.push_back({unit, true});
}

void BusSystemd::go_on() const {
    if (expected_.empty() && !ahead_) return;
    try {
        auto& bus = connection();
        if (!ahead_) ahead_ = std::make_unique<Ahead>();
        for (const auto& [unit, text] : std::exchange(expected_, {}))
            text ? ahead_->ask_text(bus, unit) : ahead_->ask_status(bus, unit);
        bus.go_on();
    } catch (const Error&) {
        ahead_.reset();
        expected_.clear();
    }
}

void BusSystemd::forget_expected() const {
    expected_.clear();
    if (ahead_) ahead_->forget();
}

/// One call in place of LoadUnit and of one for each property; it loads a unit that is not in memory.
UnitProperties BusSystemd::properties(const std::string& attempt, const std::string& unit) const {
    BusError error;
    const auto reply = connection().try_unit(error, path_of(unit, attempt));
    if (reply.message) return read_properties(reply.message.get(), attempt);
    if (error.is(SD_BUS_ERROR_UNKNOWN_OBJECT))
        throw Error(attempt, "that is no name of a unit", "it needs a suffix, such as .service");
    throw error.as_error(attempt, reply.code);
}

UnitStatus BusSystemd::status(const std::string& unit) const {
    const std::string attempt = "cannot ask systemd about " + unit;
    auto& bus = connection();
    if (ahead_)
        if (auto known = ahead_->take_status(bus, unit)) return *std::move(known);
    const auto known = properties(attempt, unit);
    UnitStatus status = status_of(known);
    status.file_state = file_state(unit, status.load_state);
    if (is_service(unit)) {
        const std::string path = path_of(unit, attempt);
        status.main_pid = bus.number(attempt, path, "Service", "MainPID");
        status.restarts = bus.number(attempt, path, "Service", "NRestarts");
        if (status.restarts > 0) status.active_for = since(known.active_since_us);
    }
    return status;
}

bool BusSystemd::has_older_text(const std::string& unit, const std::filesystem::path& file) const {
    const std::string attempt = "cannot ask systemd which files it has read of " + unit;
    const auto& bus = connection();
    auto known = ahead_ ? ahead_->take_text(bus, unit) : std::nullopt;
    if (!known) {
        BusError error;
        // What is not in memory will be read when it is needed.
        if (!bus.try_call(error, "GetUnit", "s", unit.c_str()).message &&
            error.is("org.freedesktop.systemd1.NoSuchUnit"))
            return false;
        known = properties(attempt, unit);
    }
    return known->needs_daemon_reload || known->lacks(file);
}

UnitVerdict BusSystemd::verify(const std::vector<UnitFile>& files) const {
    return booted() ? verify_units(processes_, runtime_, files) : UnitVerdict{};
}

std::string BusSystemd::next_elapse(const std::string& calendar) const {
    return host::next_elapse(processes_, calendar);
}

/// Waits for the end of a job. Throws Error when it does not get its turn.
std::string BusSystemd::job_result(const std::string& attempt, const std::string& unit,
                                   const std::string& job) {
    auto& bus = connection();
    for (int waiting = 0; waiting < patience_.most_looks;) {
        if (auto result = bus.wait_for_job(attempt, job, patience_.between_looks, {}))
            return *std::move(result);
        waiting = bus.job_waits(job) ? waiting + 1 : 0;
    }
    const auto limit = std::chrono::duration<double>(patience_.between_looks).count() * patience_.most_looks;
    throw Error(attempt, fmt::format("its job still waits for others after {} s", limit),
                "see systemctl list-jobs, and " + journal_hint(unit));
}

void BusSystemd::run_job(const char* method, std::string_view verb, const std::string& unit) {
    const std::string attempt = fmt::format("cannot {} {}", verb, unit);
    auto& bus = connection();
    forget_expected();
    bus.watch_jobs(attempt);
    BusError error;
    const auto reply = bus.try_call(error, method, "ss", unit.c_str(), "replace");
    if (!reply.message) {
        const auto parts = error.as_error(attempt, reply.code).parts();
        throw Error(parts.attempt, parts.cause, parts.hint.empty() ? journal_hint(unit) : parts.hint);
    }
    std::string cause = job_result(attempt, unit, read_path(reply.message, attempt));
    if (cause == "done") return;
    if (is_service(unit)) {
        const std::string path = read_path(bus.call(attempt, "LoadUnit", "s", unit.c_str()), attempt);
        const std::string reason = bus.text(attempt, path, "Service", "Result");
        if (reason != "success") cause += " (" + reason + ")";  // "exit-code", "timeout", "oom-kill", …
    }
    throw Error(attempt, cause, journal_hint(unit));
}

void BusSystemd::forget_starts(const std::string& unit) {
    BusError error;
    const auto reply = connection().try_call(error, "ResetFailedUnit", "s", unit.c_str());
    if (!reply.message && !error.is("org.freedesktop.systemd1.NoSuchUnit"))
        throw error.as_error("cannot reset the start limit of " + unit, reply.code);
}

void BusSystemd::start(const std::string& unit) {
    forget_starts(unit);
    run_job("StartUnit", "start", unit);
}

void BusSystemd::stop(const std::string& unit) {
    run_job("StopUnit", "stop", unit);
}

void BusSystemd::restart(const std::string& unit) {
    forget_starts(unit);
    run_job("RestartUnit", "restart", unit);
}

void BusSystemd::reload(const std::string& unit) {
    run_job("ReloadOrRestartUnit", "reload", unit);
}

void BusSystemd::enable(const std::string& unit) {
    // One file; not for this boot only; no links replaced that lead elsewhere.
    connection().call("cannot enable " + unit, "EnableUnitFiles", "asbb", 1U, unit.c_str(), 0, 0);
}

void BusSystemd::disable(const std::string& unit) {
    connection().call("cannot disable " + unit, "DisableUnitFiles", "asb", 1U, unit.c_str(), 0);
}

void BusSystemd::mask(const std::string& unit) {
    connection().call("cannot mask " + unit, "MaskUnitFiles", "asbb", 1U, unit.c_str(), 0, 0);
}

void BusSystemd::unmask(const std::string& unit) {
    connection().call("cannot unmask " + unit, "UnmaskUnitFiles", "asb", 1U, unit.c_str(), 0);
}

void BusSystemd::daemon_reload() {
    // So that what was changed just now is seen to be older than what the manager then knows.
    std::this_thread::sleep_for(file_time_grain);
    connection().call("cannot make systemd read its unit files", "Reload", "");
}

}  // namespace dray::host
