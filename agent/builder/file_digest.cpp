// Digests of files.
#include "builder/file_digest.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace dray::builder {
namespace {

constexpr std::size_t digest_piece = 1u << 18;

/// Gives all of a file to `take`, piece by piece.
template <typename Take>
void read_pieces_of(const std::filesystem::path& file, Take take) {
    const std::string attempt = fmt::format("cannot read {}", file.string());
    const host::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) throw Error::system(attempt, errno);
    std::vector<std::uint8_t> piece(digest_piece);
    for (;;) {
        const ssize_t count = ::read(descriptor.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) break;
        take(static_cast<std::size_t>(count), piece.data());
    }
}

template <std::size_t size>
std::string in_base16(const std::array<std::uint8_t, size>& digest) {
    std::string text(BASE16_ENCODE_LENGTH(size), '\0');
    ::nettle_base16_encode_update(text.data(), digest.size(), digest.data());
    return text;
}

}  // namespace

std::string file_sha256(const std::filesystem::path& file) {
    sha256_ctx context{};
    ::nettle_sha256_init(&context);
    read_pieces_of(file, [&](std::size_t count, const std::uint8_t* bytes) {
        ::nettle_sha256_update(&context, count, bytes);
    });
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    ::nettle_sha256_digest(&context, digest.size(), digest.data());
    return in_base16(digest);
}

FileChecksums file_checksums(const std::filesystem::path& file) {
    md5_ctx md5{};
    sha1_ctx sha1{};
    sha256_ctx sha256{};
    ::nettle_md5_init(&md5);
    ::nettle_sha1_init(&sha1);
    ::nettle_sha256_init(&sha256);
    FileChecksums checksums;
    read_pieces_of(file, [&](std::size_t count, const std::uint8_t* bytes) {
        ::nettle_md5_update(&md5, count, bytes);
        ::nettle_sha1_update(&sha1, count, bytes);
        ::nettle_sha256_update(&sha256, count, bytes);
        checksums.size += count;
    });
    std::array<std::uint8_t, MD5_DIGEST_SIZE> md5_digest{};
    std::array<std::uint8_t, SHA1_DIGEST_SIZE> sha1_digest{};
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> sha256_digest{};
    ::nettle_md5_digest(&md5, md5_digest.size(), md5_digest.data());
    ::nettle_sha1_digest(&sha1, sha1_digest.size(), sha1_digest.data());
    ::nettle_sha256_digest(&sha256, sha256_digest.size(), sha256_digest.data());
    checksums.md5 = in_base16(md5_digest);
    checksums.sha1 = in_base16(sha1_digest);
    checksums.sha256 = in_base16(sha256_digest);
    return checksums;
}

}  // namespace dray::builder
