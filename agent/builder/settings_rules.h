// What a setting's text may look like: each function says whether `text` has that form.
#pragma once

#include <string_view>

namespace dray::builder {

/// Not empty, and nothing but letters, digits and `others`.
bool only(std::string_view text, std::string_view others);

/// No control characters.
bool one_line(std::string_view text);

/// "Name <address>", as in a Maintainer field (Debian Policy 5.6.2) and in a git identity.
bool is_identity(std::string_view text);

/// An absolute path in normal form that needs no quoting anywhere.
bool is_plain_path(std::string_view text);

/// A plain path to a file whose folder can be hidden from a test run: none that programs need.
bool is_hideable(std::string_view text);

/// A folder of its own: the whole of it belongs to the package. Two levels below the root are enough in /opt
/// and /srv, where nothing else would be hidden or shipped by mistake.
bool is_prefix(std::string_view text);

/// One where packages keep such folders (Filesystem Hierarchy Standard): all that who pushes may name, as it
/// is root who makes what is missing of the path.
bool is_usual_prefix(std::string_view text);

/// A plain path that confined programs may be shown: none that they have one of their own of, and nothing of
/// the kernel's.
bool is_showable(std::string_view text);

/// A branch's name (git-check-ref-format(1), without its stranger characters).
bool is_branch(std::string_view text);

/// A package's name (Debian Policy 5.6.1).
bool is_package(std::string_view text);

/// A Python distribution's name (core metadata specification).
bool is_distribution(std::string_view text);

/// A path that stays below the folder it is taken from.
bool is_relative(std::string_view text);

/// An http: or https: URL without a user, a password, a query or a fragment.
bool is_web_url(std::string_view text);

/// The fingerprint of an OpenPGP key, or its long form at least.
bool is_key(std::string_view text);

/// A codename: lower-case letters.
bool is_codename(std::string_view text);

/// The ID (os-release(5)) of the distribution that has a release of this codename: "debian" of "bookworm".
/// Empty for one that dray-build does not know by itself. Its Python tools must be able to build: pip 22.3 or
/// newer.
std::string_view distribution_of(std::string_view codename);

/// The name of a system user (Debian Policy 9.2).
bool is_user(std::string_view text);

}  // namespace dray::builder
