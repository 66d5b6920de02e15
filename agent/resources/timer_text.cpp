// The unit files of a timer, from a resource's values.
#include "resources/timer_text.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace dray::resources {
namespace {

using recipe::Properties;

constexpr std::string_view header = "# Kept by dray: changes made here by hand are undone at the next run.\n";

[[noreturn]] void refuse_timer(const Properties& properties, const std::string& key, std::string cause,
                               std::string hint) {
    throw Error("bad value for '" + key + "' of timer[" + properties.name() + "]", std::move(cause),
                std::move(hint));
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 127;
}

/// '%' begins a specifier everywhere in a unit file; see systemd.unit(5), "Specifiers".
std::string without_specifiers(std::string_view text) {
    std::string out;
    for (const char c : text)
        out += c == '%' ? "%%" : std::string(1, c);
    return out;
}

/// A value of one line, without specifiers.
std::string plain(const Properties& properties, const std::string& key, const std::string& text) {
    if (std::ranges::any_of(text, is_control))
        refuse_timer(properties, key, "it holds a line break or control character", "write it in one line");
    return without_specifiers(text);
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (is_control(c))
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else if (c == '"' || c == '\\')
            out += std::string("\\") + c;
        else
            out += c;
    }
    return out + "\"";
}

bool needs_quotes(std::string_view text) {
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%$";
    return text.empty() || text.find_first_not_of(harmless) != std::string_view::npos;
}

std::string quoted_if_needed(const std::string& text) {
    return needs_quotes(text) ? in_quotes(text) : text;
}

/// The program: an absolute path, or a name that systemd looks for in the system's folders. Its first
/// character would otherwise be read as one of systemd's marks ('-', '@', '+', …).
std::string program(const Properties& properties) {
    const auto word = properties.texts("command").front();
    const auto first = static_cast<unsigned char>(word.front());
    const bool name = std::isalnum(first) != 0 && word.find('/') == std::string::npos;
    if (word.front() != '/' && !name)
        refuse_timer(properties, "command", "'" + word + "' is neither an absolute path nor a program's name",
                     "write it from the root on, such as /usr/bin/rsync");
    return quoted_if_needed(without_specifiers(word));
}

std::string line_if(const Properties& properties, const std::string& key, const std::string& field) {
    if (!properties.has(key)) return {};
    const auto value = plain(properties, key, properties.text(key));
    return value.empty() ? std::string() : field + "=" + value + "\n";
}

std::string account_line(const Properties& properties, const std::string& key, const std::string& field) {
    const auto name = properties.text_or_empty(key);
    if (name.find(' ') != std::string::npos)
        refuse_timer(properties, key, "it holds a space", "write one name");
    return line_if(properties, key, field);
}

std::string environment_lines(const Properties& properties) {
    std::string lines;
    for (const auto& [name, value] : properties.table("environment")) {
        const bool good =
            !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
            std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
        if (!good)
            refuse_timer(properties, "environment",
                         "systemd passes over a variable of the name '" + name + "'",
                         "use letters, digits and '_'");
        lines += "Environment=" + in_quotes(without_specifiers(name + "=" + *value.text())) + "\n";
    }
    return lines;
}

std::string after_line(const Properties& properties) {
    std::string units;
    for (const auto& unit : properties.texts("after")) {
        if (unit.find('.') == std::string::npos || needs_quotes(unit))
            refuse_timer(properties, "after", "'" + unit + "' is no unit name with a suffix",
                         "write it like \"network-online.target\" or \"postgresql.service\"");
        units += " " + without_specifiers(unit);
    }
    return units.empty() ? std::string() : "After=" + units.substr(1) + "\n";
}

std::string description(const Properties& properties) {
    if (!properties.has("description"))
        return plain(properties, "name", properties.name()) + ", kept by dray";
    return plain(properties, "description", properties.text("description"));
}

std::string milliseconds(std::chrono::milliseconds time) {
    return std::to_string(time.count()) + "ms";
}

}  // namespace

std::string exec_word(const std::string& word) {
    std::string escaped;
    for (const char c : without_specifiers(word))
        escaped += c == '$' ? "$$" : std::string(1, c);
    return quoted_if_needed(escaped);
}

std::string timer_text(const Properties& properties) {
    const auto schedule = plain(properties, "schedule", properties.text("schedule"));
    if (schedule.find_first_not_of(' ') == std::string::npos)
        refuse_timer(properties, "schedule", "it is empty", "write it like \"daily\" or \"Mon *-*-* 04:00\"");
    std::string text = std::string(header) + "[Unit]\nDescription=" + description(properties) +
                       "\n\n[Timer]\nOnCalendar=" + schedule + "\n";
    if (properties.truth("persistent")) text += "Persistent=true\n";
    if (properties.has("randomized_delay"))
        text += "RandomizedDelaySec=" + milliseconds(properties.duration("randomized_delay")) + "\n";
    return text + "\n[Install]\nWantedBy=timers.target\n";
}

std::string timer_service_text(const Properties& properties) {
    std::string text = std::string(header) + "[Unit]\nDescription=" + description(properties) + "\n" +
                       after_line(properties) + "\n[Service]\nType=oneshot\n" +
                       account_line(properties, "user", "User") + account_line(properties, "group", "Group") +
                       line_if(properties, "cwd", "WorkingDirectory") + environment_lines(properties);
    if (properties.has("timeout"))
        text += "TimeoutStartSec=" + milliseconds(properties.duration("timeout")) + "\n";
    text += "ExecStart=" + program(properties);
    const auto words = properties.texts("command");
    for (auto word = words.begin() + 1; word != words.end(); ++word)
        text += " " + exec_word(*word);
    return text + "\n";
}

}  // namespace dray::resources
