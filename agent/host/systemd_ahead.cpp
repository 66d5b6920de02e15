// Units that the manager looks up while dray does other things.
#include "host/systemd_ahead.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace dray::host {
namespace {

constexpr auto properties = "org.freedesktop.DBus.Properties";
constexpr auto unit_interface = "org.freedesktop.systemd1.Unit";

/// Enters the variant of a property's value.
void enter(sd_bus_message* message, const char* type, const std::string& attempt) {
    const int code = ::sd_bus_message_enter_container(message, 'v', type);
    if (code < 0) throw Error::system(attempt, -code);
}

template <typename Number>
Number read_property(sd_bus_message* message, const char* type, const std::string& attempt) {
    enter(message, type, attempt);
    Number number{};
    const int code = ::sd_bus_message_read_basic(message, *type, &number);
    if (code < 0) throw Error::system(attempt, -code);
    return number;
}

bool has_failed(const BusAnswer& answer) {
    return answer.message && ::sd_bus_message_is_method_error(answer.message.get(), nullptr) > 0;
}

}  // namespace

std::string path_of(const std::string& unit, const std::string& attempt) {
    char* path = nullptr;
    const int code = ::sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path);
    if (code < 0) throw Error::system(attempt, -code);
    const std::unique_ptr<char, decltype(&std::free)> owned(path, &std::free);
    return path;
}

bool is_service(const std::string& unit) {
    return unit.ends_with(".service") && unit.size() > std::string_view(".service").size();
}

std::string read_listed_unit(const BusMessage& message, UnitStatus& status, const std::string& attempt) {
    const char *load = nullptr, *active = nullptr, *sub = nullptr, *path = nullptr;
    int code = ::sd_bus_message_enter_container(message.get(), 'a', "(ssssssouso)");
    if (code > 0)
        code = ::sd_bus_message_read(message.get(), "(ssssssouso)", nullptr, nullptr, &load, &active, &sub,
                                     nullptr, &path, nullptr, nullptr, nullptr);
    if (code < 0) throw Error::system(attempt, -code);
    if (code == 0) throw Error(attempt, "that is no name of a unit", "it needs a suffix, such as .service");
    status.load_state = load;
    status.active_state = active;
    status.sub_state = sub;
    return path;
}

std::vector<std::string> read_texts(sd_bus_message* message, const std::string& attempt) {
    std::vector<std::string> values;
    int code = ::sd_bus_message_enter_container(message, 'a', "s");
    for (const char* value = nullptr; code > 0 && (code = ::sd_bus_message_read(message, "s", &value)) > 0;)
        values.emplace_back(value);
    if (code < 0) throw Error::system(attempt, -code);
    return values;
}

std::string read_id(sd_bus_message* message, const std::string& attempt) {
    const void* data = nullptr;
    std::size_t size = 0;
    const int code = ::sd_bus_message_read_array(message, SD_BUS_TYPE_BYTE, &data, &size);
    if (code < 0) throw Error::system(attempt, -code);
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text += fmt::format("{:02x}", static_cast<const std::uint8_t*>(data)[i]);
    return text;
}

void BusSystemd::Ahead::ask(const Connection& bus, const std::string& unit) {
    const std::string attempt = "cannot ask systemd about " + unit;
    const auto [node, added] = units_.try_emplace(unit);
    ++node->second.askers;
    if (!added) return;
    auto& answers = node->second.answers;
    const auto path = path_of(unit, attempt);
    const auto property = [&](Question question, const char* interface, const char* name) {
        bus.ask(attempt, answers[question], path.c_str(), properties, "Get", "ss", interface, name);
    };
    bus.ask_manager(attempt, answers[listed], "ListUnitsByNames", "as", 1U, unit.c_str());
    bus.ask_manager(attempt, answers[state_of_file], "GetUnitFileState", "s", unit.c_str());
    property(invocation, unit_interface, "InvocationID");
    property(needs_reload, unit_interface, "NeedDaemonReload");
    if (!is_service(unit)) return;
    property(main_pid, "org.freedesktop.systemd1.Service", "MainPID");
    property(restarts, "org.freedesktop.systemd1.Service", "NRestarts");
}

void BusSystemd::Ahead::ask_files(const Connection& bus, const std::string& unit) {
    const std::string attempt = "cannot ask systemd which files it has read of " + unit;
    const auto [node, added] = files_.try_emplace(unit);
    if (!added) return;
    const auto path = path_of(unit, attempt);
    auto& answers = node->second;
    bus.ask(attempt, answers[fragment], path.c_str(), properties, "Get", "ss", unit_interface,
            "FragmentPath");
    bus.ask(attempt, answers[dropins], path.c_str(), properties, "Get", "ss", unit_interface, "DropInPaths");
}

std::optional<UnitStatus> BusSystemd::Ahead::take(const Connection& bus, const std::string& unit) {
    const auto found = units_.find(unit);
    if (found == units_.end()) return std::nullopt;
    auto& asked = found->second;
    if (!asked.status) asked.status = read(bus, unit, asked);
    const auto status = asked.status;
    if (!status || --asked.askers == 0) units_.erase(found);
    return status;
}

std::optional<std::vector<std::string>> BusSystemd::Ahead::take_files(const Connection& bus,
                                                                      const std::string& unit) {
    const auto node = files_.extract(unit);
    if (node.empty()) return std::nullopt;
    const std::string attempt = "cannot ask systemd which files it has read of " + unit;
    auto& answers = node.mapped();
    for (auto& answer : answers)
        bus.await(attempt, answer);
    if (std::ranges::any_of(answers, has_failed)) return std::nullopt;
    enter(answers[fragment].message.get(), "s", attempt);
    const char* file = nullptr;
    const int code = ::sd_bus_message_read(answers[fragment].message.get(), "s", &file);
    if (code < 0) throw Error::system(attempt, -code);
    enter(answers[dropins].message.get(), "as", attempt);
    auto files = read_texts(answers[dropins].message.get(), attempt);
    files.insert(files.begin(), file);
    return files;
}

std::optional<UnitStatus> BusSystemd::Ahead::read(const Connection& bus, const std::string& unit,
                                                  Asked& asked) const {
    const std::string attempt = "cannot ask systemd about " + unit;
    auto& answers = asked.answers;
    for (auto& answer : answers)
        if (answer.slot) bus.await(attempt, answer);
    if (std::ranges::any_of(answers, has_failed)) return std::nullopt;

    UnitStatus status;
    read_listed_unit(answers[listed].message, status, attempt);
    const char* state = nullptr;
    const int code = ::sd_bus_message_read(answers[state_of_file].message.get(), "s", &state);
    if (code < 0) throw Error::system(attempt, -code);
    status.file_state = state;
    enter(answers[invocation].message.get(), "ay", attempt);
    status.invocation_id = read_id(answers[invocation].message.get(), attempt);
    status.needs_daemon_reload = read_property<int>(answers[needs_reload].message.get(), "b", attempt) != 0;
    if (!is_service(unit)) return status;
    status.main_pid = read_property<std::uint32_t>(answers[main_pid].message.get(), "u", attempt);
    status.restarts = read_property<std::uint32_t>(answers[restarts].message.get(), "u", attempt);
    if (status.restarts > 0) return std::nullopt;  // then it matters for how long it has been active
    return status;
}

}  // namespace dray::host
