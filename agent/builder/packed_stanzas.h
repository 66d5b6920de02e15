// The stanzas of an index that is packed: read, and changed, without having its plain text in memory.
#pragma once

#include "builder/packed_text.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Reads the stanzas of a packed text, as parse_stanzas() does.
class StanzaReader {
  public:
    explicit StanzaReader(const PackedText& packages) : reader_(packages) {}

    /// The next one, which is there until the next call; nothing at the end. Throws Error when the text is
    /// broken.
    std::optional<std::string_view> next();

  private:
    PackedReader reader_;
    std::string window_;
    std::size_t position_ = 0;
};

/// `packages` with the stanzas in it, one after another: each in place of the one with the same Package,
/// Version and Architecture, else at the end.
PackedText with_stanzas(const PackedText& packages, const std::vector<std::string_view>& stanzas);

/// `packages` without the stanzas that `unwanted` says yes to.
PackedText without_stanzas(const PackedText& packages,
                           const std::function<bool(std::string_view stanza)>& unwanted);

}  // namespace dray::builder
