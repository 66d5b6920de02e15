// The lock of a service's dependencies, in either form.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// A pylock.toml (PEP 751) as a requirements file with hashes, which every pip understands: a line for each
/// package that is locked to a version, with its marker and the SHA-256 of each of its files. Throws Error,
/// with file and line, for a package that is no version of an index (a folder, a repository), for one without
/// hashes, and for a text that is no lock. `file` is its name for messages.
std::string requirements_of_pylock(const std::string& text, const std::string& file);

/// The lines of a requirements file as pip puts them together, without comments, their words a blank apart:
/// one that ends in a backslash goes on in the next.
std::vector<std::string> logical_lines(const std::string& text);

/// Whether such a line is a name with its extras, its version, its marker and hashes, and nothing else: no
/// option, path, URL or variable of the environment.
bool is_plain_requirement(const std::string& line);

/// The distribution that such a line names, in normal form (PEP 503).
std::string required_name(const std::string& line);

/// The SHA-256 of each file that such a line allows, in small hexadecimal digits; hashes of another kind are
/// left out.
std::set<std::string> required_hashes(const std::string& line);

/// A lock with the files that it names by -r and -c, and those that they name: all that decides on what it
/// installs. `folder` is what none of them may lie outside of. Nothing when something else may decide as
/// well: any other option, a path, a URL, a file that is missing, behind a symbolic link or too long, or text
/// that pip may read in another way.
std::optional<std::string> whole_lock(const std::filesystem::path& file, const std::filesystem::path& folder);

/// Whether a file's name is that of a PEP 751 lock: "pylock.toml", "pylock.prod.toml".
bool is_pylock(const std::string& name);

}  // namespace dray::builder
