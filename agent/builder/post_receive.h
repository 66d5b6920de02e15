// What git tells a post-receive hook: which refs a push has moved.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// One line of the hook's standard input (githooks(5), post-receive).
struct RefUpdate {
    std::string before;  ///< hash; all zeros for a new ref
    std::string after;   ///< hash; all zeros for a deleted ref
    std::string ref;     ///< "refs/heads/master"

    bool deleted() const { return after.find_first_not_of('0') == std::string::npos; }
};

/// Whether a text is the full hash of a commit: SHA-1 or SHA-256 in hexadecimal.
bool is_hash(const std::string& text);

/// Reads all lines. Throws Error with the line's number for one that is not "old new ref".
std::vector<RefUpdate> parse_ref_updates(std::string_view text);

/// Whether any branch was moved at all: a push of tags needs no further look.
bool moves_a_branch(const std::vector<RefUpdate>& updates);

/// How the push moved `branch`; nothing when it did not, or deleted it.
std::optional<RefUpdate> push_to(const std::vector<RefUpdate>& updates, std::string_view branch);

}  // namespace dray::builder
