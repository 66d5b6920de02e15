// SHA-256 of files.
#include "builder/file_digest.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace dray::builder {
namespace {

constexpr std::size_t digest_piece = 1u << 18;

}  // namespace

std::string file_sha256(const std::filesystem::path& file) {
    const std::string attempt = fmt::format("cannot read {}", file.string());
    const host::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) throw Error::system(attempt, errno);
    sha256_ctx context{};
    ::nettle_sha256_init(&context);
    std::vector<std::uint8_t> piece(digest_piece);
    for (;;) {
        const ssize_t count = ::read(descriptor.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) break;
        ::nettle_sha256_update(&context, static_cast<std::size_t>(count), piece.data());
    }
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    ::nettle_sha256_digest(&context, digest.size(), digest.data());
    std::string text(BASE16_ENCODE_LENGTH(digest.size()), '\0');
    ::nettle_base16_encode_update(text.data(), digest.size(), digest.data());
    return text;
}

}  // namespace dray::builder
