// The texts within a Debian package: control, changelog, copyright.
#include "builder/dates.h"
#include "builder/deb.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {
namespace {

std::string comma_list(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

}  // namespace

std::string control_text(const Control& control) {
    std::string text = fmt::format(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {}\nInstalled-Size: {}\n", control.package,
        control.version, control.architecture, control.maintainer, control.installed_size);
    if (!control.depends.empty()) text += fmt::format("Depends: {}\n", comma_list(control.depends));
    if (!control.schema_floor.empty()) text += fmt::format("Dray-Schema-Floor: {}\n", control.schema_floor);
    text += fmt::format("Section: {}\nPriority: optional\nDescription: {}\n", control.section,
                        control.description);
    for (const std::string& line : control.details)
        text += line.empty() ? " .\n" : fmt::format(" {}\n", line);
    return text;
}

std::string lintian_overrides(const std::string& package, const std::filesystem::path& prefix) {
    std::vector<std::string_view> tags;
    const auto in = [&](const char* folder) { return prefix.string().starts_with(folder); };
    if (in("/opt/")) tags.push_back("dir-or-file-in-opt");
    if (in("/srv/")) tags.push_back("dir-or-file-in-srv");
    if (in("/usr/share/")) tags.push_back("arch-dependent-file-in-usr-share");
    if (in("/usr/local/"))
        tags.insert(tags.end(), {"dir-in-usr-local", "file-in-usr-local", "interpreter-in-usr-local"});
    tags.insert(tags.end(), {"embedded-library", "unstripped-binary-or-object"});
    std::string text;
    for (const std::string_view tag : tags)
        text += fmt::format("{}: {}\n", package, tag);
    return text;
}

std::string changelog_text(const std::string& package, const std::string& version, const std::string& suite,
                           const std::vector<std::string>& changes, const std::string& maintainer,
                           std::chrono::sys_seconds time) {
    std::string text = fmt::format("{} ({}) {}; urgency=medium\n\n", package, version, suite);
    for (const std::string& change : changes)
        text += fmt::format("  * {}\n", change);
    return text + fmt::format("\n -- {}  {}\n", maintainer, mail_date(time));
}

std::string licence_paragraph(const std::string& metadata) {
    std::string name;
    std::string author;
    std::string licence;
    std::istringstream lines(metadata);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) break;  // the description follows
        const auto take = [&](std::string_view field, std::string& target) {
            if (line.starts_with(field) && target.empty()) target = line.substr(field.size());
        };
        take("Name: ", name);
        take("Author: ", author);
        take("Author-email: ", author);
        take("License-Expression: ", licence);
        take("License: ", licence);
        take("Classifier: License :: ", licence);
    }
    return fmt::format("Name: {}\nCopyright: {}\nLicense: {}\n", name,
                       author.empty() ? "its authors" : author, licence.empty() ? "see its files" : licence);
}

std::vector<std::string> parse_shlibdeps(const std::string& text) {
    std::vector<std::string> depends;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        // One line per field that the libraries' own files ask for: Depends, rarely Recommends.
        constexpr std::string_view field = "shlibs:Depends=";
        if (!line.starts_with(field)) continue;
        std::istringstream parts(line.substr(field.size()));
        for (std::string part; std::getline(parts, part, ',');) {
            const std::size_t begin = part.find_first_not_of(' ');
            if (begin != part.npos) depends.push_back(part.substr(begin));
        }
    }
    return depends;
}

}  // namespace dray::builder
