// Versions of a package that nobody on this host is to install for now, told to apt by a pin.
#include "host/apt_quarantine.h"

#include "error.h"

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

constexpr auto folder = "/etc/apt/preferences.d";
constexpr std::string_view in_quarantine = "Explanation: in quarantine on this host";

// Source: Debian Policy 5.6.1, with the ':' before an architecture.
constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789+-.:";
// Source: Debian Policy 5.6.12. None of them begins a pattern in apt_preferences(5).
constexpr std::string_view version_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-:~";

void refuse_others(const std::string& text, std::string_view allowed, const std::string& what) {
    if (!text.empty() && text.find_first_not_of(allowed) == std::string::npos) return;
    throw Error("cannot forbid a version of a package", "'" + text + "' is no " + what);
}

/// Without what would end the line, and with it the comment.
std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, ' ');
    return text;
}

std::string record(const std::string& package, const QuarantinedVersion& each) {
    refuse_others(each.version, version_characters, "version");
    std::string text = std::string(in_quarantine) + "; `dray release-quarantine " + package +
                       "` ends it, and takes this file away\n";
    if (!each.reason.empty()) text += "Explanation: " + one_line(each.reason) + "\n";
    return text + "Package: " + package + "\nPin: version " + each.version + "\nPin-Priority: -1\n";
}

}  // namespace

std::filesystem::path quarantine_path(const std::string& package) {
    refuse_others(package, name_characters, "package's name");
    std::string name;
    for (const char c : package)
        name += c == '+' ? std::string("_p") : c == ':' ? std::string("_c") : std::string(1, c);
    return std::filesystem::path(folder) / ("00dray-quarantine-" + name + ".pref");
}

std::vector<QuarantinedVersion> quarantined(const Files& files, const std::string& package) {
    constexpr std::string_view explanation = "Explanation: ";
    constexpr std::string_view pin = "Pin: version ";
    std::istringstream text(files.read(quarantine_path(package)).value_or(""));
    std::vector<QuarantinedVersion> versions;
    std::string reason;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with(explanation) && !line.starts_with(in_quarantine))
            reason = line.substr(explanation.size());
        if (line.starts_with(pin)) versions.push_back({line.substr(pin.size()), std::exchange(reason, {})});
    }
    return versions;
}

bool set_quarantine(Files& files, Apt& apt, const std::string& package,
                    const std::vector<QuarantinedVersion>& versions) {
    const auto path = quarantine_path(package);
    std::string text;
    for (const auto& each : versions)
        text += (text.empty() ? "" : "\n") + record(package, each);
    if (files.read(path).value_or("") == text && files.exists(path) != text.empty()) return false;
    if (text.empty())
        files.remove(path);
    else
        files.write(path, text, {.owner = "root", .group = "root", .mode = 0644});
    apt.file_changed(path, text);
    return true;
}

}  // namespace dray::host
