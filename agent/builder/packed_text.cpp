// The text of an index, which memory has in compressed pieces.
#include "builder/packed_text.h"

#include "builder/compressed.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <zstd.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::size_t gzip_least = 18;  // RFC 1952: a header of ten bytes and a trailer of eight

SharedBytes own_bytes(std::string bytes) {
    SharedBytes shared{std::make_shared<const std::string>(std::move(bytes)), {}};
    shared.bytes = *shared.owner;
    return shared;
}

std::shared_ptr<const PackedPiece> packed_piece(std::string_view text) {
    return std::make_shared<const PackedPiece>(
        PackedPiece{text.size(), own_bytes(gzip_of(text)), own_bytes(zstd_of(text))});
}

/// How long the plain text of a gzip member is (RFC 1952, 2.3.1, ISIZE), for lengths that fit.
std::optional<std::size_t> plain_size_of_gzip(std::string_view member) {
    if (member.size() < gzip_least || !member.starts_with(gzip_magic)) return {};
    std::size_t size = 0;
    for (std::size_t i = 1; i <= 4; ++i)
        size = size << 8 | static_cast<unsigned char>(member[member.size() - i]);
    return size;
}

/// The same of bytes that are one zstd frame and nothing else.
std::optional<std::size_t> plain_size_of_zstd(std::string_view frame) {
    if (::ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) return {};
    const unsigned long long size = ::ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size > piece_length) return {};  // or it does not say (ZSTD_CONTENTSIZE_UNKNOWN and _ERROR are large)
    return static_cast<std::size_t>(size);
}

/// `size` bytes of `whole` from `begin` on; `begin` goes on behind them. Nothing when there are not as many.
std::optional<SharedBytes> part_of(const SharedBytes& whole, std::size_t& begin, std::size_t size) {
    if (size > whole.bytes.size() - begin) return {};
    SharedBytes part{whole.owner, whole.bytes.substr(begin, size)};
    begin += size;
    return part;
}

}  // namespace

PackedText::PackedText() : pieces_{packed_piece("")} {}

PackedText::PackedText(Pieces pieces, std::string sha256)
    : pieces_(std::move(pieces)), sha256_(std::move(sha256)) {}

PackedText::PackedText(std::string_view text) {
    PackedWriter writer;
    writer.append(text);
    *this = writer.finish();
}

std::optional<PackedText> PackedText::of_files(std::string gzip, std::string zstd, std::string_view table) {
    const SharedBytes whole_gzip = own_bytes(std::move(gzip));
    const SharedBytes whole_zstd = own_bytes(std::move(zstd));
    Pieces pieces;
    std::istringstream lines{std::string(table)};
    std::size_t in_gzip = 0;
    std::size_t in_zstd = 0;
    for (std::size_t gzip_size = 0, zstd_size = 0; lines >> gzip_size >> zstd_size;) {
        auto gzip_part = part_of(whole_gzip, in_gzip, gzip_size);
        auto zstd_part = part_of(whole_zstd, in_zstd, zstd_size);
        if (!gzip_part || !zstd_part) return {};
        const auto size = plain_size_of_zstd(zstd_part->bytes);
        if (!size || size != plain_size_of_gzip(gzip_part->bytes)) return {};
        pieces.push_back(std::make_shared<const PackedPiece>(
            PackedPiece{*size, std::move(*gzip_part), std::move(*zstd_part)}));
    }
    if (pieces.empty() || in_gzip != whole_gzip.bytes.size() || in_zstd != whole_zstd.bytes.size()) return {};
    return PackedText(std::move(pieces), {});
}

std::uint64_t PackedText::size() const {
    std::uint64_t size = 0;
    for (const auto& piece : pieces_)
        size += piece->size;
    return size;
}

std::string PackedText::sha256() const {
    if (!sha256_.empty()) return sha256_;
    Sha256 plain;
    PackedReader reader(*this);
    while (const auto text = reader.next())
        plain.add(*text);
    return plain.take();
}

std::vector<std::string_view> PackedText::gzip() const {
    std::vector<std::string_view> parts;
    for (const auto& piece : pieces_)
        parts.push_back(piece->gzip.bytes);
    return parts;
}

std::vector<std::string_view> PackedText::zstd() const {
    std::vector<std::string_view> parts;
    for (const auto& piece : pieces_)
        parts.push_back(piece->zstd.bytes);
    return parts;
}

std::string PackedText::table() const {
    std::string table;
    for (const auto& piece : pieces_)
        table += fmt::format("{} {}\n", piece->gzip.bytes.size(), piece->zstd.bytes.size());
    return table;
}

bool PackedText::operator==(const PackedText& other) const {
    return pieces_ == other.pieces_ || (size() == other.size() && sha256() == other.sha256());
}

/// What zstd decompresses with.
struct PackedReader::Context {
    std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> zstd{::ZSTD_createDCtx(), &::ZSTD_freeDCtx};
};

PackedReader::PackedReader(const PackedText& text)
    : pieces_(text.pieces()), context_(std::make_unique<Context>()) {
    if (!context_->zstd) throw Error("cannot read a compressed index", "zstd has no memory");
}

PackedReader::~PackedReader() = default;

std::optional<std::string_view> PackedReader::next() {
    if (at_end()) return {};
    const PackedPiece& piece = *pieces_[read_++];
    plain_.resize(piece.size);
    const std::size_t size = ::ZSTD_decompressDCtx(context_->zstd.get(), plain_.data(), plain_.size(),
                                                   piece.zstd.bytes.data(), piece.zstd.bytes.size());
    if (::ZSTD_isError(size) != 0) throw Error("cannot read a compressed index", ::ZSTD_getErrorName(size));
    return std::string_view(plain_).substr(0, size);
}

void PackedWriter::append(std::string_view text) {
    plain_.add(text);
    while (!text.empty()) {
        const std::string_view some = text.substr(0, piece_length);
        text.remove_prefix(some.size());
        waiting_ += some;
        while (waiting_.size() > piece_length) {
            const std::size_t end = waiting_.rfind("\n\n", piece_length - 2);
            cut(end == waiting_.npos ? piece_length : end + 2);
        }
    }
}

void PackedWriter::append(std::shared_ptr<const PackedPiece> piece, std::string_view text) {
    known_.push_back({waiting_.size(), std::move(piece)});
    append(text);
}

void PackedWriter::cut(std::size_t length) {
    const auto same = std::ranges::find_if(
        known_, [&](const Known& one) { return one.begin == 0 && one.piece->size == length; });
    pieces_.push_back(same == known_.end() ? packed_piece(std::string_view(waiting_).substr(0, length))
                                           : same->piece);
    waiting_.erase(0, length);
    std::erase_if(known_, [&](const Known& one) { return one.begin < length; });
    for (Known& one : known_)
        one.begin -= length;
}

PackedText PackedWriter::finish() {
    if (!waiting_.empty() || pieces_.empty()) cut(waiting_.size());
    known_.clear();
    return {std::exchange(pieces_, {}), plain_.take()};
}

}  // namespace dray::builder
