// Units that the manager looks up while dray does other things.
#include "host/systemd_ahead.h"

#include "host/unit_files.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

constexpr auto properties_interface = "org.freedesktop.DBus.Properties";
constexpr auto service_interface = "org.freedesktop.systemd1.Service";

/// A result of sd-bus that is no error.
int checked(int code, const std::string& attempt) {
    if (code < 0) throw Error::system(attempt, -code);
    return code;
}

/// Enters the variant of a property's value.
void enter(sd_bus_message* message, const char* type, const std::string& attempt) {
    checked(sd().bus_message_enter_container(message, 'v', type), attempt);
}

std::string read_text(sd_bus_message* message, const std::string& attempt) {
    const char* text = nullptr;
    checked(sd().bus_message_read(message, "s", &text), attempt);
    return text;
}

/// 32 hex digits of an "ay"; "" for none.
std::string read_id(sd_bus_message* message, const std::string& attempt) {
    const void* data = nullptr;
    std::size_t size = 0;
    checked(sd().bus_message_read_array(message, SD_BUS_TYPE_BYTE, &data, &size), attempt);
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text += fmt::format("{:02x}", static_cast<const std::uint8_t*>(data)[i]);
    return text;
}

/// The texts of an "as".
std::vector<std::string> read_texts(sd_bus_message* message, const std::string& attempt) {
    std::vector<std::string> values;
    checked(sd().bus_message_enter_container(message, 'a', "s"), attempt);
    for (const char* value = nullptr; checked(sd().bus_message_read(message, "s", &value), attempt) > 0;)
        values.emplace_back(value);
    checked(sd().bus_message_exit_container(message), attempt);
    return values;
}

template <typename Number>
Number read_number(sd_bus_message* message, const char* type, const std::string& attempt) {
    Number number{};
    checked(sd().bus_message_read_basic(message, *type, &number), attempt);
    return number;
}

/// The value of one property, when it is one of those that are kept; whether it was.
bool read_property(sd_bus_message* message, std::string_view name, UnitProperties& unit,
                   const std::string& attempt) {
    const std::pair<std::string_view, std::string*> texts[] = {{"LoadState", &unit.load_state},
                                                               {"ActiveState", &unit.active_state},
                                                               {"SubState", &unit.sub_state},
                                                               {"FragmentPath", &unit.fragment},
                                                               {"UnitFileState", &unit.file_state}};
    for (const auto& [known, text] : texts) {
        if (name != known) continue;
        enter(message, "s", attempt);
        *text = read_text(message, attempt);
        return true;
    }
    if (name == "InvocationID") {
        enter(message, "ay", attempt);
        unit.invocation_id = read_id(message, attempt);
    } else if (name == "DropInPaths") {
        enter(message, "as", attempt);
        unit.dropins = read_texts(message, attempt);
    } else if (name == "NeedDaemonReload") {
        enter(message, "b", attempt);
        unit.needs_daemon_reload = read_number<int>(message, "b", attempt) != 0;
    } else if (name == "ActiveEnterTimestampMonotonic") {
        enter(message, "t", attempt);
        unit.active_since_us = read_number<std::uint64_t>(message, "t", attempt);
    } else {
        return false;
    }
    return true;
}

std::string asking_text_of(const std::string& unit) {
    return "cannot ask systemd which files it has read of " + unit;
}

constexpr auto asking_load = "cannot ask systemd when it has read its units";

bool has_failed(const BusAnswer& answer) {
    return answer.message && sd().bus_message_is_method_error(answer.message.get(), nullptr) > 0;
}

/// Whether the answer is that there is no such unit in memory.
bool is_unknown(const BusAnswer& answer) {
    return sd().bus_message_is_method_error(answer.message.get(), "org.freedesktop.systemd1.NoSuchUnit") > 0;
}

std::uint64_t read_time(const BusAnswer& answer) {
    enter(answer.message.get(), "t", asking_load);
    return read_number<std::uint64_t>(answer.message.get(), "t", asking_load);
}

std::vector<std::filesystem::path> read_paths(const BusAnswer& answer) {
    enter(answer.message.get(), "as", asking_load);
    const auto texts = read_texts(answer.message.get(), asking_load);
    return {texts.begin(), texts.end()};
}

