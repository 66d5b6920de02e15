// The texts of an apt repository: Packages and Release, read and written without touching anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The stanzas of a Packages file, without the empty lines between them; views into `packages`.
std::vector<std::string_view> parse_stanzas(std::string_view packages);

/// A field of a stanza, or "".
std::string stanza_field(std::string_view stanza, std::string_view field);

/// `packages` without the stanzas that `unwanted` says yes to.
std::string without_stanzas(std::string_view packages,
                            const std::function<bool(std::string_view stanza)>& unwanted);

/// A stanza with a field set, in place of the one it had.
std::string with_field(std::string_view stanza, std::string_view field, std::string_view value);

/// What a Release file lists of a file: its SHA-256 and its size.
struct Listed {
    std::string sha256;
    std::uint64_t size = 0;
    bool operator==(const Listed&) const = default;
};

/// A Release file, as far as dray-build writes one (the Debian wiki's repository format).
struct Release {
    std::string origin;
    std::string suite;
    std::vector<std::string> architectures;
    std::vector<std::string> components;
    std::map<std::string, Listed> files;     ///< by path below dists/<suite>
    std::chrono::sys_seconds date{};         ///< when it was made
    std::chrono::sys_seconds valid_until{};  ///< a client refuses it afterwards

    /// The text. Valid-Until is in it so that a repository which an attacker froze does not look healthy for
    /// ever.
    std::string text() const;

    /// Reads Release or InRelease (the signature around it is not looked at). Unknown fields are left out.
    static Release parse(std::string_view text);
};

/// Where a package's files lie in the pool: "pool/main/w/warehouse", and "libx" for packages named lib….
std::string pool_folder(std::string_view component, std::string_view package);

}  // namespace dray::builder
