// Package files are known by their hash, and copied whole or not at all.
#include "apt_helper/archive_copy.h"

#include "error.h"
#include "host/descriptor.h"
#include "host/file_temporary.h"
#include "host/path_walk.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/hashes.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;
using host::Descriptor;

constexpr std::size_t piece_size = 1u << 18;
constexpr mode_t archive_mode = 0644;  // as apt has it

/// The file opened for reading; nothing when there is none. A link, a device or a pipe is an Error.
std::optional<Descriptor> open_archive(const fs::path& file, const std::string& attempt) {
    Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!opened && errno == ENOENT) return std::nullopt;
    if (!opened) throw Error::system(attempt, errno);
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) throw Error::system(attempt, errno);
    if (!S_ISREG(status.st_mode)) throw Error(attempt, "it is no regular file");
    return opened;
}

/// Reads to the end, calling `take` with each piece. Returns the SHA-256.
template <typename Take>
std::string read_pieces(const Descriptor& file, const std::string& attempt, Take take) {
    Hashes hashes(Hashes::SHA256SUM);
    std::vector<unsigned char> piece(piece_size);
    for (;;) {
        const auto count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) return hashes.GetHashString(Hashes::SHA256SUM).HashValue();
        hashes.Add(piece.data(), static_cast<unsigned long long>(count));
        take(piece.data(), static_cast<std::size_t>(count));
    }
}

host::Place parent_of(const fs::path& file, const std::string& attempt) {
    try {
        return host::open_parent(file, attempt);
    } catch (const std::system_error& error) {
        throw Error::system(attempt, error.code().value(), "its folder is not there");
    }
}

}  // namespace

fs::path archives_folder() {
    return _config->FindDir("Dir::Cache::archives");
}

std::string archive_name(const std::string& name, const std::string& version,
                         const std::string& architecture) {
    return QuoteString(name, "_:") + "_" + QuoteString(version, "_:") + "_" +
           QuoteString(architecture, "_:.") + ".deb";
}

std::string sha256_of(const fs::path& file) {
    const std::string attempt = "cannot read " + file.string();
    const auto opened = open_archive(file, attempt);
    if (!opened) return {};
    return read_pieces(*opened, attempt, [](const unsigned char*, std::size_t) {});
}

std::uint64_t copy_archive(const fs::path& from, const fs::path& to, const std::string& sha256,
                           const std::string& attempt) {
    const auto source = open_archive(from, attempt);
    if (!source) throw Error(attempt, from.string() + " is not there");
    const host::Place place = parent_of(to, attempt);
    auto copy = host::Temporary::file(place, attempt);
    std::uint64_t size = 0;
    const auto found = read_pieces(*source, attempt, [&](const unsigned char* data, std::size_t count) {
        host::write_all(copy.descriptor(), {reinterpret_cast<const char*>(data), count}, attempt);
        size += count;
    });
    if (found != sha256)
        throw Error(attempt, fmt::format("{} has the SHA-256 {}, and should have {}", from.string(), found,
                                         sha256.empty() ? "another" : sha256));
    if (::fchmod(copy.descriptor(), archive_mode) != 0 || ::fsync(copy.descriptor()) != 0)
        throw Error::system(attempt, errno);
    copy.commit();
    return size;
}

void sync_archive(const fs::path& file) {
    const std::string attempt = "cannot write " + file.string() + " to the disk";
    for (const auto& path : {file, file.parent_path()}) {
        const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened && errno == ENOENT) return;
        if (!opened || ::fsync(opened.get()) != 0) throw Error::system(attempt, errno);
    }
}

}  // namespace dray::apt_helper
