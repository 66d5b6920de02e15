// Commands and results in words.
#include "host/process.h"

#include "printable.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <string.h>

#include <algorithm>
#include <string>

namespace dray::host {
namespace {

constexpr std::size_t shown_lines = 20;          // what a reader takes in at a glance
constexpr std::size_t shown_bytes = 4096;        // long lines must not fill the journal
constexpr std::size_t longest_line = 16u << 10;  // the last one is worth more: it has the reason as a rule
constexpr int signal_offset = 128;               // as sh(1) reports a death by signal

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string text = "'";
    for (const char c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// The last lines of a program's output, fit for a terminal: without the control characters that could redraw
/// it.
std::string tail(std::string_view text) {
    const auto blank = [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    // Whole lines alone: a part of a secret would not be recognised as one.
    const auto line_that_ends_at = [text](std::size_t end) {
        const auto before = text.substr(0, end).find_last_of("\r\n");
        return before == std::string_view::npos ? 0 : before + 1;
    };
    std::size_t begin = line_that_ends_at(text.size());
    if (const auto size = text.size() - begin; size > longest_line)
        return fmt::format("(its last line has {} bytes: left out)", size);
    for (std::size_t lines = 1; begin > 0 && lines < shown_lines; ++lines) {
        const auto longer = line_that_ends_at(begin - 1);
        if (text.size() - longer > shown_bytes) break;
        begin = longer;
    }
    text.remove_prefix(begin);
    while (!text.empty() && (text.front() == '\n' || text.front() == '\r'))
        text.remove_prefix(1);

    std::string shown = text.find('\n') == std::string_view::npos ? "" : "\n    ";
    std::string lines(text);
    std::erase(lines, '\r');
    for (const char c : printable(lines))
        shown += c == '\n' ? "\n    " : std::string(1, c);
    return shown;
}

}  // namespace

std::string Command::text() const {
    std::string text;
    for (const auto& word : argv)
        text += (text.empty() ? "" : " ") + quoted(word);
    return text;
}

std::string Result::outcome() const {
    if (timed_out) return "timed out";
    const int signal = exit_code - signal_offset;
    // Programs may exit with such a number by themselves; only names that exist are read as signals.
    const char* const name = signal > 0 && signal < 64 ? ::sigdescr_np(signal) : nullptr;
    if (name != nullptr) return fmt::format("killed by signal {} ({})", signal, name);
    return fmt::format("exit status {}", exit_code);
}

Result Processes::check(const Command& command, std::string_view attempt) const {
    Result result;
    try {
        result = run(command);
    } catch (const Error& error) {
        throw error.during(attempt);
    }
    const bool fine = std::ranges::find(command.success, result.exit_code) != command.success.end();
    if (fine && !result.timed_out) return result;
    std::string cause = fmt::format("{}: {}", command.argv.front(), result.outcome());
    if (result.timed_out)
        cause += fmt::format(" after {} s", std::chrono::duration<double>(command.timeout).count());
    const std::string words = tail(!tail(result.errors).empty() ? result.errors : result.output);
    if (!words.empty()) cause += ": " + words;
    throw Error(std::string(attempt), std::move(cause));
}

}  // namespace dray::host
