// libsystemd, loaded when somebody first needs it. A run's first deed is to start the process that makes its
// requests, and this is one library, with the six it brings, that is not loaded before.
#pragma once

#include "host/shared_library.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

namespace dray::host {

/// libsystemd's functions, by their names there without "sd_".
class SystemdLibrary {
  public:
    /// Loads the library, once in the life of the program. Throws Error when it is not installed.
    static const SystemdLibrary& get();

    decltype(&::sd_booted) booted;
    decltype(&::sd_bus_call) bus_call;
    decltype(&::sd_bus_call_method) bus_call_method;
    decltype(&::sd_bus_call_method_async) bus_call_method_async;
    decltype(&::sd_bus_error_free) bus_error_free;
    decltype(&::sd_bus_error_get_errno) bus_error_get_errno;
    decltype(&::sd_bus_error_has_name) bus_error_has_name;
    decltype(&::sd_bus_error_is_set) bus_error_is_set;
    decltype(&::sd_bus_flush_close_unref) bus_flush_close_unref;
    decltype(&::sd_bus_get_property) bus_get_property;
    decltype(&::sd_bus_get_property_string) bus_get_property_string;
    decltype(&::sd_bus_get_property_trivial) bus_get_property_trivial;
    decltype(&::sd_bus_is_bus_client) bus_is_bus_client;
    decltype(&::sd_bus_is_open) bus_is_open;
    decltype(&::sd_bus_match_signal) bus_match_signal;
    decltype(&::sd_bus_message_append) bus_message_append;
    decltype(&::sd_bus_message_close_container) bus_message_close_container;
    decltype(&::sd_bus_message_enter_container) bus_message_enter_container;
    decltype(&::sd_bus_message_exit_container) bus_message_exit_container;
    decltype(&::sd_bus_message_is_method_error) bus_message_is_method_error;
    decltype(&::sd_bus_message_new_method_call) bus_message_new_method_call;
    decltype(&::sd_bus_message_open_container) bus_message_open_container;
    decltype(&::sd_bus_message_read) bus_message_read;
    decltype(&::sd_bus_message_read_array) bus_message_read_array;
    decltype(&::sd_bus_message_read_basic) bus_message_read_basic;
    decltype(&::sd_bus_message_ref) bus_message_ref;
    decltype(&::sd_bus_message_skip) bus_message_skip;
    decltype(&::sd_bus_message_unref) bus_message_unref;
    decltype(&::sd_bus_new) bus_new;
    decltype(&::sd_bus_open_system) bus_open_system;
    decltype(&::sd_bus_path_encode) bus_path_encode;
    decltype(&::sd_bus_process) bus_process;
    decltype(&::sd_bus_set_address) bus_set_address;
    decltype(&::sd_bus_set_method_call_timeout) bus_set_method_call_timeout;
    decltype(&::sd_bus_slot_unref) bus_slot_unref;
    decltype(&::sd_bus_start) bus_start;
    decltype(&::sd_bus_wait) bus_wait;
    decltype(&::sd_journal_sendv) journal_sendv;

  private:
    SystemdLibrary();

    SharedLibrary library_;
};

/// The same, for those who call many of them.
inline const SystemdLibrary& sd() {
    return SystemdLibrary::get();
}

}  // namespace dray::host
