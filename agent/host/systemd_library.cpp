// libsystemd, loaded when somebody first needs it.
#include "host/systemd_library.h"

#include <dlfcn.h>

namespace dray::host {

SystemdLibrary::SystemdLibrary() : library_("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL, "libsystemd0") {
    booted = library_.function("sd_booted");
    bus_call = library_.function("sd_bus_call");
    bus_call_method = library_.function("sd_bus_call_method");
    bus_call_method_async = library_.function("sd_bus_call_method_async");
    bus_error_free = library_.function("sd_bus_error_free");
    bus_error_get_errno = library_.function("sd_bus_error_get_errno");
    bus_error_has_name = library_.function("sd_bus_error_has_name");
    bus_error_is_set = library_.function("sd_bus_error_is_set");
    bus_flush_close_unref = library_.function("sd_bus_flush_close_unref");
    bus_get_property = library_.function("sd_bus_get_property");
    bus_get_property_string = library_.function("sd_bus_get_property_string");
    bus_get_property_trivial = library_.function("sd_bus_get_property_trivial");
    bus_is_bus_client = library_.function("sd_bus_is_bus_client");
    bus_is_open = library_.function("sd_bus_is_open");
    bus_match_signal = library_.function("sd_bus_match_signal");
    bus_message_append = library_.function("sd_bus_message_append");
    bus_message_close_container = library_.function("sd_bus_message_close_container");
    bus_message_enter_container = library_.function("sd_bus_message_enter_container");
    bus_message_exit_container = library_.function("sd_bus_message_exit_container");
    bus_message_is_method_error = library_.function("sd_bus_message_is_method_error");
    bus_message_new_method_call = library_.function("sd_bus_message_new_method_call");
    bus_message_open_container = library_.function("sd_bus_message_open_container");
    bus_message_read = library_.function("sd_bus_message_read");
    bus_message_read_array = library_.function("sd_bus_message_read_array");
    bus_message_read_basic = library_.function("sd_bus_message_read_basic");
    bus_message_ref = library_.function("sd_bus_message_ref");
    bus_message_skip = library_.function("sd_bus_message_skip");
    bus_message_unref = library_.function("sd_bus_message_unref");
    bus_new = library_.function("sd_bus_new");
    bus_open_system = library_.function("sd_bus_open_system");
    bus_path_encode = library_.function("sd_bus_path_encode");
    bus_process = library_.function("sd_bus_process");
    bus_set_address = library_.function("sd_bus_set_address");
    bus_set_method_call_timeout = library_.function("sd_bus_set_method_call_timeout");
    bus_slot_unref = library_.function("sd_bus_slot_unref");
    bus_start = library_.function("sd_bus_start");
    bus_wait = library_.function("sd_bus_wait");
    journal_sendv = library_.function("sd_journal_sendv");
}

const SystemdLibrary& SystemdLibrary::get() {
    static const SystemdLibrary library;
    return library;
}

}  // namespace dray::host
