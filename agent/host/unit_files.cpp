// Where unit files are.
#include "host/unit_files.h"

#include <algorithm>

namespace dray::host {

std::string template_of(const std::string& unit) {
    const auto at = unit.find('@');
    const auto dot = unit.rfind('.');
    const bool instance = at != std::string::npos && dot != std::string::npos && dot > at + 1;
    return instance ? unit.substr(0, at + 1) + unit.substr(dot) : "";
}

std::vector<std::string> unit_file_paths(const std::string& unit) {
    std::vector<std::string> paths;
    for (const auto& name : {unit, template_of(unit)})
        for (const auto folder : unit_folders)
            if (!name.empty()) paths.push_back(std::string(folder) + name);
    return paths;
}

bool is_in_unit_folder(const std::filesystem::path& file) {
    // systemd of Debian 12 says /lib of what is in /usr/lib: it looks there first, and it is the same folder.
    const std::string usr = "/usr" + file.string();
    return std::ranges::any_of(unit_folders, [&](std::string_view folder) {
        return file.string().starts_with(folder) || usr.starts_with(folder);
    });
}

std::string unset_file_state(std::string_view text) {
    const auto has = [text](const char* key) { return text.find(key) != std::string_view::npos; };
    if (has("\nWantedBy=") || has("\nRequiredBy=") || has("\nUpheldBy=") || has("\nAlias="))
        return "disabled";
    return has("\nAlso=") ? "indirect" : "static";
}

bool has_other_unit_file(const Files& files, const std::string& unit) {
    const auto paths = unit_file_paths(unit);
    return std::any_of(paths.begin() + 1, paths.end(),
                       [&files](const auto& path) { return files.exists(path); });
}

}  // namespace dray::host
