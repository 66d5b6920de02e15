// Compressed forms of an index that is mostly appended to: only what has changed is compressed again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// One piece of a text in its two compressed forms. Both formats allow members one after another (RFC 1952,
/// 2.2; RFC 8878, 3.1), and apt reads them so.
struct CompressedPiece {
    std::string gzip;
    std::string zstd;
};

/// A text, compressed piece by piece. The pieces depend on the text alone, so the bytes do too.
struct CompressedText {
    std::string plain;
    std::vector<CompressedPiece> pieces;

    /// All pieces behind each other: the whole text as a gzip file, and as a zstd file.
    std::string gzip() const;
    std::string zstd() const;
};

/// Compresses `text`; pieces at its beginning that `earlier` has too are taken from there.
CompressedText compress(std::string text, const CompressedText& earlier);

/// The plain text of a zstd file of any number of frames. Throws Error when it is broken.
std::string decompress_zstd(std::string_view bytes);

/// The plain text of a gzip file of any number of members. Throws Error when it is broken.
std::string decompress_gzip(std::string_view bytes);

/// What of `text` becomes each piece: as many whole stanzas (ended by an empty line) as fit into
/// `piece_length`.
std::vector<std::string_view> split_for_compression(std::string_view text);

constexpr std::size_t piece_length = 64u << 10;  // half of one is compressed again each time: 3 ms

/// How long the compressed pieces are, in a small text of its own.
std::string piece_table(const CompressedText& text);

/// A text with its pieces, of the table and both compressed files; without pieces when these do not belong
/// together.
CompressedText read_pieces(std::string plain, std::string_view table, std::string_view gzip,
                           std::string_view zstd);

}  // namespace dray::builder
