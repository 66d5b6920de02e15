// The two forms that an index is compressed in.
#include "builder/compressed.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <zlib.h>
#include <zstd.h>

#include <memory>

namespace dray::builder {
namespace {

constexpr int gzip_level = 6;
constexpr int zstd_level = 6;  // a tenth smaller than level 3; beyond it the time grows and the size does not
constexpr int gzip_window = 15 + 16;  // zlib.h: 16 asks for gzip's frame
constexpr int memory_level = 8;       // zlib's default
constexpr std::size_t out_piece = 1u << 16;

/// An inflating z_stream(3) that is ended with this object.
class Inflation {
  public:
    explicit Inflation(std::string_view bytes) {
        stream_.next_in =
            reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib.h: it is only read
        stream_.avail_in = static_cast<uInt>(bytes.size());
        if (::inflateInit2(&stream_, gzip_window) != Z_OK)
            throw Error("cannot read a compressed index", "zlib has no memory");
    }
    ~Inflation() { ::inflateEnd(&stream_); }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;

    z_stream* operator->() { return &stream_; }
    z_stream* get() { return &stream_; }

  private:
    z_stream stream_{};
};

}  // namespace

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
    out.shrink_to_fit();
    return out;
}

std::string zstd_of(std::string_view text) {
    std::string out(::ZSTD_compressBound(text.size()), '\0');
    const std::size_t size = ::ZSTD_compress(out.data(), out.size(), text.data(), text.size(), zstd_level);
    if (::ZSTD_isError(size) != 0) throw Error("cannot compress the index", ::ZSTD_getErrorName(size));
    out.resize(size);
    out.shrink_to_fit();
    return out;
}

void decompress_zstd(std::string_view bytes, const TakeText& take) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)> context(::ZSTD_createDCtx(),
                                                                         &::ZSTD_freeDCtx);
    if (!context) throw Error("cannot read a compressed index", "zstd has no memory");
    std::string piece(out_piece, '\0');
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 0;
    bool full = false;  // then there may be more of what was taken in
    while (in.pos < in.size || (left > 0 && full)) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        left = ::ZSTD_decompressStream(context.get(), &out, &in);
        if (::ZSTD_isError(left) != 0)
            throw Error("cannot read a compressed index", ::ZSTD_getErrorName(left));
        if (out.pos > 0) take({piece.data(), out.pos});
        full = out.pos == out.size;
    }
    if (left != 0) throw Error("cannot read a compressed index", "it ends too early");
}

void decompress_gzip(std::string_view bytes, const TakeText& take) {
    Inflation stream(bytes);
    std::string piece(out_piece, '\0');
    int code = Z_OK;
    while (stream->avail_in > 0 || code == Z_OK) {
        if (code == Z_STREAM_END) ::inflateReset(stream.get());  // the next member
        stream->next_out = reinterpret_cast<Bytef*>(piece.data());
        stream->avail_out = static_cast<uInt>(piece.size());
        code = ::inflate(stream.get(), Z_NO_FLUSH);
        if (const std::size_t size = piece.size() - stream->avail_out; size > 0) take({piece.data(), size});
        if (code != Z_OK && code != Z_STREAM_END) break;
    }
    if (code != Z_STREAM_END)
        throw Error("cannot read a compressed index", fmt::format("it is broken (zlib says {})", code));
}

}  // namespace dray::builder
