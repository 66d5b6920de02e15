// Commands as services of their own, which outlive the program that asked for them.
#include "error.h"
#include "host/clock.h"
#include "host/interrupt.h"
#include "host/systemd_ahead.h"
#include "host/systemd_connection.h"

#include <cerrno>
#include <cstdint>

namespace dray::host {
namespace {

using std::chrono::milliseconds;

// A unit that has just ended is still known to systemd for some milliseconds.
constexpr milliseconds retry_interval{50};
constexpr std::chrono::seconds leftover_limit{10};
constexpr milliseconds reconnect_interval{100};
// systemd reads all its units again meanwhile; as long as a call may take.
constexpr std::chrono::seconds reconnect_limit{90};

/// Fills a message, and keeps the first error until `check`.
class Filler {
  public:
    explicit Filler(const BusMessage& message) : message_(message.get()) {}

    template <typename... Arguments>
    void append(const char* types, Arguments... arguments) {
        if (code_ >= 0) code_ = sd().bus_message_append(message_, types, arguments...);
    }
    void open(char type, const char* contents) {
        if (code_ >= 0) code_ = sd().bus_message_open_container(message_, type, contents);
    }
    void close() {
        if (code_ >= 0) code_ = sd().bus_message_close_container(message_);
    }
    void text(const char* name, const std::string& value) { append("(sv)", name, "s", value.c_str()); }
    void texts(const std::vector<std::string>& values) {
        open('a', "s");
        for (const auto& value : values)
            append("s", value.c_str());
        close();
    }
    void check(const std::string& attempt) const {
        if (code_ < 0) throw Error::system(attempt, -code_);
    }

