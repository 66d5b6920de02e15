// Digests of texts, by libnettle.
#include "digest.h"

#include <nettle/base16.h>
#include <nettle/hmac.h>

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

Sha256::Sha256() : context_{} {
    ::nettle_sha256_init(&context_);
}

void Sha256::add(std::string_view bytes) {
    ::nettle_sha256_update(&context_, bytes.size(), octets(bytes));
}

std::string Sha256::take() {
    Digest digest{};
    ::nettle_sha256_digest(&context_, digest.size(), digest.data());
    return hex(digest);
}

std::string sha256(std::string_view bytes) {
    Sha256 whole;
    whole.add(bytes);
    return whole.take();
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
