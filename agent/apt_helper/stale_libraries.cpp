// Programs that still run with libraries which have been replaced on disk.
#include "apt_helper/stale_libraries.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view gone = " (deleted)";
// Where packages put libraries; what is deleted elsewhere (memfd, /tmp, /dev/shm) was never a package's file.
constexpr std::string_view package_folders[] = {"/usr/", "/lib", "/opt/"};

/// The name of the library that a line of /proc/PID/maps says is gone; "" when it says nothing of the kind.
std::string replaced_library(const std::string& line) {
    if (!line.ends_with(gone)) return {};
    const auto slash = line.find('/');
    if (slash == std::string::npos) return {};
    const fs::path path = line.substr(slash, line.size() - slash - gone.size());
    const std::string name = path.filename();
    if (name.find(".so") == std::string::npos) return {};
    for (const auto folder : package_folders)
        if (path.string().starts_with(folder)) return name.substr(0, name.find(".dpkg-"));
    return {};
}

std::set<std::string> replaced_libraries(const fs::path& process) {
    std::set<std::string> names;
    std::ifstream maps(process / "maps");
    for (std::string line; std::getline(maps, line);)
        if (auto name = replaced_library(line); !name.empty()) names.insert(std::move(name));
    return names;
}

/// The unit that a process belongs to: the last part of its control group that is a unit's name. "" when it
/// has none.
std::string unit_of(const fs::path& process) {
    std::ifstream groups(process / "cgroup");
    for (std::string line; std::getline(groups, line);) {
        // "0::/system.slice/nginx.service", or "1:name=systemd:/…" with the older hierarchy.
        if (!line.starts_with("0:") && line.find(":name=systemd:") == std::string::npos) continue;
        std::string unit;
        for (const auto& part : fs::path(line.substr(line.rfind(':') + 1))) {
            const std::string suffix = part.extension();
            if (suffix == ".service" || suffix == ".scope") unit = part;
        }
        if (!unit.empty()) return unit;
    }
    return {};
}

}  // namespace

std::vector<std::string> programs_with_replaced_libraries() {
    std::map<std::string, std::set<std::string>> units;
    std::error_code ignored;  // processes come and go
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const std::string number = entry.path().filename();
        if (number.find_first_not_of("0123456789") != std::string::npos) continue;
        auto libraries = replaced_libraries(entry.path());
        if (libraries.empty()) continue;
        auto unit = unit_of(entry.path());
        if (unit == "dray-apt.service" || unit == "dray.service") continue;  // they end with this run
        if (unit.empty()) unit = "process " + number;
        units[unit].merge(libraries);
    }
    std::vector<std::string> texts;
    for (const auto& [unit, libraries] : units) {
        std::string text;
        for (const auto& name : libraries)
            text += (text.empty() ? "" : ", ") + name;
        texts.push_back(unit + " (" + text + ")");
    }
    return texts;
}

}  // namespace dray::apt_helper
