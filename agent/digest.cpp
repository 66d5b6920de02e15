// Digests of texts, by libnettle.
#include "digest.h"

#include <nettle/base16.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace dray {
namespace {

using Digest = std::array<std::uint8_t, SHA256_DIGEST_SIZE>;

const std::uint8_t* octets(std::string_view bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::string hex(const Digest& digest) {
    std::string text(BASE16_ENCODE_LENGTH(digest.size()), '\0');
    ::nettle_base16_encode_update(text.data(), digest.size(), digest.data());
    return text;
}

}  // namespace

std::string sha256(std::string_view bytes) {
    sha256_ctx context{};
    ::nettle_sha256_init(&context);
    ::nettle_sha256_update(&context, bytes.size(), octets(bytes));
    Digest digest{};
    ::nettle_sha256_digest(&context, digest.size(), digest.data());
    return hex(digest);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    hmac_sha256_ctx context{};
    ::nettle_hmac_sha256_set_key(&context, key.size(), octets(key));
    ::nettle_hmac_sha256_update(&context, bytes.size(), octets(bytes));
    Digest digest{};
    ::nettle_hmac_sha256_digest(&context, digest.size(), digest.data());
    return hex(digest);
}

}  // namespace dray