/// Whether the state of a unit's file that the manager keeps is of the file that this name leads to now. Of
/// an alias, and of an instance of a template, it is another one's.
bool keeps_file_state(const UnitProperties& unit, const std::string& name) {
    return unit.load_state == "loaded" && !unit.needs_daemon_reload && !unit.file_state.empty() &&
           std::filesystem::path(unit.fragment).filename() == name;
}

}  // namespace

std::string path_of(const std::string& unit, const std::string& attempt) {
    char* path = nullptr;
    checked(sd().bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path), attempt);
    const std::unique_ptr<char, decltype(&std::free)> owned(path, &std::free);
    return path;
}

bool is_service(const std::string& unit) {
    return unit.ends_with(".service") && unit.size() > std::string_view(".service").size();
}

UnitStatus status_of(const UnitProperties& unit) {
    UnitStatus status;
    status.load_state = unit.load_state;
    status.active_state = unit.active_state;
    status.sub_state = unit.sub_state;
    status.invocation_id = unit.invocation_id;
    status.needs_daemon_reload = unit.needs_daemon_reload;
    return status;
}

bool UnitProperties::lacks(const std::filesystem::path& file) const {
    const auto wins = [&file](const std::filesystem::path& read) {
        return read == file || (read.filename() == file.filename() && !is_in_unit_folder(read));
    };
    return load_state == "loaded" && !wins(fragment) && std::ranges::none_of(dropins, wins);
}

UnitProperties read_properties(sd_bus_message* answer, const std::string& attempt) {
    UnitProperties unit;
    checked(sd().bus_message_enter_container(answer, 'a', "{sv}"), attempt);
    while (checked(sd().bus_message_enter_container(answer, 'e', "sv"), attempt) > 0) {
        if (read_property(answer, read_text(answer, attempt), unit, attempt))
            checked(sd().bus_message_exit_container(answer), attempt);  // the variant
        else
            checked(sd().bus_message_skip(answer, "v"), attempt);
        checked(sd().bus_message_exit_container(answer), attempt);
    }
    return unit;
}

void BusSystemd::Ahead::ask_status(const Connection& bus, const std::string& unit) {
    const std::string attempt = "cannot ask systemd about " + unit;
    auto& asked = units_[unit];
    ++asked.askers;
    if (std::exchange(asked.for_status, true)) return;
    const auto path = path_of(unit, attempt);
    ask_load(bus);
    if (!asked.was_asked(of_unit)) bus.ask_unit(attempt, asked.answers[of_unit], path);
    if (!is_service(unit)) return;
    const auto property = [&](Question question, const char* name) {
        bus.ask(attempt, asked.answers[question], path.c_str(), properties_interface, "Get", "ss",
                service_interface, name);
    };
    property(main_pid, "MainPID");
    property(restarts, "NRestarts");
}

void BusSystemd::Ahead::ask_text(const Connection& bus, const std::string& unit) {
    auto& asked = units_[unit];
    ++asked.askers;
    if (!asked.was_asked(of_unit) && !asked.was_asked(in_memory))
        bus.ask_manager(asking_text_of(unit), asked.answers[in_memory], "GetUnit", "s", unit.c_str());
}

void BusSystemd::Ahead::ask_file_state(const Connection& bus, const std::string& unit, Asked& asked) {
    if (!asked.was_asked(state_of_file))
        bus.ask_manager("cannot ask systemd about " + unit, asked.answers[state_of_file], "GetUnitFileState",
                        "s", unit.c_str());
}

void BusSystemd::Ahead::ask_load(const Connection& bus) {
    if (load_.real.slot) return;
    bus.ask_manager_property(asking_load, load_.real, "UnitsLoadTimestamp");
    bus.ask_manager_property(asking_load, load_.monotonic, "UnitsLoadTimestampMonotonic");
    bus.ask_manager_property(asking_load, load_.folders, "UnitPath");
}

/// Whether what the manager keeps of the units' files is true. When it is not all are asked for at once.
bool BusSystemd::Ahead::load_unchanged(const Connection& bus) {
    if (load_.unchanged) return *load_.unchanged;
    for (const auto* answer : {&load_.real, &load_.monotonic, &load_.folders}) {
        bus.await(asking_load, *answer);
        if (has_failed(*answer)) load_.unchanged = false;
    }
    if (!load_.unchanged)
        load_.unchanged = unit_links_unchanged({.real_us = read_time(load_.real),
                                                .monotonic_us = read_time(load_.monotonic),
                                                .folders = read_paths(load_.folders)});
    if (!*load_.unchanged)
        for (auto& [unit, asked] : units_)
            if (asked.for_status) ask_file_state(bus, unit, asked);
    return *load_.unchanged;
}

