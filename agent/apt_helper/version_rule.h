// Which versions of a package a recipe accepts.
#pragma once

#include <string>
#include <string_view>

namespace dray::apt_helper {

/// "latest", "26.11.*", ">= 26.11.3", "26.11.3": the forms of host::PackageWish::version.
/// Source of the relations: Debian Policy 7.1; of their order: deb-version(7).
class VersionRule {
  public:
    /// Throws Error when the text is none of the forms.
    explicit VersionRule(std::string_view text);

    /// Whether apt's own choice is wanted, whatever it is.
    bool latest() const { return kind_ == Kind::latest; }

    /// Whether this Debian version fits. Any version fits "latest".
    bool allows(const std::string& version) const;

  private:
    enum class Kind { latest, wildcard, relation };

    Kind kind_ = Kind::latest;
    int relation_ = 0;     ///< one of libapt's pkgCache::Dep::DepCompareOp
    std::string version_;  ///< the pattern, or the version to compare with
};

}  // namespace dray::apt_helper
