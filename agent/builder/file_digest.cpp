// Digests of files, by libnettle.
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

#include <cerrno>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace dray::builder {
namespace {

constexpr std::size_t digest_piece = 1u << 16;  // more takes no less time

void read_through(const std::filesystem::path& file,
                  const std::function<void(std::span<const std::uint8_t> piece)>& take) {
    const std::string attempt = fmt::format("cannot read {}", file.string());
    const host::Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) throw Error::system(attempt, errno);
    // Most files are small: no time goes into a page that nothing is read into.
    const auto piece = std::make_unique_for_overwrite<std::uint8_t[]>(digest_piece);
    for (;;) {
        const ssize_t count = ::read(descriptor.get(), piece.get(), digest_piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) break;
        take({piece.get(), static_cast<std::size_t>(count)});
    }
}

std::string digits(std::span<const std::uint8_t> digest) {
    std::string text(BASE16_ENCODE_LENGTH(digest.size()), '\0');
    ::nettle_base16_encode_update(text.data(), digest.size(), digest.data());
    return text;
}

std::string sha256_of(sha256_ctx& context) {
    std::vector<std::uint8_t> digest(SHA256_DIGEST_SIZE);
    ::nettle_sha256_digest(&context, digest.size(), digest.data());
    return digits(digest);
}

}  // namespace

std::string file_sha256(const std::filesystem::path& file) {
    sha256_ctx context{};
    ::nettle_sha256_init(&context);
    read_through(file, [&](std::span<const std::uint8_t> piece) {
        ::nettle_sha256_update(&context, piece.size(), piece.data());
    });
    return sha256_of(context);
}

FileDigests file_digests(const std::filesystem::path& file) {
    FileDigests found;
    md5_ctx md5{};
    sha1_ctx sha1{};
    sha256_ctx sha256{};
    ::nettle_md5_init(&md5);
    ::nettle_sha1_init(&sha1);
    ::nettle_sha256_init(&sha256);
    read_through(file, [&](std::span<const std::uint8_t> piece) {
        found.size += piece.size();
        ::nettle_md5_update(&md5, piece.size(), piece.data());
        ::nettle_sha1_update(&sha1, piece.size(), piece.data());
        ::nettle_sha256_update(&sha256, piece.size(), piece.data());
    });
    std::vector<std::uint8_t> digest(MD5_DIGEST_SIZE);
    ::nettle_md5_digest(&md5, digest.size(), digest.data());
    found.md5 = digits(digest);
    digest.resize(SHA1_DIGEST_SIZE);
    ::nettle_sha1_digest(&sha1, digest.size(), digest.data());
    found.sha1 = digits(digest);
    found.sha256 = sha256_of(sha256);
    return found;
}

}  // namespace dray::builder
