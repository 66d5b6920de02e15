// Which versions of a package a recipe accepts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::apt_helper {

/// "latest", "26.11.*", ">= 26.11.3", "26.11.3", or several with commas, all of which have to hold:
/// ">= 26.11.3,
/// << 27". The forms of host::PackageWish::version.
/// Source of the relations: Debian Policy 7.1; of their order: deb-version(7).
class VersionRule {
  public:
    /// Throws Error when the text is none of the forms.
    explicit VersionRule(std::string_view text);

    /// Whether apt's own choice is wanted, whatever it is.
    bool latest() const { return parts_.empty(); }

    /// Whether this Debian version fits. Any version fits "latest". Of a release for a target it is the
    /// release part that is compared, see comparable().
    bool allows(const std::string& version) const;

  private:
    struct Part {
        bool wildcard = false;
        int relation = 0;     ///< one of libapt's pkgCache::Dep::DepCompareOp
        std::string version;  ///< the pattern, or the version to compare with
    };
    static Part read(std::string_view text, std::string_view whole);

    std::vector<Part> parts_;
};

}  // namespace dray::apt_helper
