// What dray-build reads of a pyproject.toml, and how another version is put there.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace dray::builder {

/// How a project takes its version (PEP 621).
enum class VersionSource {
    text,     ///< `version = "…"` in [project] or [tool.poetry]
    dynamic,  ///< the build backend works it out (`dynamic = ["version"]`)
};

/// Which of the two `pyproject` uses. Throws Error with file and line when it is no TOML or has neither.
VersionSource version_source(const std::string& pyproject);

/// The same text with `version` as its version; everything else stays as it is, comments too.
/// Throws Error when the version is not written on a line of its own.
std::string with_version(const std::string& pyproject, std::string_view version);

/// Whether the project describes itself: `readme` in [project] or [tool.poetry], as text or left to the build
/// backend. Throws Error when it is no TOML.
bool has_description(const std::string& pyproject);

/// What the project is built with: "requires" of [build-system], or the default of PEP 518. Throws Error when
/// it is no TOML, or they are no requirements, see refuse_requirement().
std::set<std::string> build_requirements(const std::string& pyproject);

/// Throws Error for what is no requirement of PEP 508: an option of pip, or more than a line.
void refuse_requirement(const std::string& text);

}  // namespace dray::builder
