// What dray-build reads of a pyproject.toml.
#include "builder/pyproject.h"

#include "error.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace dray::builder {
namespace {

constexpr auto project_file = "pyproject.toml";

/// The path of the text version within `root`, or nothing.
std::optional<std::string> version_path(const Value& root) {
    for (const char* path : {"project.version", "tool.poetry.version"})
        if (const Value* value = root.find(path); value && value->text()) return path;
    return {};
}

/// Whether the backend works this field of [project] out.
bool is_dynamic(const Value& root, const char* field) {
    const Value* fields = root.find("project.dynamic");
    return fields != nullptr && fields->list() != nullptr &&
           std::ranges::find(*fields->list(), Value(field)) != fields->list()->end();
}

}  // namespace

VersionSource version_source(const std::string& pyproject) {
    const Toml toml = Toml::parse(pyproject, project_file);
    if (version_path(toml.root())) return VersionSource::text;
    if (is_dynamic(toml.root(), "version")) return VersionSource::dynamic;
    throw Error({"cannot give the project a version",
                 "there is neither a version in [project] nor dynamic = [\"version\"]",
                 "write version = \"0\" in [project]: dray-build puts the release's version there",
                 {project_file, 0}});
}

bool has_description(const std::string& pyproject) {
    const Toml toml = Toml::parse(pyproject, project_file);
    return toml.root().find("project.readme") != nullptr ||
           toml.root().find("tool.poetry.readme") != nullptr || is_dynamic(toml.root(), "readme");
}

std::string with_version(const std::string& pyproject, std::string_view version) {
    const Toml toml = Toml::parse(pyproject, project_file);
    const auto path = version_path(toml.root());
    const Location location = path ? toml.where(*path) : Location{project_file, 0};
    const Error unfit(
        {"cannot write the version", "the line is not of the form version = \"…\"", {}, location});
    if (!path || location.line == 0) throw unfit;

    std::size_t begin = 0;
    for (int line = 1; line < location.line; ++line)
        begin = pyproject.find('\n', begin) + 1;
    const std::size_t end = std::min(pyproject.find('\n', begin), pyproject.size());
    const std::string_view line(pyproject.data() + begin, end - begin);
    const std::size_t equals = line.find('=');
    const std::size_t open = equals == line.npos ? line.npos : line.find_first_not_of(" \t", equals + 1);
    if (open == line.npos || (line[open] != '"' && line[open] != '\'')) throw unfit;
    const std::size_t close = line.find(line[open], open + 1);
    if (line.substr(0, equals).find("version") == line.npos || close == line.npos || close == open + 1)
        throw unfit;
    return pyproject.substr(0, begin + open + 1) + std::string(version) + pyproject.substr(begin + close);
}

void refuse_requirement(const std::string& text) {
    const bool plain = !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
                       std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (!plain)
        throw Error("cannot install what the build needs", fmt::format("\"{}\" is no requirement", text),
                    "PEP 508 says what one looks like");
}

std::set<std::string> build_requirements(const std::string& pyproject) {
    const Toml toml = Toml::parse(pyproject, project_file);
    const Value* required = toml.root().find("build-system.requires");
    if (!required) return {"setuptools>=40.8.0", "wheel"};
    std::set<std::string> all;
    const Error unfit({"cannot build the project",
                       "[build-system] requires is no list of requirements",
                       {},
                       toml.where("build-system.requires")});
    if (!required->list()) throw unfit;
    for (const Value& one : *required->list()) {
        if (!one.text()) throw unfit;
        refuse_requirement(*one.text());
        all.insert(*one.text());
    }
    return all;
}

}  // namespace dray::builder
