// Versions of recipes and of dray, and what is asked of them.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// Numbers with dots: "1", "0.1", "26.11.3". Missing numbers count as 0, so that 1.2 equals 1.2.0.
class Version {
  public:
    /// Nothing for any other text; of each number at most nine digits.
    static std::optional<Version> parse(std::string_view text);

    std::strong_ordering operator<=>(const Version& other) const;
    bool operator==(const Version& other) const { return (*this <=> other) == 0; }

  private:
    std::vector<int> numbers_;
};

/// A comparison as recipes write it.
enum class Comparison { equal, not_equal, less, at_most, greater, at_least };

/// A comparison at the beginning of a text, and what follows it: ">= 4". Without a sign it is `equal`.
struct Compared {
    Comparison comparison = Comparison::equal;
    std::string_view operand;
};
Compared parse_comparison(std::string_view text);

/// Whether something that stands in this order to the operand fulfils the comparison.
bool holds(Comparison comparison, std::strong_ordering order);

/// What is asked of a version: ">= 0.1", "1.2.0", or several with commas, ">= 1.2, < 2".
class Requirement {
  public:
    /// Nothing for a text that is none.
    static std::optional<Requirement> parse(std::string_view text);
    bool met_by(const Version& version) const;

  private:
    struct Part {
        Comparison comparison;
        Version version;
    };
    std::vector<Part> parts_;
};

}  // namespace dray::recipe
