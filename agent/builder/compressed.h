// The two forms that an index is compressed in. Both allow members one after another (RFC 1952, 2.2; RFC
// 8878, 3.1), and apt reads them so.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace dray::builder {

/// One gzip member.
std::string gzip_of(std::string_view text);

/// One zstd frame, which says how long its text is.
std::string zstd_of(std::string_view text);

/// Gets a text part by part.
using TakeText = std::function<void(std::string_view part)>;

/// Gives `take` the plain text of a zstd file of any number of frames. Throws Error when it is broken; what
/// was taken until then is of no use.
void decompress_zstd(std::string_view bytes, const TakeText& take);

/// The same of a gzip file of any number of members.
void decompress_gzip(std::string_view bytes, const TakeText& take);

}  // namespace dray::builder
