// The numbers of releases: YY.MM.NN, written everywhere in PEP 440's normal form ("26.9.3").
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// One release's number. Its parts compare as numbers, as in PEP 440 and in dpkg (Debian Policy 5.6.12).
struct Version {
    int year = 0;    ///< two digits: 26 is 2026
    int month = 0;   ///< 1 to 12
    int number = 0;  ///< counts the releases of the month from 1

    auto operator<=>(const Version&) const = default;

    /// The one form that is ever written: "26.9.3", without leading zeros.
    std::string text() const;

    /// Reads a tag or version. The padded form of older histories ("26.09.03") is understood as well;
    /// whatever is not a version of this scheme (a "v" before it, a fourth part, month 13) is nothing.
    static std::optional<Version> parse(std::string_view text);
};

/// What `next_version` decided.
struct NextVersion {
    Version version;
    std::string note;  ///< why it is not simply the next one of this month, for the terminal; usually empty
};

/// The next number: of the month `today` (UTC), and 1 + the highest of `existing`.
/// It is never lower than one that exists: when the highest is of a later month (the clock went back, or
/// somebody made a tag of the future), counting goes on in that month, and `note` says so. Throws Error when
/// the year has no two digits.
NextVersion next_version(const std::vector<Version>& existing, std::chrono::year_month today);

}  // namespace dray::builder
