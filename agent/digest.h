// Digests of texts, by libnettle: for telling whether two are the same without keeping them.
#pragma once

#include <nettle/sha2.h>

#include <string>
#include <string_view>

namespace dray {

/// The SHA-256 of the bytes, in 64 small hexadecimal digits, as sha256sum(1) prints it. Source: FIPS 180-4.
std::string sha256(std::string_view bytes);

/// The same of bytes that come one after another.
class Sha256 {
  public:
    Sha256();
    void add(std::string_view bytes);
    /// Of all that was added; the next begins anew.
    std::string take();

  private:
    sha256_ctx context_;
};

/// A digest of the same form that nobody can make, or find the text of by trying, without the key. Source:
/// RFC 2104.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace dray