  private:
    sd_bus_message* message_;
    int code_ = 0;
};

/// systemd puts values of environment variables in place of "${NAME}" in arguments; "$$" is a plain dollar
/// sign (systemd.service(5), "Command lines"). ExecStartEx has a flag against that, but systemd 252 cannot
/// read back what it writes of it, and has a running unit without a command after a daemon-reload.
void append_command(Filler& fill, std::vector<std::string> argv) {
    const std::string program = argv.front();
    for (auto& argument : argv) {
        for (auto at = argument.find('$'); at != std::string::npos; at = argument.find('$', at + 2))
            argument.insert(at, 1, '$');
    }
    fill.open('r', "sv");
    fill.append("s", "ExecStart");
    fill.open('v', "a(sasb)");
    fill.open('a', "(sasb)");
    fill.open('r', "sasb");
    fill.append("s", program.c_str());
    fill.texts(argv);
    fill.append("b", 0);
    for (int i = 0; i < 4; ++i)
        fill.close();
}

void append_environment(Filler& fill, const TransientUnit& unit) {
    if (unit.environment.empty()) return;
    std::vector<std::string> lines;
    for (const auto& [key, value] : unit.environment)
        lines.push_back(key + "=" + value);
    fill.open('r', "sv");
    fill.append("s", "Environment");
    fill.open('v', "as");
    fill.texts(lines);
    fill.close();
    fill.close();
}

/// A time limit as systemd has it; 0 is none.
std::uint64_t microseconds_of(std::chrono::seconds limit) {
    return limit.count() > 0 ? static_cast<std::uint64_t>(std::chrono::microseconds(limit).count())
                             : UINT64_MAX;
}

/// Source: org.freedesktop.systemd1(5), systemd.kill(5), systemd.service(5), systemd.exec(5).
void append_unit(Filler& fill, const TransientUnit& unit) {
    fill.append("ss", unit.name.c_str(), "fail");
    fill.open('a', "(sv)");
    fill.text("Description", unit.description);
    fill.text("Type", "oneshot");
    // A failed unit is forgotten like one that succeeded; else its name could not be used again.
    fill.text("CollectMode", "inactive-or-failed");
    if (unit.stop_limit.count() > 0) {
        fill.text("KillMode", "process");
        fill.text("OOMPolicy", "continue");
        fill.append("(sv)", "TimeoutStopUSec", "t", microseconds_of(unit.stop_limit));
    }
    fill.append("(sv)", "TimeoutStartUSec", "t", microseconds_of(unit.runtime_limit));
    if (!unit.user.empty()) fill.text("User", unit.user);
    if (!unit.directory.empty()) fill.text("WorkingDirectory", unit.directory.string());
    if (unit.remain) fill.append("(sv)", "RemainAfterExit", "b", 1);
    append_command(fill, unit.argv);
    append_environment(fill, unit);
    if (!unit.input.empty()) fill.text("StandardInputFile", unit.input);
    if (!unit.output.empty()) {
        fill.text("StandardOutputFileToAppend", unit.output);
        fill.text("StandardErrorFileToAppend", unit.output);
    }
    fill.close();
    fill.append("a(sa(sv))", 0U);
}

std::string read_job(const BusMessage& message, const std::string& attempt) {
    const char* path = nullptr;
    const int code = sd().bus_message_read(message.get(), "o", &path);
    if (code < 0) throw Error::system(attempt, -code);
    return path;
}

}  // namespace

/// The job of the unit of that name, which is running already; "" when there is no such job.
std::string BusSystemd::running_job(const std::string& attempt, const std::string& unit) const {
    BusError error;
    const auto reply = connection().try_call(error, "GetUnit", "s", unit.c_str());
    if (!reply.message && error.is("org.freedesktop.systemd1.NoSuchUnit")) return "";
    if (!reply.message) throw error.as_error(attempt, reply.code);
    try {
        return connection().job_of(attempt, read_job(reply.message, attempt));
    } catch (const Error&) {
        // It may have gone between the two questions. If something else is wrong, the next call says so.
        return "";
    }
}

/// The same after systemd has closed all connections, which it does when it is upgraded or told to execute
/// itself again. It answers again after some seconds.
std::string BusSystemd::job_after_reconnect(const std::string& attempt, const std::string& unit) const {
    const SystemClock clock;
    for (const auto start = clock.steady();; clock.sleep(reconnect_interval)) {
        throw_if_interrupted();
        try {
            connection().watch_jobs(attempt);
            return running_job(attempt, unit);
        } catch (const Error&) {
            if (clock.steady() - start > reconnect_limit) throw;
        }
        ahead_.reset();       // its answers would come over that connection,
        connection_.reset();  // which perhaps is to a bus that the manager is not on yet
    }
}

bool BusSystemd::run_transient(const TransientUnit& unit, const std::function<void()>& tick) {
    const std::string attempt = "cannot run " + unit.name;
    if (unit.argv.empty()) throw Error(attempt, "no program is named");
    bool stopped = false;
    for (std::string job = start_transient(attempt, unit); !job.empty();) {
        auto& bus = connection();
        try {
            if (bus.wait_for_job(attempt, job, milliseconds::zero(), tick) == "done") return !stopped;
            // A stop cancels the job that started the unit and has one of its own, as long as there is work.
            stopped = true;
            job = running_job(attempt, unit.name);
            continue;
        } catch (const Error&) {
            if (bus.open()) throw;  // not the connection's fault
        }
        job = job_after_reconnect(attempt, unit.name);  // none: it has ended meanwhile
    }
    return !stopped && unit.remain && status(unit.name).active_state == "active";
}

/// The job that starts the unit, or that of one of the same name that is running already.
std::string BusSystemd::start_transient(const std::string& attempt, const TransientUnit& unit) {
    auto& bus = connection();
    const SystemClock clock;
    bus.watch_jobs(attempt);
    for (const auto start = clock.steady();;) {
        const BusMessage message = bus.method(attempt, "StartTransientUnit");
        Filler fill(message);
        append_unit(fill, unit);
        fill.check(attempt);
        BusError error;
        const auto reply = bus.send(error, message);
        if (!reply.message && !error.is("org.freedesktop.systemd1.UnitExists"))
            throw error.as_error(attempt, reply.code);
        // A oneshot unit that runs is one that is being started, so it has a job to wait for.
        std::string job = reply.message ? read_job(reply.message, attempt) : running_job(attempt, unit.name);
        if (!job.empty()) return job;
        if (clock.steady() - start > leftover_limit)
            throw error.as_error(attempt, reply.code);  // a unit file of that name, say
        throw_if_interrupted();
        clock.sleep(retry_interval);
    }
}

}  // namespace dray::host
