// The record of a package's build.
#include "builder/buildinfo.h"

#include "builder/apt_repository.h"
#include "builder/build_depends.h"
#include "builder/dates.h"
#include "builder/file_digest.h"
#include "builder/written_file.h"

#include <spdlog/fmt/fmt.h>

#include <set>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// What differs from run to run, or says what nobody else needs to know; the files' hashes tell more than
/// where they were found.
const std::set<std::string> left_out{"HOME", "TMPDIR", "PIP_FIND_LINKS"};

/// The packages whose programs dray-build runs on its way to a package; what is essential is part of any
/// build.
std::vector<std::string> taking_part(const std::optional<Interpreter>& interpreter) {
    std::vector<std::string> names{"dpkg-dev", "dray-builder", "git"};
    if (!interpreter) {
        names.push_back("dray");  // its `check` looks the recipes over
        return names;
    }
    // build-essential is what extensions that have no wheel are compiled with.
    names.insert(names.end(), {"build-essential", "python3", "python3-build", "python3-pip", "python3-venv"});
    const std::string& depend = interpreter->depends.front();
    names.push_back(depend.substr(0, depend.find(' ')));
    return names;
}

std::string vendor(const host::Processes& processes, const Settings& settings, const BuildRoot& root) {
    std::string name =
        processes.run(root.own_command({.argv = {"dpkg-vendor", "--query", "Vendor"}}, settings)).output;
    while (name.ends_with('\n'))
        name.pop_back();
    return name;
}

std::string quoted(const std::string& value) {
    std::string text;
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return '"' + text + '"';
}

/// A field of several lines; nothing when there are none.
std::string field(std::string_view name, const std::string& lines) {
    if (lines.empty()) return {};
    std::string text = fmt::format("{}:\n", name);
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);)
        text += fmt::format(" {}\n", line);
    return text;
}

/// What took part, by what it is called: "python3.11" is "3.11.2-6".
using Part = std::map<std::string, std::string>;

struct Parts {
    Part packages;
    Part variables;
    Part installed_from;
    Part built_with;
};

Part parts_of(const std::string& lines, std::string_view separator, std::string_view ending) {
    Part part;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
        const std::size_t middle = line.find(separator);
        if (middle == line.npos || !line.starts_with(' ')) continue;
        std::string value = line.substr(middle + separator.size());
        while (!value.empty() && ending.find(value.back()) != ending.npos)
            value.pop_back();
        part[line.substr(1, middle - 1)] = value;
    }
    return part;
}

Part parts_of(const std::vector<PythonFile>& files) {
    Part part;
    for (const PythonFile& file : files)
        part[file.name] = fmt::format("{} ({} {})", file.version, file.file, file.sha256);
    return part;
}

Parts read_parts(std::string_view text) {
    auto fields = paragraph_fields(without_signature(text));
    return {parts_of(fields["Installed-Build-Depends"], " (= ", "),"),
            parts_of(fields["Environment"], "=", ""),
            parts_of(parse_python_files(fields["X-Python-Environment"])),
            parts_of(parse_python_files(fields["X-Python-Build-Environment"]))};
}

void compare(std::string_view kind, const Part& before, const Part& now, std::vector<std::string>& lines) {
    std::set<std::string> names;
    for (const Part* part : {&before, &now})
        for (const auto& [name, value] : *part)
            names.insert(name);
    const auto value = [](const Part& part, const std::string& name) {
        const auto found = part.find(name);
        return found == part.end() ? "absent" : found->second;
    };
    for (const std::string& name : names)
        if (value(before, name) != value(now, name))
            lines.push_back(
                fmt::format("{} {}: {} then, {} now", kind, name, value(before, name), value(now, name)));
}

}  // namespace

