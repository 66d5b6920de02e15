// What PostgreSQL stores of a password.
#include "resources/scram_verifier.h"

#include <spdlog/fmt/fmt.h>

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace dray::resources {
namespace {

constexpr std::string_view mechanism = "SCRAM-SHA-256$";

using Digest = std::array<std::uint8_t, SHA256_DIGEST_SIZE>;

const std::uint8_t* bytes(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

Digest hmac(const Digest& key, std::string_view text) {
    Digest digest{};
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, key.size(), key.data());
    hmac_sha256_update(&context, text.size(), bytes(text));
    hmac_sha256_digest(&context, digest.size(), digest.data());
    return digest;
}

Digest hash(const Digest& text) {
    Digest digest{};
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, text.size(), text.data());
    sha256_digest(&context, digest.size(), digest.data());
    return digest;
}

std::string base64(std::string_view text) {
    std::string out(BASE64_ENCODE_RAW_LENGTH(text.size()), '\0');
    base64_encode_raw(out.data(), text.size(), bytes(text));
    return out;
}

std::string base64(const Digest& digest) {
    return base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string out(BASE64_DECODE_LENGTH(text.size()), '\0');
    std::size_t size = out.size();
    base64_decode_ctx context;
    base64_decode_init(&context);
    const bool good = base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(out.data()),
                                           text.size(), text.data()) == 1 &&
                      base64_decode_final(&context) == 1;
    if (!good) return std::nullopt;
    out.resize(size);
    return out;
}

}  // namespace

std::string password_fault(std::string_view password) {
    if (password.empty()) return "it is empty, and an empty password lets nobody in";
    if (std::ranges::any_of(password, [](char c) { return static_cast<unsigned char>(c) > 0x7F; }))
        return "it has characters beyond ASCII, which programs may write in several ways";
    return "";
}

std::string scram_verifier(std::string_view password, std::string_view salt, unsigned iterations) {
    Digest salted{};
    pbkdf2_hmac_sha256(password.size(), bytes(password), iterations, salt.size(), bytes(salt), salted.size(),
                       salted.data());
    return fmt::format("{}{}:{}${}:{}", mechanism, iterations, base64(salt),
                       base64(hash(hmac(salted, "Client Key"))), base64(hmac(salted, "Server Key")));
}

bool verifies(std::string_view stored, std::string_view password) {
    if (!stored.starts_with(mechanism)) return false;
    const auto rest = stored.substr(mechanism.size());
    const auto colon = rest.find(':');
    const auto dollar = rest.find('$');
    if (colon == rest.npos || dollar == rest.npos || dollar < colon) return false;
    unsigned iterations = 0;
    const char* const end = rest.data() + colon;
    const auto read = std::from_chars(rest.data(), end, iterations);
    if (read.ec != std::errc() || read.ptr != end || iterations == 0 || iterations > most_scram_iterations)
        return false;
    const auto salt = from_base64(rest.substr(colon + 1, dollar - colon - 1));
    return salt && !salt->empty() && scram_verifier(password, *salt, iterations) == stored;
}

}  // namespace dray::resources
