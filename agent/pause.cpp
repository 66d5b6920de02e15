// Runs that are paused.
#include "pause.h"

#include "error.h"

#include <nlohmann/json.hpp>

namespace dray {
namespace {

constexpr auto own_file = "paused.json";
constexpr auto others_file = "paused";
constexpr std::uint64_t longest_file = 64u << 10;  // it holds a reason, not a report

std::string first_line(const std::string& text) {
    auto line = text.substr(0, text.find('\n'));
    return line.empty() ? "no reason is given" : line;
}

}  // namespace

std::optional<Pause> paused(const host::Files& files, const Folders& folders, host::Time now) {
    const auto others = folders.settings / others_file;
    if (const auto text = files.read(others, longest_file))
        return Pause{first_line(*text) + " (" + others.string() + ")", "", ""};
    const auto text = files.read(folders.state / own_file, longest_file);
    if (!text) return std::nullopt;
    const auto value = nlohmann::json::parse(*text, nullptr, false);
    // One that cannot be read is a pause all the same: somebody wanted it.
    if (!value.is_object()) return Pause{"its record cannot be read", "", ""};
    Pause pause{value.value("reason", ""), value.value("since", ""), value.value("until", "")};
    // Texts of this form stand in the order of their times.
    if (!pause.until.empty() && pause.until <= host::utc_text(now)) return std::nullopt;
    return pause;
}

void pause(host::Files& files, const Folders& folders, const std::string& reason,
           std::optional<std::chrono::milliseconds> length, host::Time now) {
    const auto until = length ? host::utc_text(now + *length) : std::string();
    const nlohmann::ordered_json record = {
        {"reason", reason}, {"since", host::utc_text(now)}, {"until", until}};
    files.write(folders.state / own_file, record.dump(1) + "\n", {"", "", 0600});
}

bool resume(host::Files& files, const Folders& folders) {
    const auto others = folders.settings / others_file;
    if (files.exists(others))
        throw Error("cannot resume", others.string() + " pauses this host", "remove that file");
    const bool was = files.exists(folders.state / own_file);
    files.remove(folders.state / own_file);
    return was;
}

std::string pause_text(const Pause& pause) {
    auto text = std::string("paused");
    if (!pause.since.empty()) text += " since " + pause.since;
    if (!pause.until.empty()) text += ", until " + pause.until;
    return text + ": " + pause.reason;
}

}  // namespace dray
