// Compressed forms of an index.
#include "builder/compressed.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <sstream>

namespace dray::builder {
namespace {

constexpr int gzip_level = 6;
constexpr int zstd_level = 6;  // a tenth smaller than level 3; beyond it the time grows and the size does not
constexpr int gzip_window = 15 + 16;  // zlib.h: 16 asks for gzip's frame
constexpr int memory_level = 8;       // zlib's default
constexpr std::size_t out_piece = 1u << 18;

std::string gzip_of(std::string_view text) {
    z_stream stream{};
    if (::deflateInit2(&stream, gzip_level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        throw Error("cannot compress the index", "zlib has no memory");
    std::string out(::deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib.h: it is only read
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int code = ::deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (code != Z_STREAM_END) throw Error("cannot compress the index", fmt::format("zlib says {}", code));
    return out;
}

std::string zstd_of(std::string_view text) {
    std::string out(::ZSTD_compressBound(text.size()), '\0');
    const std::size_t size = ::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), zstd_level);
    if (::ZSTD_isError(size) != 0) throw Error("cannot compress the index", ::ZSTD_getErrorName(size));
    out.resize(size);
    return out;
}

}  // namespace

std::string CompressedText::gzip() const {
    std::string all;
    for (const CompressedPiece& piece : pieces)
        all += piece.gzip;
    return all;
}

std::string CompressedText::zstd() const {
    std::string all;
    for (const CompressedPiece& piece : pieces)
        all += piece.zstd;
    return all;
}

std::vector<std::string_view> split_for_compression(std::string_view text) {
    std::vector<std::string_view> pieces;
    while (text.size() > piece_length) {
        const std::size_t end = text.rfind("\n\n", piece_length - 2);
        const std::size_t length = end == text.npos ? piece_length : end + 2;
        pieces.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    // An empty text is one empty piece: an empty file is no gzip file.
    if (!text.empty() || pieces.empty()) pieces.push_back(text);
    return pieces;
}

CompressedText compress(std::string text, const CompressedText& earlier) {
    CompressedText compressed{.plain = std::move(text), .pieces = {}};
    const std::vector<std::string_view> before = split_for_compression(earlier.plain);
    const std::vector<std::string_view> now = split_for_compression(compressed.plain);
    const bool known = before.size() == earlier.pieces.size();
    for (std::size_t i = 0; i < now.size(); ++i)
        if (known && i < before.size() && before[i] == now[i])
            compressed.pieces.push_back(earlier.pieces[i]);
        else
            compressed.pieces.push_back({gzip_of(now[i]), zstd_of(now[i])});
    return compressed;
}

std::string decompress_zstd(std::string_view bytes) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> context(::ZSTD_createDCtx(),
                                                                         &::ZSTD_freeDCtx);
    if (!context) throw Error("cannot read a compressed index", "zstd has no memory");
    std::string text;
    std::string piece(out_piece, '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    while (in.pos < in.size) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        left = ::ZSTD_decompressStream(context.get(), &out, &in);
        if (::ZSTD_isError(left) != 0)
            throw Error("cannot read a compressed index", ::ZSTD_getErrorName(left));
        text.append(piece, 0, out.pos);
        // A full buffer may mean that there is more of what was taken in.
        while (left > 0 && out.pos == out.size) {
            out.pos = 0;
            left = ::ZSTD_decompressStream(context.get(), &out, &in);
            if (::ZSTD_isError(left) != 0)
                throw Error("cannot read a compressed index", ::ZSTD_getErrorName(left));
            text.append(piece, 0, out.pos);
        }
    }
    if (left != 0) throw Error("cannot read a compressed index", "it ends too early");
    return text;
}

std::string decompress_gzip(std::string_view bytes) {
    const auto broken = [](int code) {
        return Error("cannot read a compressed index", fmt::format("it is broken (zlib says {})", code));
    };
    z_stream stream{};
    if (::inflateInit2(&stream, gzip_window) != Z_OK)
        throw Error("cannot read a compressed index", "zlib has no memory");
    std::string text;
    std::string piece(out_piece, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib.h: it is only read
    stream.avail_in = static_cast<uInt>(bytes.size());
    int code = Z_OK;
    while (stream.avail_in > 0 || code == Z_OK) {
        if (code == Z_STREAM_END) ::inflateReset(&stream);  // the next member
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        code = ::inflate(&stream, Z_NO_FLUSH);
        text.append(piece, 0, piece.size() - stream.avail_out);
        if (code != Z_OK && code != Z_STREAM_END) break;
    }
    ::inflateEnd(&stream);
    if (code != Z_STREAM_END) throw broken(code);
    return text;
}

std::string piece_table(const CompressedText& text) {
    std::string table;
    for (const CompressedPiece& piece : text.pieces)
        table += fmt::format("{} {}\n", piece.gzip.size(), piece.zstd.size());
    return table;
}

CompressedText read_pieces(std::string plain, std::string_view table, std::string_view gzip,
                           std::string_view zstd) {
    CompressedText text{.plain = std::move(plain), .pieces = {}};
    std::istringstream lines{std::string(table)};
    std::size_t gzip_size = 0;
    std::size_t zstd_size = 0;
    bool fits = true;
    while (fits && lines >> gzip_size >> zstd_size) {
        fits = gzip_size <= gzip.size() && zstd_size <= zstd.size();
        if (!fits) break;
        text.pieces.push_back(
            {std::string(gzip.substr(0, gzip_size)), std::string(zstd.substr(0, zstd_size))});
        gzip.remove_prefix(gzip_size);
        zstd.remove_prefix(zstd_size);
    }
    if (!fits || !gzip.empty() || !zstd.empty()) text.pieces.clear();
    return text;
}

}  // namespace dray::builder
