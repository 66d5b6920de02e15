// Who holds a lock, in words.
#include "apt_helper/lock_holder.h"

#include "host/clock.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>

namespace dray::apt_helper {
namespace {

using std::chrono::system_clock;

constexpr std::size_t most_words = 6;        // more would show what a person typed in full
constexpr std::size_t longest_command = 80;  // a line of a log
constexpr int fields_before_start = 19;      // of proc_pid_stat(5), after the command's closing parenthesis

/// The first words of its command line: "apt-get -y upgrade". Empty when the process is gone.
std::string command_line(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
    std::string text;
    std::string word;
    for (std::size_t words = 0; words < most_words && std::getline(file, word, '\0'); ++words)
        text += (text.empty() ? "" : " ") + word;
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < ' ') byte = ' ';
    if (text.size() > longest_command) text = text.substr(0, longest_command) + "…";
    return text;
}

/// When this system was started, in seconds since 1970.
std::optional<std::int64_t> boot_time() {
    std::ifstream file("/proc/stat");
    for (std::string word; file >> word;) {
        std::int64_t seconds = 0;
        if (word == "btime" && file >> seconds) return seconds;
    }
    return std::nullopt;
}

}  // namespace

std::optional<system_clock::time_point> process_start(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto command_end = text.rfind(')');  // what is in the parentheses may be anything
    const auto boot = boot_time();
    if (command_end == std::string::npos || !boot) return std::nullopt;
    std::istringstream fields(text.substr(command_end + 1));
    std::string ignored;
    for (int field = 0; field < fields_before_start; ++field)
        fields >> ignored;
    std::int64_t ticks = 0;
    if (!(fields >> ticks)) return std::nullopt;
    return system_clock::from_time_t(*boot) + std::chrono::seconds(ticks / ::sysconf(_SC_CLK_TCK));
}

std::string process_text(pid_t pid) {
    if (pid <= 0) return "a process of another container";
    const auto command = command_line(pid);
    const auto start = process_start(pid);
    if (command.empty() || !start) return fmt::format("process {}", pid);
    return fmt::format("process {} ({}, since {})", pid, command, host::utc_text(*start));
}

}  // namespace dray::apt_helper
