// What dray-build reads of a pyproject.toml.
#include "builder/pyproject.h"

#include "builder/settings.h"
#include "error.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <vector>

namespace dray::builder {
namespace {

constexpr auto project_file = "pyproject.toml";

constexpr auto version_paths = {"project.version", "tool.poetry.version"};

/// Whether there is a text at this path.
bool has_text(const Value& root, const char* path) {
    const Value* value = root.find(path);
    return value != nullptr && value->text() != nullptr;
}

/// Whether the backend works the version out.
bool is_dynamic(const Value& root) {
    const Value* fields = root.find("project.dynamic");
    return fields != nullptr && fields->list() != nullptr &&
           std::ranges::find(*fields->list(), Value("version")) != fields->list()->end();
}

/// Whether a variable of the environment tells the backend a dynamic version. What it then writes into files
/// of its own it would not write for a version that is a text.
bool takes_variable(const Value& root) {
    // These are asked first, whatever else is installed.
    if (root.find("tool.setuptools.dynamic.version")) return false;
    if (root.find("tool.hatch.version")) {
        const Value* source = root.find("tool.hatch.version.source");
        return source != nullptr && *source == Value("vcs");
    }
    if (root.find("tool.pdm.version")) {
        const Value* source = root.find("tool.pdm.version.source");
        return source != nullptr ? *source == Value("scm") : root.find("tool.pdm.version.use_scm") != nullptr;
    }
    const Value* required = root.find("build-system.requires");
    return required != nullptr && required->list() != nullptr &&
           std::ranges::any_of(*required->list(), [](const Value& one) {
               if (!one.text()) return false;
               const std::string_view text = *one.text();
               const auto end = std::ranges::find_if(text, [](unsigned char c) {
                   return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.';
               });
               const std::string name = normal_name(std::string_view(text.begin(), end));
               return name == "setuptools-scm" || name == "hatch-vcs" || name == "flit-scm" || name == "pbr";
           });
}

/// Where a line begins, counted from 1.
std::size_t line_begin(std::string_view text, int line) {
    std::size_t begin = 0;
    for (int passed = 1; passed < line; ++passed)
        begin = text.find('\n', begin) + 1;
    return begin;
}

/// The text with another value in the line at `location`.
std::string with_text(const std::string& pyproject, std::string_view version, const Location& location) {
    const Error unfit(
        {"cannot write the version", "the line is not of the form version = \"…\"", {}, location});
    if (location.line == 0) throw unfit;
    const std::size_t begin = line_begin(pyproject, location.line);
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

/// A text in an array, its quotes included.
struct Entry {
    std::size_t begin;
    std::size_t end;
};

/// The entries of the array of plain texts that opens at `at`; nothing when it is something else.
std::optional<std::vector<Entry>> array_entries(std::string_view text, std::size_t at) {
    if (at >= text.size() || text[at] != '[') return {};
    std::vector<Entry> entries;
    for (++at; at < text.size(); ++at) {
        const char c = text[at];
        if (c == ']') return entries;
        if (c == '#') {
            at = std::min(text.find('\n', at), text.size());
        } else if (c == '"' || c == '\'') {
            const std::size_t close = text.find(c, at + 1);
            // The names of fields need no escapes, and no more than one line.
            if (close == text.npos || close == at + 1 ||
                text.substr(at, close - at).find_first_of("\\\n") != text.npos)
                return {};
            entries.push_back({at, close + 1});
            at = close;
        } else if (std::string_view(" \t\r\n,").find(c) == std::string_view::npos) {
            return {};
        }
    }
    return {};
}

/// The text without "version" in the list of dynamic fields, and with it in a line of its own before that.
std::string with_dynamic_text(const std::string& pyproject, std::string_view version,
                              const Location& location) {
    const Error unfit({"cannot write the version", "the list is not of the form dynamic = [\"version\"]",
                       "write it on lines of its own below [project]", location});
    if (location.line == 0) throw unfit;
    const std::string_view text = pyproject;
    const std::size_t line = line_begin(text, location.line);
    const std::size_t end = std::min(text.find('\n', line), text.size());
    const std::size_t equals = text.find('=', line);
    if (equals >= end) throw unfit;
    // What stands before the name: an indent, or the table ("project.dynamic").
    const std::size_t name = text.substr(line, equals - line).find("dynamic");
    if (name == text.npos) throw unfit;
    std::string before(text.substr(line, name));
    if (!before.empty() && (before.back() == '"' || before.back() == '\'')) before.pop_back();
    const auto entries = array_entries(text, text.find_first_not_of(" \t", equals + 1));
    if (!entries) throw unfit;

    std::string list(text.substr(line));
    for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
        if (text.substr(entry->begin + 1, entry->end - entry->begin - 2) != "version") continue;
        std::size_t from = entry->begin;
        std::size_t to = entry->end;
        const std::size_t comma = text.find_first_not_of(" \t\r\n", to);
        const auto previous = std::next(entry);
        if (comma != text.npos && text[comma] == ',') {
            to = std::min(text.find_first_not_of(" \t", comma + 1), text.size());
        } else if (previous != entries->rend() &&
                   text.substr(previous->end, from - previous->end).find('#') == text.npos) {
            from = previous->end;
        }
        list.erase(from - line, to - from);
    }
    const bool crlf = end > line && text[end - 1] == '\r';
    return fmt::format("{}{}version = \"{}\"{}{}", text.substr(0, line), before, version,
                       crlf ? "\r\n" : "\n", list);
}

}  // namespace

VersionSource version_source(const std::string& pyproject) {
    const Toml toml = Toml::parse(pyproject, project_file);
    const Value& root = toml.root();
    if (std::ranges::any_of(version_paths, [&](const char* path) { return has_text(root, path); }))
        return VersionSource::text;
    if (is_dynamic(root)) return takes_variable(root) ? VersionSource::environment : VersionSource::computed;
    if (!root.find("project") && !root.find("tool.poetry") && !root.find("tool.flit"))
        return VersionSource::setup_file;
    throw Error({"cannot give the project a version",
                 "there is neither a version in [project] nor dynamic = [\"version\"]",
                 "write version = \"0\" in [project]: dray-build puts the release's version there",
                 {project_file, 0}});
}

std::string with_version(const std::string& pyproject, std::string_view version) {
    const Toml toml = Toml::parse(pyproject, project_file);
    std::string text = pyproject;
    bool written = false;
    for (const char* path : version_paths)
        if (has_text(toml.root(), path)) {
            text = with_text(text, version, toml.where(path));
            written = true;
        }
    const Location list = toml.where("project.dynamic");
    if (!written) text = with_dynamic_text(text, version, list);
    // Whatever a stranger form has made of it is noticed.
    const Toml made = Toml::parse(text, project_file);
    const Value* said = made.root().find("project.version");
    if (!written && (is_dynamic(made.root()) || said == nullptr || *said != Value(version)))
        throw Error({"cannot write the version", "it is not as it was meant", {}, list});
    return text;
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
