// What dray-build reads of a pyproject.toml, and how another version is put there.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace dray::builder {

/// How a project takes its version (PEP 621).
enum class VersionSource {
    text,         ///< `version = "…"` in [project] or [tool.poetry]
    computed,     ///< `dynamic = ["version"]`: its build backend reads it out of some file, or works it out
    environment,  ///< the same by setuptools-scm, hatch-vcs, pbr or pdm, which are told by variables
    setup_file,   ///< there is no [project]: setup.py or setup.cfg says it
};

/// Which of them `pyproject` uses; no text at all is a project that has none. Throws Error with file and line
/// when it is no TOML or has neither.
VersionSource version_source(const std::string& pyproject);

/// The same text with `version` as its version, of a project whose version is a text or computed: in the
/// place of what is there, or in [project] and no longer "dynamic". Everything else stays as it is, comments
/// too. Throws Error when it is not written on lines of its own.
std::string with_version(const std::string& pyproject, std::string_view version);

/// What the project is built with: "requires" of [build-system], or the default of PEP 518. Throws Error when
/// it is no TOML, or they are no requirements, see refuse_requirement().
std::set<std::string> build_requirements(const std::string& pyproject);

/// Throws Error for what is no requirement of PEP 508: an option of pip, or more than a line.
void refuse_requirement(const std::string& text);

}  // namespace dray::builder
