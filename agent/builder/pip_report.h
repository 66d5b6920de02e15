// What pip says that it has installed, and why it has not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// A file that a Python distribution was installed from.
struct PythonFile {
    std::string name;     ///< of the distribution, in normal form (PEP 503)
    std::string version;  ///< of the distribution
    std::string file;     ///< the wheel or sdist, as the index or the wheelhouse calls it
    std::string sha256;   ///< "-" when it was no file: a commit of some repository
    bool operator==(const PythonFile&) const = default;
};

/// The files in an installation report, which pip writes with --report (pip's documentation, "Installation
/// Report", version 1), by name. Where a file came from is left out: an address may hold a password. Throws
/// Error when the text is none.
std::vector<PythonFile> parse_pip_report(const std::string& json);

/// `files` and `more`, by name; of the same distribution the one in `more`.
std::vector<PythonFile> joined_files(const std::vector<PythonFile>& files,
                                     const std::vector<PythonFile>& more);

/// A line for each: "SHA256 NAME VERSION FILE".
std::string python_files_text(const std::vector<PythonFile>& files);

/// Who wants which of the versions that contradict each other, a line for each, indented. pip writes that to
/// its standard output, and not with its error. "" when `output` has nothing of that.
std::string conflict_text(std::string_view output);

/// Reads such lines; others are left out.
std::vector<PythonFile> parse_python_files(std::string_view text);

}  // namespace dray::builder
