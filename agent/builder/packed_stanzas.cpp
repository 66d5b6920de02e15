// The stanzas of an index that is packed.
#include "builder/packed_stanzas.h"

#include "builder/apt_index.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace dray::builder {
namespace {

/// What is one package of an index, and no other.
using PackageIdentity = std::array<std::string, 3>;

PackageIdentity identity_of(std::string_view stanza) {
    return {stanza_field(stanza, "Package"), stanza_field(stanza, "Version"),
            stanza_field(stanza, "Architecture")};
}

/// Gets a part of a text, of whole stanzas, and returns what becomes of it; nothing when it stays as it is.
using ChangePart = std::function<std::optional<std::string>(std::string_view part)>;

/// How much of a text are whole stanzas.
std::size_t whole_stanzas(std::string_view text) {
    const std::size_t end = text.rfind("\n\n");
    return end == text.npos ? 0 : end + 2;
}

/// Writes the text with each of its parts changed.
void rewrite(const PackedText& text, const ChangePart& change, PackedWriter& writer) {
    PackedReader reader(text);
    std::string begun;  // of a stanza that is longer than a piece
    while (const auto plain = reader.next()) {
        if (begun.empty() && (reader.at_end() || whole_stanzas(*plain) == plain->size())) {
            if (const auto changed = change(*plain))
                writer.append(*changed);
            else
                writer.append(reader.piece(), *plain);
            continue;
        }
        begun += *plain;
        const std::string_view part =
            std::string_view(begun).substr(0, reader.at_end() ? begun.size() : whole_stanzas(begun));
        const auto changed = change(part);
        writer.append(changed ? std::string_view(*changed) : part);
        begun.erase(0, part.size());
    }
}

}  // namespace

std::optional<std::string_view> StanzaReader::next() {
    for (;;) {
        const std::size_t begin = std::min(window_.find_first_not_of('\n', position_), window_.size());
        const std::string_view rest = std::string_view(window_).substr(begin);
        if (const std::size_t end = rest.find("\n\n"); end != rest.npos) {
            position_ = begin + end + 2;
            return rest.substr(0, end + 1);
        }
        const auto more = reader_.next();
        if (!more) {
            position_ = window_.size();
            return rest.empty() ? std::nullopt : std::optional(rest);
        }
        window_.erase(0, begin);
        position_ = 0;
        window_ += *more;
    }
}

PackedText with_stanzas(const PackedText& packages, const std::vector<std::string_view>& stanzas) {
    struct Wanted {
        std::string_view stanza;
        bool placed = false;
    };
    std::map<PackageIdentity, Wanted> wanted;
    std::vector<const Wanted*> in_order;
    std::set<std::string> names;
    for (const std::string_view stanza : stanzas) {
        const auto [place, is_new] = wanted.try_emplace(identity_of(stanza));
        place->second.stanza = stanza;
        if (is_new) in_order.push_back(&place->second);
        names.insert(place->first.front());
    }
    PackedWriter writer;
    rewrite(
        packages,
        [&](std::string_view part) -> std::optional<std::string> {
            std::string changed;
            std::size_t taken = 0;  // of the part
            for (const std::string_view stanza : parse_stanzas(part)) {
                if (!names.contains(stanza_field(stanza, "Package"))) continue;
                const auto found = wanted.find(identity_of(stanza));
                if (found == wanted.end() || std::exchange(found->second.placed, true)) continue;
                const auto begin = static_cast<std::size_t>(stanza.data() - part.data());
                changed.append(part, taken, begin - taken).append(found->second.stanza);
                taken = begin + stanza.size();
            }
            if (taken == 0) return {};
            changed.append(part, taken);
            if (changed == part) return {};
            return changed;
        },
        writer);
    for (const Wanted* one : in_order)
        if (!one->placed) {
            writer.append(one->stanza);
            writer.append("\n");
        }
    return writer.finish();
}

PackedText without_stanzas(const PackedText& packages,
                           const std::function<bool(std::string_view stanza)>& unwanted) {
    PackedWriter writer;
    rewrite(
        packages,
        [&](std::string_view part) -> std::optional<std::string> {
            std::string kept = without_stanzas(part, unwanted);
            if (kept == part) return {};
            return kept;
        },
        writer);
    return writer.finish();
}

}  // namespace dray::builder
