// Whether a package index is one.
#pragma once

#include <filesystem>
#include <string>

namespace dray::apt_helper {

/// What keeps libapt from reading an index of packages or translations, compressed as its name says: "" when
/// it can be read to its end. One that cannot would bar all of the host's lists. Leaves libapt's errors as
/// they were.
std::string index_defect(const std::filesystem::path& file);

}  // namespace dray::apt_helper
