// What reprepro's own files of settings say that matters to whoever runs it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// An option of `base`/conf/options, in which "+b/" stands for the base directory; "" when it is not there.
std::string reprepro_option(const std::filesystem::path& base, const std::string& option);

/// The keys that gpg is to sign a distribution with, by the SignWith of `base`/conf/distributions: none are
/// gpg's default key. Nothing when the distribution is not signed by gpg, but not at all or by a script.
std::optional<std::vector<std::string>> reprepro_keys(const std::filesystem::path& base,
                                                      const std::string& distribution);

}  // namespace dray::builder