/// Asks for the properties of those that have turned out to be in memory.
void BusSystemd::Ahead::ask_more(const Connection& bus) {
    for (auto& [unit, asked] : units_) {
        const auto& found = asked.answers[in_memory];
        if (found.message && !has_failed(found) && !asked.was_asked(of_unit))
            bus.ask_unit(asking_text_of(unit), asked.answers[of_unit], path_of(unit, asking_text_of(unit)));
    }
}

void BusSystemd::Ahead::told(std::map<std::string, Asked>::iterator unit, bool useful) {
    if (--unit->second.askers == 0 || !useful) units_.erase(unit);
}

std::optional<UnitStatus> BusSystemd::Ahead::take_status(const Connection& bus, const std::string& unit) {
    const auto found = units_.find(unit);
    if (found == units_.end() || !found->second.for_status) return std::nullopt;
    ask_more(bus);
    auto& asked = found->second;
    const bool useful = asked.status || read_all(bus, unit, asked);
    const auto status = asked.status;
    told(found, useful);
    return status;
}

std::optional<UnitProperties> BusSystemd::Ahead::take_text(const Connection& bus, const std::string& unit) {
    const auto found = units_.find(unit);
    if (found == units_.end()) return std::nullopt;
    ask_more(bus);
    const bool useful = read_known(bus, unit, found->second, asking_text_of(unit));
    const auto known = found->second.known;
    told(found, useful);
    return known;
}

/// Whether the manager has said what it keeps of the unit.
bool BusSystemd::Ahead::read_known(const Connection& bus, const std::string& unit, Asked& asked,
                                   const std::string& attempt) {
    if (asked.known) return true;
    auto& answer = asked.answers[of_unit];
    if (!asked.was_asked(of_unit)) {
        const auto& found = asked.answers[in_memory];
        bus.await(attempt, found);
        if (is_unknown(found)) {
            asked.known.emplace();
            return true;
        }
        bus.ask_unit(attempt, answer, path_of(unit, attempt));
    }
    bus.await(attempt, answer);
    if (has_failed(answer)) return false;
    asked.known = read_properties(answer.message.get(), attempt);
    return true;
}

/// The state of the unit's file; nothing when the manager has no answer.
std::optional<std::string> BusSystemd::Ahead::file_state(const Connection& bus, const std::string& unit,
                                                         Asked& asked) {
    if (load_unchanged(bus) && keeps_file_state(*asked.known, unit)) return asked.known->file_state;
    const std::string attempt = "cannot ask systemd about " + unit;
    ask_file_state(bus, unit, asked);
    const auto& answer = asked.answers[state_of_file];
    bus.await(attempt, answer);
    if (has_failed(answer)) return std::nullopt;
    return read_text(answer.message.get(), attempt);
}

/// Whether the answers make a status.
bool BusSystemd::Ahead::read_all(const Connection& bus, const std::string& unit, Asked& asked) {
    const std::string attempt = "cannot ask systemd about " + unit;
    auto& answers = asked.answers;
    if (!read_known(bus, unit, asked, attempt)) return false;
    for (const auto question : {main_pid, restarts}) {
        if (!asked.was_asked(question)) continue;
        bus.await(attempt, answers[question]);
        if (has_failed(answers[question])) return false;
    }
    UnitStatus status = status_of(*asked.known);
    auto state = file_state(bus, unit, asked);
    if (!state) return false;
    status.file_state = *std::move(state);
    if (is_service(unit)) {
        const auto number = [&](Question question) {
            enter(answers[question].message.get(), "u", attempt);
            return read_number<std::uint32_t>(answers[question].message.get(), "u", attempt);
        };
        status.main_pid = number(main_pid);
        status.restarts = number(restarts);
        if (status.restarts > 0) return false;  // then it matters for how long it has been active
    }
    asked.status = std::move(status);
    return true;
}

}  // namespace dray::host
