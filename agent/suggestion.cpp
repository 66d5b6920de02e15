// "Did you mean": the known name nearest to a mistyped one.
#include "suggestion.h"

#include <algorithm>
#include <array>

namespace dray {
namespace {

constexpr std::size_t most_names = 20;    // a reader looks through no more; a recipe may have a thousand
constexpr std::size_t longest_word = 64;  // names are short; a longer one is no slip of the fingers

/// Optimal string alignment: Levenshtein's distance with swaps of neighbours. Neither word is longer than
/// longest_word.
std::size_t distance(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, longest_word + 1>, 3> rows{};
    for (std::size_t i = 0; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i + 2) % 3];
        const auto& second_above = rows[(i + 1) % 3];
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                row[j] = i + j;
                continue;
            }
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], second_above[j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
    if (word.size() > longest_word) return std::nullopt;
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : known) {
        // Words whose lengths differ that much differ by at least as many letters.
        const auto longer = std::max(candidate.size(), word.size()) - std::min(candidate.size(), word.size());
        const bool hopeless = candidate.size() > longest_word || longer >= best_distance;
        const auto far = hopeless ? best_distance : distance(word, candidate);
        if (far < best_distance) {
            best_distance = far;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    if (const auto near = nearest(word, known)) return "did you mean '" + *near + "'?";
    if (known.empty()) return {};
    std::string all;
    for (std::size_t i = 0; i < std::min(known.size(), most_names); ++i)
        all += (all.empty() ? "known: " : ", ") + known[i];
    return known.size() > most_names ? all + ", …" : all;
}

}  // namespace dray
