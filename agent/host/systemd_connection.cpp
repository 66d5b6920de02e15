// A connection to systemd's manager.
#include "host/systemd_connection.h"

#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

namespace dray::host {
namespace {

using std::chrono::microseconds;

// daemon-reload on a slow machine with thousands of units; sd-bus's default of 25 s has been seen to be too
// little.
constexpr microseconds call_timeout = std::chrono::seconds(90);
constexpr auto tick_interval = std::chrono::milliseconds(200);  // five times a second: a person sees it move

struct FreeString {
    void operator()(char* text) const { ::free(text); }
};

std::string interface_name(const char* part) {
    return std::string("org.freedesktop.systemd1.") + part;
}

/// The manager's own socket, which is root's alone.
int open_manager(sd_bus** bus) {
    int code = sd().bus_new(bus);
    if (code >= 0) code = sd().bus_set_address(*bus, "unix:path=/run/systemd/private");
    return code < 0 ? code : sd().bus_start(*bus);
}

}  // namespace

Error BusError::as_error(const std::string& attempt, int code) const {
    if (sd().bus_error_is_set(&error_) == 0) return Error::system(attempt, code);
    std::string message = error_.message != nullptr ? error_.message : "no reason given";
    while (!message.empty() && message.back() == '.')
        message.pop_back();
    const bool denied = is(SD_BUS_ERROR_ACCESS_DENIED) || is(SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
    return Error(attempt, fmt::format("{} ({})", message, error_.name), denied ? "run dray as root" : "");
}

BusSystemd::Connection::Connection() {
    const std::string attempt = "cannot connect to systemd";
    if (sd().booted() <= 0)
        throw Error(attempt, "systemd is not the init of this machine",
                    "units can be managed only where it is");
    int code = -ENOENT;
    // As systemctl(1) does as root: a call takes half the time without a bus in between, and a broken D-Bus
    // does not keep dray from repairing it.
    if (::geteuid() == 0) code = connect(open_manager);
    if (code < 0) code = connect(sd().bus_open_system);
    if (code < 0) throw Error::system(attempt, -code, "is the system bus up? see systemctl status dbus");
    code = sd().bus_set_method_call_timeout(bus_.get(), static_cast<std::uint64_t>(call_timeout.count()));
    if (code < 0) throw Error::system(attempt, -code);
}

bool BusSystemd::Connection::open() const {
    go_on();  // a connection that the other end has closed is known as such only when it is read from
    return sd().bus_is_open(bus_.get()) > 0;
}

int BusSystemd::Connection::connect(int (*opener)(sd_bus** bus)) {
    sd_bus* bus = nullptr;
    const int code = opener(&bus);
    bus_.reset(bus);
    return code;
}

BusMessage BusSystemd::Connection::method(const std::string& attempt, const char* name) const {
    sd_bus_message* message = nullptr;
    const int code = sd().bus_message_new_method_call(bus_.get(), &message, destination, manager_path,
                                                      manager_interface, name);
    if (code < 0) throw Error::system(attempt, -code);
    return BusMessage(message);
}

BusSystemd::Connection::Reply BusSystemd::Connection::send(BusError& error, const BusMessage& message) const {
    sd_bus_message* reply = nullptr;
    const int code = sd().bus_call(bus_.get(), message.get(), 0, error.out(), &reply);
    return {BusMessage(reply), code < 0 ? -code : 0};
}

int BusSystemd::Connection::on_answer(sd_bus_message* message, void* answer, sd_bus_error*) noexcept {
    static_cast<BusAnswer*>(answer)->message.reset(sd().bus_message_ref(message));
    return 0;
}

void BusSystemd::Connection::go_on() const {
    while (sd().bus_process(bus_.get(), nullptr) > 0) {
    }
}

void BusSystemd::Connection::await(const std::string& attempt, const BusAnswer& answer) const {
    constexpr auto for_ever = std::numeric_limits<std::uint64_t>::max();  // the call itself has a time limit
    while (!answer.message) {
        int code = sd().bus_process(bus_.get(), nullptr);
        if (code == 0) code = sd().bus_wait(bus_.get(), for_ever);
        if (code < 0 && code != -EINTR) throw Error::system(attempt, -code);
    }
}

std::string BusSystemd::Connection::text(const std::string& attempt, const std::string& path,
                                         const char* interface, const char* property) const {
    BusError error;
    char* value = nullptr;
    const int code =
        sd().bus_get_property_string(bus_.get(), destination, path.c_str(), interface_name(interface).c_str(),
                                     property, error.out(), &value);
    if (code < 0) throw error.as_error(attempt, -code);
    return std::unique_ptr<char, FreeString>(value).get();
}

std::uint32_t BusSystemd::Connection::number(const std::string& attempt, const std::string& path,
                                             const char* interface, const char* property) const {
    BusError error;
    std::uint32_t value = 0;
    const int code = sd().bus_get_property_trivial(bus_.get(), destination, path.c_str(),
                                                   interface_name(interface).c_str(), property, error.out(),
                                                   SD_BUS_TYPE_UINT32, &value);
    if (code < 0) throw error.as_error(attempt, -code);
    return value;
}

std::string BusSystemd::Connection::job_of(const std::string& attempt, const std::string& unit_path) const {
    BusError error;
    sd_bus_message* reply = nullptr;
    int code = sd().bus_get_property(bus_.get(), destination, unit_path.c_str(),
                                     interface_name("Unit").c_str(), "Job", error.out(), &reply, "(uo)");
    const BusMessage message(reply);
    if (code < 0) throw error.as_error(attempt, -code);
    std::uint32_t number = 0;
    const char* path = nullptr;
    code = sd().bus_message_read(reply, "(uo)", &number, &path);
    if (code < 0) throw Error::system(attempt, -code);
    return number != 0 ? path : "";
}

bool BusSystemd::Connection::job_waits(const std::string& job) const {
    try {
        return text("cannot ask about a job", job, "Job", "State") == "waiting";
    } catch (const Error&) {
        // It has ended a moment ago, which is about to be told. If something else is wrong, the next call
        // says so.
        return false;
    }
}

int BusSystemd::Connection::on_job_removed(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
    std::uint32_t number = 0;
    const char* path = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (sd().bus_message_read(message, "uoss", &number, &path, &unit, &result) < 0) return 0;
    try {
        static_cast<Connection*>(self)->ended_jobs_[path] = result;
    } catch (const std::exception&) {
        return -ENOMEM;  // nothing else can be thrown here; sd_bus_process() hands it to the waiting call
    }
    return 0;
}

void BusSystemd::Connection::watch_jobs(const std::string& attempt) {
    ended_jobs_.clear();
    if (watching_) return;
    // Only a bus knows names; on the manager's own socket there is one sender, without any.
    const char* const sender = sd().bus_is_bus_client(bus_.get()) > 0 ? destination : nullptr;
    const int code = sd().bus_match_signal(bus_.get(), nullptr, sender, manager_path, manager_interface,
                                           "JobRemoved", on_job_removed, this);
    if (code < 0) throw Error::system(attempt, -code);
    call(attempt, "Subscribe", "");
    watching_ = true;
}

std::optional<std::string> BusSystemd::Connection::wait_for_job(const std::string& attempt,
                                                                const std::string& job,
                                                                std::chrono::milliseconds limit,
                                                                const std::function<void()>& tick) {
    using Steady = std::chrono::steady_clock;
    const auto start = Steady::now();
    auto next_tick = start;
    for (;;) {
        int code = 0;
        while ((code = sd().bus_process(bus_.get(), nullptr)) > 0) {
        }
        if (code < 0) throw Error::system(attempt, -code);
        if (const auto found = ended_jobs_.find(job); found != ended_jobs_.end()) return found->second;
        throw_if_interrupted();
        auto now = Steady::now();
        if (now >= next_tick) {
            if (tick) tick();
            now = Steady::now();
            next_tick = now + tick_interval;
        }
        if (limit > limit.zero() && now - start >= limit) return std::nullopt;
        const auto pause = std::chrono::ceil<microseconds>(next_tick - now);
        // A signal ends the wait early with success or EINTR, depending on systemd's version.
        code = sd().bus_wait(bus_.get(), static_cast<std::uint64_t>(pause.count()));
        if (code < 0 && code != -EINTR) throw Error::system(attempt, -code);
    }
}

}  // namespace dray::host
