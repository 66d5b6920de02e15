// The text of an index, which memory has in compressed pieces: its plain text is read, and written, a piece
// at a time.
#pragma once

#include "digest.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Bytes of a string that several may own.
struct SharedBytes {
    std::shared_ptr<const std::string> owner;
    std::string_view bytes;
};

/// One piece of a text in its two compressed forms.
struct PackedPiece {
    std::size_t size = 0;  ///< of its plain text
    SharedBytes gzip;
    SharedBytes zstd;
};

/// As many whole stanzas (ended by an empty line) as fit into this many bytes are a piece. Half of one is
/// compressed again each time: 3 ms.
constexpr std::size_t piece_length = 64u << 10;

/// A text of stanzas that is mostly appended to. Its pieces depend on the text alone, so the bytes of its
/// compressed forms do too. Copies share them.
class PackedText {
  public:
    using Pieces = std::vector<std::shared_ptr<const PackedPiece>>;

    /// The empty text, which has an empty piece: an empty file is no gzip file.
    PackedText();

    explicit PackedText(std::string_view text);

    /// A text by its two compressed files and the table() of its pieces; nothing when they do not belong
    /// together.
    static std::optional<PackedText> of_files(std::string gzip, std::string zstd, std::string_view table);

    /// How long the plain text is.
    std::uint64_t size() const;

    /// Of the plain text.
    std::string sha256() const;

    /// The compressed files, in parts that follow one another; as long as this object or a copy lives.
    std::vector<std::string_view> gzip() const;
    std::vector<std::string_view> zstd() const;

    /// How long the pieces are in both of them, in a small text of its own.
    std::string table() const;

    const Pieces& pieces() const { return pieces_; }

    /// Whether the plain texts are the same.
    bool operator==(const PackedText& other) const;

  private:
    friend class PackedWriter;
    PackedText(Pieces pieces, std::string sha256);

    Pieces pieces_;
    std::string sha256_;  ///< of the plain text; "" when it is not known
};

/// Reads a packed text from its beginning to its end.
class PackedReader {
  public:
    explicit PackedReader(const PackedText& text);
    ~PackedReader();
    PackedReader(const PackedReader&) = delete;
    PackedReader& operator=(const PackedReader&) = delete;

    /// The plain text of the next piece, which is there until the next call; nothing at the end. Throws Error
    /// when it is broken.
    std::optional<std::string_view> next();

    /// The piece that was read last.
    const std::shared_ptr<const PackedPiece>& piece() const { return pieces_[read_ - 1]; }

    bool at_end() const { return read_ == pieces_.size(); }

  private:
    struct Context;
    PackedText::Pieces pieces_;
    std::size_t read_ = 0;
    std::string plain_;
    std::unique_ptr<Context> context_;
};

/// Makes a packed text of what it is given, from its beginning to its end.
class PackedWriter {
  public:
    void append(std::string_view text);

    /// The same of the plain text of a piece: its compressed bytes are taken over when it begins and ends as
    /// a piece of the new text does.
    void append(std::shared_ptr<const PackedPiece> piece, std::string_view text);

    /// The text of all that was appended; the next begins anew.
    PackedText finish();

  private:
    struct Known {
        std::size_t begin;  ///< in `waiting_`
        std::shared_ptr<const PackedPiece> piece;
    };

    void cut(std::size_t length);

    std::string waiting_;
    std::vector<Known> known_;
    PackedText::Pieces pieces_;
    Sha256 plain_;
};

}  // namespace dray::builder
