// Which Debian packages took part in a build.
#pragma once

#include "builder/build_root.h"
#include "builder/settings.h"
#include "host/process.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The fields of a paragraph (deb822(5)) by their names; of a field of several lines each further line, with
/// its first space, after a line break.
std::map<std::string, std::string> paragraph_fields(std::string_view paragraph);

/// What deb-buildinfo(5) wants to stand in Installed-Build-Depends: of `installed`, paragraphs as dpkg's
/// status file has them, all essential packages, `wanted`, and what each of them depends on, whatever
/// alternative or provider it may have used; as "python3 (= 3.11.2-1+b1)", by name, a package of another
/// architecture than `native` with its architecture. What is not installed is left out.
std::vector<std::string> installed_build_depends(std::string_view installed,
                                                 const std::vector<std::string>& wanted,
                                                 const std::string& native);

/// The paragraphs of all packages that are installed in `root`. Throws Error when dpkg-query(1) fails.
std::string installed_packages(const host::Processes& processes, const Settings& settings,
                               const BuildRoot& root);

}  // namespace dray::builder
