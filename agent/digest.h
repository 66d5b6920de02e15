// Digests of texts, by libnettle: for telling whether two are the same without keeping them.
#pragma once

#include <string>
#include <string_view>

namespace dray {

/// The SHA-256 of the bytes, in 64 small hexadecimal digits, as sha256sum(1) prints it. Source: FIPS 180-4.
std::string sha256(std::string_view bytes);

/// A digest of the same form that nobody can make, or find the text of by trying, without the key. Source:
/// RFC 2104.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace dray
