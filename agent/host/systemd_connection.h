// A connection to systemd's manager: calls, properties, and the ends of jobs.
#pragma once

#include "error.h"
#include "host/systemd.h"
#include "host/systemd_library.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

struct ReleaseMessage {
    void operator()(sd_bus_message* message) const { sd().bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, ReleaseMessage>;

struct ReleaseSlot {
    void operator()(sd_bus_slot* slot) const { sd().bus_slot_unref(slot); }
};

/// The answer to a question that was sent and not waited for. It stays where it is while it is awaited;
/// destroyed before, what comes is dropped.
struct BusAnswer {
    BusMessage message;  ///< nothing until it has come; may be an error
    std::unique_ptr<sd_bus_slot, ReleaseSlot> slot;
};

/// sd_bus_error with its strings' lifetime.
class BusError {
  public:
    BusError() = default;
    ~BusError() {
        if (error_.name != nullptr) sd().bus_error_free(&error_);
    }
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;

    sd_bus_error* out() { return &error_; }
    bool is(const char* name) const { return sd().bus_error_has_name(&error_, name) != 0; }
    int code() const { return sd().bus_error_get_errno(&error_); }

    /// What the error says, or what errno value `code` means when no error came over the bus.
    Error as_error(const std::string& attempt, int code) const;

  private:
    sd_bus_error error_{};  // as SD_BUS_ERROR_NULL, which is C and no C++
};

/// The connection. It is used by one thread, as sd-bus(3) demands.
class BusSystemd::Connection {
  public:
    /// Connects as root to the manager's own socket, otherwise or without that to the system bus. Throws
    /// Error when neither answers.
    Connection();

    /// Whether the manager is still at the other end; what has come from it meanwhile is read.
    bool open() const;

    /// A method of the manager; `types` and `arguments` as in sd_bus_message_append(3). Throws Error.
    template <typename... Arguments>
    BusMessage call(const std::string& attempt, const char* method, const char* types,
                    Arguments... arguments) const {
        BusError error;
        auto reply = try_call(error, method, types, arguments...);
        if (!reply.message) throw error.as_error(attempt, reply.code);
        return std::move(reply.message);
    }

    struct Reply {
        BusMessage message;  ///< nothing when the call failed
        int code = 0;        ///< errno value of the failure
    };
    /// As `call`, for callers that expect some errors.
    template <typename... Arguments>
    Reply try_call(BusError& error, const char* method, const char* types, Arguments... arguments) const {
        sd_bus_message* reply = nullptr;
        const int code = sd().bus_call_method(bus_.get(), destination, manager_path, manager_interface,
                                              method, error.out(), &reply, types, arguments...);
        return {BusMessage(reply), code < 0 ? -code : 0};
    }

    /// Sends a call of the method of an object and does not wait; `answer` is filled later. Throws Error.
    template <typename... Arguments>
    void ask(const std::string& attempt, BusAnswer& answer, const char* path, const char* interface,
             const char* name, const char* types, Arguments... arguments) const {
        sd_bus_slot* slot = nullptr;
        const int code = sd().bus_call_method_async(bus_.get(), &slot, destination, path, interface, name,
                                                    on_answer, &answer, types, arguments...);
        if (code < 0) throw Error::system(attempt, -code);
        answer.slot.reset(slot);
    }
    /// The same for a method of the manager.
    template <typename... Arguments>
    void ask_manager(const std::string& attempt, BusAnswer& answer, const char* name, const char* types,
                     Arguments... arguments) const {
        ask(attempt, answer, manager_path, manager_interface, name, types, arguments...);
    }
    /// The same for a property of the manager.
    void ask_manager_property(const std::string& attempt, BusAnswer& answer, const char* name) const {
        ask(attempt, answer, manager_path, properties_interface, "Get", "ss", manager_interface, name);
    }
    /// The same for GetAll of a unit's object.
    void ask_unit(const std::string& attempt, BusAnswer& answer, const std::string& path) const {
        ask(attempt, answer, path.c_str(), properties_interface, "GetAll", "s", unit_interface);
    }
    Reply try_unit(BusError& error, const std::string& path) const {
        sd_bus_message* reply = nullptr;
        const int code = sd().bus_call_method(bus_.get(), destination, path.c_str(), properties_interface,
                                              "GetAll", error.out(), &reply, "s", unit_interface);
        return {BusMessage(reply), code < 0 ? -code : 0};
    }
    /// Reads what has come, and sends what was asked before the manager had said who it is. That the
    /// connection is broken is told by the next call.
    void go_on() const;
    /// Waits until `answer` is there. Throws Error when the connection breaks.
    void await(const std::string& attempt, const BusAnswer& answer) const;

    /// A message for a method of the manager, to be filled by hand, and its call.
    BusMessage method(const std::string& attempt, const char* name) const;
    Reply send(BusError& error, const BusMessage& message) const;

    /// Properties of a unit's object; `interface` is the part after "org.freedesktop.systemd1.".
    std::string text(const std::string& attempt, const std::string& path, const char* interface,
                     const char* property) const;
    /// A property of the manager.
    std::string manager_text(const std::string& attempt, const char* property) const {
        return text(attempt, manager_path, "Manager", property);
    }
    std::uint32_t number(const std::string& attempt, const std::string& path, const char* interface,
                         const char* property) const;

    /// The object path of a unit's job, or "" when none is queued or running.
    std::string job_of(const std::string& attempt, const std::string& unit_path) const;

    /// Whether a job has not begun yet, since it is ordered after others. Not once it has ended.
    bool job_waits(const std::string& job) const;

    /// Has to be called before a job is asked for, so that its end cannot be missed.
    void watch_jobs(const std::string& attempt);

    /// Waits for a job's end: "done", "failed", …; nothing when `limit` passes first (zero: no limit).
    /// Throws Error when a signal asks the run to stop; the job goes on.
    std::optional<std::string> wait_for_job(const std::string& attempt, const std::string& job,
                                            std::chrono::milliseconds limit,
                                            const std::function<void()>& tick);

  private:
    struct CloseBus {
        void operator()(sd_bus* bus) const { sd().bus_flush_close_unref(bus); }
    };

    static constexpr const char* destination = "org.freedesktop.systemd1";
    static constexpr const char* manager_path = "/org/freedesktop/systemd1";
    static constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
    static constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
    static constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";

    int connect(int (*opener)(sd_bus** bus));
    static int on_answer(sd_bus_message* message, void* answer, sd_bus_error*) noexcept;
    static int on_job_removed(sd_bus_message* message, void* self, sd_bus_error*) noexcept;

    std::map<std::string, std::string> ended_jobs_;  ///< job's path to result; only while jobs are watched
    bool watching_ = false;
    std::unique_ptr<sd_bus, CloseBus> bus_;  // last, so that no callback outlives the map
};

}  // namespace dray::host
