// What is looked at in an sdist and a wheel before anybody gets them.
#pragma once

#include "builder/distributions.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The names of the files in an sdist and a wheel.
struct Contents {
    std::set<std::string> sdist;  ///< below its one folder
    std::set<std::string> wheel;  ///< without its metadata, the folder .dist-info
    bool described = false;       ///< whether the wheel's metadata has a description
};

/// Reads what the program that looks into both has written: a letter and a name each, ended by a null byte.
Contents read_contents(std::string_view text);

/// Files of the commit that the sdist lacks, where the wheel could have them from.
struct LeftOut {
    std::vector<std::string> inside;  ///< below the folders of the wheel's packages
    std::vector<std::string>
        beside;  ///< packages beside these, and modules beside those that are in no package
    bool operator==(const LeftOut&) const = default;
};

/// What has been left out of the files in `commit`. Of a package whose modules stand in the commit under
/// other names nothing is known. What an installed package has from elsewhere its backend was told by name,
/// and it fails by itself without that.
LeftOut find_left_out(const Contents& contents, const std::set<std::string>& commit);

/// The files below a folder, links too, with what is left of their names.
std::set<std::string> files_below(const std::filesystem::path& folder);

/// Looks over what was built. `commit` are the names of the commit's files, and `export_again` puts them into
/// a folder. Returns what a person should know though it is no error: files of the commit that end up
/// nowhere, and that twine(1) is not there. Throws Error
/// - when files that a wheel made from the commit has are not in the one that was made from the sdist. Only
///   for files that the sdist lacks that other wheel is made at all;
/// - when twine finds errors in the metadata. It is not asked when there is no description: it looks at
///   nothing else, and version 4 calls an empty one an error.
std::vector<std::string> check_distributions(
    const host::Processes& processes, host::Files& files, const Settings& settings,
    const Interpreter& interpreter, const std::set<std::string>& commit,
    const std::function<Source(const std::filesystem::path&)>& export_again,
    const std::filesystem::path& scratch, const BuildCache& cache, const Products& products);

}  // namespace dray::builder
