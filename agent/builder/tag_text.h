// The text of a release's tag: what was changed, and what later releases have to know of this one.
#pragma once

#include "builder/products.h"
#include "builder/version.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// What a tag's text says of its release.
struct TagText {
    std::vector<std::string> changes;     ///< subjects, newest first
    std::optional<Version> schema_floor;  ///< see Products
};

/// The message that a release's tag gets.
std::string tag_message(const std::string& service, const Products& products);

/// Reads that message again, out of a tag as git keeps it (git-mktag(1)), signed or not. A tag that somebody
/// else made has neither changes nor a floor.
TagText read_tag(std::string_view tag);

/// The highest schema floor among tags, as `git cat-file --batch` shows them. Only floors that the tag's own
/// version reaches count: a release cannot need a later one.
std::optional<Version> highest_floor(std::string_view batch);

}  // namespace dray::builder
