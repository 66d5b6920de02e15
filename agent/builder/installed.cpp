// What an environment has installed.
#include "builder/installed.h"

#include "builder/confinement.h"
#include "builder/file_digest.h"
#include "builder/path_within.h"
#include "builder/settings.h"
#include "error.h"
#include "host/interrupt.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <nettle/base64.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_named = 10;  // the first ones tell what is wrong

std::string read_all(const fs::path& file) {
    if (!fs::exists(fs::symlink_status(file)))
        throw Error(fmt::format("cannot pack the environment"), fmt::format("{} is missing", file.string()),
                    "a distribution that pip installed has it");
    return read_made(file, most_metadata);
}

/// The first value of each field of a METADATA (core metadata specification).
std::map<std::string, std::string> fields_of(const std::string& metadata) {
    std::map<std::string, std::string> fields;
    std::istringstream lines(metadata);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) break;  // the description follows
        const std::size_t colon = line.find(": ");
        if (colon != line.npos && line[0] != ' ')
            fields.try_emplace(line.substr(0, colon), line.substr(colon + 2));
    }
    return fields;
}

bool is_bytecode(const std::string& path) {
    return path.find("__pycache__/") != path.npos;
}

void check_one(const RecordedFile& file, const fs::path& environment, const fs::path& site_packages,
               std::vector<std::string>& wrong, std::set<fs::path>& listed) {
    const fs::path path = (site_packages / file.path).lexically_normal();
    if (is_bytecode(file.path)) return;
    if (path == environment || !is_within(path, environment)) {
        wrong.push_back(fmt::format("{} lies outside of the environment", file.path));
        return;
    }
    listed.insert(path);
    if (!fs::is_regular_file(fs::symlink_status(path)))
        wrong.push_back(fmt::format("{} is missing", file.path));
    else if (file.digest.starts_with("sha256=") && record_digest(file_sha256(path)) != file.digest)
        wrong.push_back(fmt::format("{} is another file", file.path));
}

/// Whether it is a name for Python; other scripts have letters as well.
bool is_identifier(const std::string& name) {
    const auto begins = [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
               static_cast<signed char>(c) < 0;
    };
    return !name.empty() && begins(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
        return begins(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
    });
}

bool has_importable_names(const fs::path& folder) {
    return std::all_of(folder.begin(), folder.end(),
                       [](const fs::path& part) { return is_identifier(part.string()); });
}

/// The name by which a file can be imported: "x" of "x.py" and of "x.cpython-311-x86_64-linux-gnu.so", an
/// extension module; "" of others, and of "libx.so", a library.
std::string module_stem(const std::string& name) {
    const bool source = name.ends_with(".py");
    if (!source && !name.ends_with(".so")) return {};
    std::string stem = name.substr(0, source ? name.size() - 3 : name.find('.'));
    const bool library = !source && stem.starts_with("lib") && name == stem + ".so";
    return library || !is_identifier(stem) ? std::string() : stem;
}

bool is_part_of(const fs::path& path, const std::set<fs::path>& folders) {
    for (fs::path above = path.parent_path(); !above.empty(); above = above.parent_path())
        if (folders.contains(above)) return true;
    return false;
}

/// "acme.warehouse" of acme/warehouse.
std::string dotted(const fs::path& path) {
    std::string name = path.string();
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

}  // namespace

std::vector<RecordedFile> parse_record(std::string_view text) {
    std::vector<RecordedFile> files;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) continue;
        RecordedFile file;
        std::size_t end = 0;
        if (line[0] == '"') {
            // RFC 4180: a quote within is doubled.
            for (end = 1; end < line.size(); ++end) {
                if (line[end] == '"' && (end + 1 >= line.size() || line[end + 1] != '"')) break;
                if (line[end] == '"') ++end;
                file.path += line[end];
            }
            end = std::min(line.find(',', end), line.size());
        } else {
            end = std::min(line.find(','), line.size());
            file.path = line.substr(0, end);
        }
        const std::size_t comma = std::min(line.find(',', end + 1), line.size());
        if (end < line.size()) file.digest = line.substr(end + 1, comma - end - 1);
        if (comma < line.size()) file.size = line.substr(comma + 1);
        files.push_back(std::move(file));
    }
    return files;
}