std::string_view without_signature(std::string_view text) {
    if (!text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----")) return text;
    const std::size_t begin = text.find("\n\n");
    text.remove_prefix(begin == text.npos ? text.size() : begin + 2);
    return text.substr(0, text.find("-----BEGIN PGP SIGNATURE-----"));
}

std::string buildinfo_text(const BuildInfo& info) {
    std::string md5;
    std::string sha1;
    std::string sha256;
    for (const fs::path& file : info.files) {
        const FileDigests sums = file_digests(file);
        const std::string rest = fmt::format(" {} {}\n", sums.size, file.filename().string());
        md5 += sums.md5 + rest;
        sha1 += sums.sha1 + rest;
        sha256 += sums.sha256 + rest;
    }
    std::string installed;
    for (const std::string& package : info.installed)
        installed += fmt::format("{}{}", installed.empty() ? "" : ",\n", package);
    std::string variables;
    for (const auto& [name, value] : info.environment)
        if (!left_out.contains(name)) variables += fmt::format("{}={}\n", name, quoted(value));
    return fmt::format("Format: 1.0\nSource: {0}\nBinary: {0}\nArchitecture: {1}\nVersion: {2}\n",
                       info.package, info.architecture, info.version) +
           field("Checksums-Md5", md5) + field("Checksums-Sha1", sha1) + field("Checksums-Sha256", sha256) +
           (info.origin.empty() ? "" : fmt::format("Build-Origin: {}\n", info.origin)) +
           fmt::format("Build-Architecture: {}\nBuild-Date: {}\n", info.machine, mail_date(info.date)) +
           field("Installed-Build-Depends", installed) + field("Environment", variables) +
           fmt::format("X-Git-Commit: {}\nX-Git-Tag: {}\n", info.commit, info.tag) +
           field("X-Python-Environment", python_files_text(info.installed_from)) +
           field("X-Python-Build-Environment", python_files_text(info.built_with));
}

bool is_record_of(std::string_view record, const std::string& file, const std::string& sha256) {
    std::istringstream in(paragraph_fields(without_signature(record))["Checksums-Sha256"]);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(fmt::format(" {} ", sha256)) && line.ends_with(" " + file)) return true;
    return false;
}

std::vector<std::string> build_differences(std::string_view before, std::string_view now) {
    const Parts then = read_parts(before);
    const Parts here = read_parts(now);
    std::vector<std::string> lines;
    compare("package", then.packages, here.packages, lines);
    compare("variable", then.variables, here.variables, lines);
    compare("build requirement", then.built_with, here.built_with, lines);
    compare("dependency", then.installed_from, here.installed_from, lines);
    return lines;
}

std::string buildinfo_name(const std::string& deb) {
    return fs::path(deb).replace_extension(".buildinfo").string();
}

void write_buildinfo(const host::Processes& processes, const Settings& settings, const PackageBuild& build,
                     std::chrono::sys_seconds now, const Products& products, BuiltPackage& package) {
    // NAME_VERSION_ARCHITECTURE.deb, and none of the three has a "_" in it.
    const std::size_t architecture = package.file.rfind('_') + 1;
    BuildInfo info{.package = settings.deb.package,
                   .version = package.version,
                   .architecture = package.file.substr(architecture, package.file.rfind('.') - architecture),
                   .origin = vendor(processes, settings, build.root),
                   .machine = machine_architecture(processes),
                   .date = now,
                   .files = {},
                   .installed = {},
                   .environment = build.environment,
                   .commit = products.commit,
                   .tag = products.version.text(),
                   .installed_from = build.installed_from,
                   .built_with = build.built_with};
    for (const std::string& name :
         {package.file, products.sdist, build.own_wheel ? std::string() : products.wheel})
        if (!name.empty()) info.files.push_back(products.folder / name);
    info.installed = installed_build_depends(installed_packages(processes, settings, build.root),
                                             taking_part(build.interpreter), info.machine);
    package.buildinfo = buildinfo_name(package.file);
    write_file(products.folder / package.buildinfo, buildinfo_text(info));
}

}  // namespace dray::builder
