// What an environment has installed, read from its dist-info folders (PEP 376, PEP 627).
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

constexpr std::size_t most_metadata = 64u
                                      << 20;  ///< bytes of a METADATA or RECORD: a hundred times the longest

/// One line of RECORD.
struct RecordedFile {
    std::string path;    ///< relative to site-packages, as it stands there
    std::string digest;  ///< "sha256=…" in base64url without padding; empty where none is recorded
    std::string size;
};

/// Reads RECORD: a CSV of three fields, of which the first may be quoted.
std::vector<RecordedFile> parse_record(std::string_view text);

/// "sha256=…" as RECORD has it, of a file's digest in hexadecimal.
std::string record_digest(std::string_view hexadecimal);

/// One installed distribution.
struct Distribution {
    std::string name;
    std::string version;
    std::string licence;
    std::filesystem::path folder;  ///< its dist-info, absolute
    std::vector<RecordedFile> files;
};

/// All distributions below `site_packages`, by name. Throws Error for one without METADATA or
/// RECORD, or with one that is no plain file of at most `most_metadata` bytes.
std::vector<Distribution> installed_distributions(const std::filesystem::path& site_packages);

/// Throws Error, naming the files, when a RECORD is not true: a file that is missing, another one, or outside
/// of `environment`; or when site-packages has a file that no RECORD lists.
void check_records(const std::filesystem::path& environment, const std::filesystem::path& site_packages,
                   const std::vector<Distribution>& distributions);

/// What a distribution brings that can be imported, by the names in its RECORD: the packages, modules and
/// extension modules at the top ("warehouse"), and below folders without an __init__.py, as namespace
/// packages (PEP 420) are, the first packages and the extension modules that name their ABI
/// ("acme.warehouse"). Such a folder may hold programs and libraries as well: other files in it count only
/// when there is nothing else
/// ("acme.main").
std::vector<std::string> own_modules(const Distribution& distribution);

/// A bill of materials in the form of CycloneDX 1.5 (ECMA-424): the service and each distribution beside it.
/// The same for the same distributions, whenever it is made.
std::string bill_of_materials(const std::string& service, const std::string& version,
                              const std::vector<Distribution>& distributions);

}  // namespace dray::builder