std::string record_digest(std::string_view hexadecimal) {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size() && 2 * i + 1 < hexadecimal.size(); ++i)
        std::from_chars(hexadecimal.data() + 2 * i, hexadecimal.data() + 2 * i + 2, bytes[i], 16);
    std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
    ::nettle_base64_encode_raw(text.data(), bytes.size(), bytes.data());
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::min(text.find('='), text.size()));
    return "sha256=" + text;
}

std::vector<Distribution> installed_distributions(const fs::path& site_packages) {
    std::vector<Distribution> all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(site_packages, error)) {
        if (entry.path().extension() != ".dist-info") continue;
        auto fields = fields_of(read_all(entry.path() / "METADATA"));
        const std::string licence =
            fields.contains("License-Expression") ? fields["License-Expression"] : fields["License"];
        all.push_back({fields["Name"], fields["Version"], licence, entry.path(),
                       parse_record(read_all(entry.path() / "RECORD"))});
    }
    std::sort(all.begin(), all.end(), [](const Distribution& a, const Distribution& b) {
        return normal_name(a.name) < normal_name(b.name);
    });
    return all;
}

void check_records(const fs::path& environment, const fs::path& site_packages,
                   const std::vector<Distribution>& distributions) {
    std::vector<std::string> wrong;
    std::set<fs::path> listed;
    for (const Distribution& distribution : distributions)
        for (const RecordedFile& file : distribution.files) {
            host::throw_if_interrupted();
            check_one(file, environment, site_packages, wrong, listed);
        }
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(site_packages, error)) {
        if (entry.is_directory() || listed.contains(entry.path())) continue;
        if (!is_bytecode(entry.path().string()))
            wrong.push_back(fmt::format("{} is listed by nobody",
                                        entry.path().lexically_relative(site_packages).string()));
    }
    if (wrong.empty()) return;
    std::string text;
    for (std::size_t i = 0; i < wrong.size() && i < most_named; ++i)
        text += "\n    " + wrong[i];
    if (wrong.size() > most_named) text += fmt::format("\n    and {} more", wrong.size() - most_named);
    throw Error("cannot pack the environment", "RECORD is not true:" + text,
                "a wheel of the lock is broken, or two of them have the same file");
}

std::vector<std::string> own_modules(const Distribution& distribution) {
    std::set<fs::path> packages;
    std::set<fs::path> modules;
    std::set<fs::path> programs;
    for (const RecordedFile& file : distribution.files) {
        const fs::path path = file.path;
        const std::string stem = module_stem(path.filename().string());
        if (stem.empty() || stem == "__main__" || !has_importable_names(path.parent_path())) continue;
        if (path.filename() == "__init__.py")
            packages.insert(path.parent_path());
        else if (path.has_parent_path() && path.stem() == stem)
            programs.insert(path.parent_path() / stem);
        else
            modules.insert(path.parent_path() / stem);
    }
    packages.erase(fs::path());  // an __init__.py of the folder itself
    modules.insert(packages.begin(), packages.end());
    std::set<std::string> names;
    for (const auto* found : {&modules, &programs}) {
        for (const fs::path& path : *found)
            if (!is_part_of(path, packages)) names.insert(dotted(path));
        if (!names.empty()) break;
    }
    return {names.begin(), names.end()};
}

std::string bill_of_materials(const std::string& service, const std::string& version,
                              const std::vector<Distribution>& distributions) {
    const auto package_url = [](const std::string& name, const std::string& number) {
        return fmt::format("pkg:pypi/{}@{}", normal_name(name), number);
    };
    using Json = nlohmann::ordered_json;
    Json components = Json::array();
    for (const Distribution& one : distributions) {
        if (normal_name(one.name) == normal_name(service)) continue;
        Json component{{"type", "library"},
                       {"bom-ref", package_url(one.name, one.version)},
                       {"name", one.name},
                       {"version", one.version},
                       {"purl", package_url(one.name, one.version)}};
        // Free text in many a METADATA; only what looks like an identifier is passed on as one.
        if (!one.licence.empty() && one.licence.size() < 64)
            component["licenses"] = Json::array({{{"license", {{"name", one.licence}}}}});
        components.push_back(std::move(component));
    }
    const Json bill{{"bomFormat", "CycloneDX"},
                    {"specVersion", "1.5"},
                    {"version", 1},
                    {"metadata",
                     {{"component",
                       {{"type", "application"},
                        {"bom-ref", package_url(service, version)},
                        {"name", service},
                        {"version", version},
                        {"purl", package_url(service, version)}}}}},
                    {"components", std::move(components)}};
    return bill.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dray::builder
