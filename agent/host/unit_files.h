// Where unit files are, and which of several is a unit's.
#pragma once

#include "host/file.h"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

/// Where unit files are looked for; the first one found is the unit's. The folders of generators are among
/// them, but for that of the earliest, which nobody's file wins over. Source: systemd.unit(5), "Unit File
/// Load Path".
constexpr std::array<std::string_view, 6> unit_folders = {
    "/etc/systemd/system/",           "/run/systemd/system/",     "/run/systemd/generator/",
    "/usr/local/lib/systemd/system/", "/usr/lib/systemd/system/", "/run/systemd/generator.late/"};

/// The administrator's, the first of them: where dray writes.
constexpr std::string_view unit_folder = unit_folders.front();

/// "name@.service" of "name@instance.service"; "" of a unit that is no instance of a template.
std::string template_of(const std::string& unit);

/// All places of a unit's file, and then of its template's, in the order in which they win.
std::vector<std::string> unit_file_paths(const std::string& unit);

/// Whether a unit file or a drop-in lies in one of `unit_folders`, and not where systemd keeps its own.
bool is_in_unit_folder(const std::filesystem::path& file);

/// How a unit with a file of this text may be enabled, in the manager's words: "disabled" when links to it
/// can be made, "indirect" when only links to others can, else "static". Source: systemctl(1), is-enabled.
std::string unset_file_state(std::string_view text);

/// Whether anybody but the administrator has a file of this unit: a package, say, or a generator. It is the
/// unit when the administrator's is not there. Throws Error.
bool has_other_unit_file(const Files& files, const std::string& unit);

}  // namespace dray::host
