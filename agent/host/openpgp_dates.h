// When OpenPGP keys and signatures begin and cease to be valid.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dray::host {

/// All dates in a keyring or a signed text, in seconds since 1970, in no order: of each key and signature
/// when it was made and, if it says so, when it expires. Nothing is verified. `text` is binary packets, or
/// text in which armoured blocks stand (an InRelease file; the indented form of a .sources file's Signed-By
/// as well); an empty one has no dates. Throws Error for anything else, and for packets of a version that it
/// does not know: whoever asks must not believe that there are no dates. Source: RFC 4880 and RFC
/// 9580, 4.2, 5.2, 5.5 and 6.2.
std::vector<std::int64_t> openpgp_dates(std::string_view text);

}  // namespace dray::host
