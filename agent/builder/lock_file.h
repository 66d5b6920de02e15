// The lock of a service's dependencies, in either form.
#pragma once

#include <string>

namespace dray::builder {

/// A pylock.toml (PEP 751) as a requirements file with hashes, which every pip understands: a line for each
/// package that is locked to a version, with its marker and the SHA-256 of each of its files. Throws Error,
/// with file and line, for a package that is no version of an index (a folder, a repository), for one without
/// hashes, and for a text that is no lock. `file` is its name for messages.
std::string requirements_of_pylock(const std::string& text, const std::string& file);

/// Whether a file's name is that of a PEP 751 lock: "pylock.toml", "pylock.prod.toml".
bool is_pylock(const std::string& name);

}  // namespace dray::builder
