// When OpenPGP keys and signatures begin and cease to be valid.
#include "host/openpgp_dates.h"

#include "error.h"

#include <nettle/base64.h>

#include <cstddef>
#include <string>

namespace dray::host {
namespace {

constexpr auto reading_dates = "cannot read the dates of an OpenPGP text";

constexpr unsigned tag_signature = 2;
constexpr unsigned tag_public_key = 6;
constexpr unsigned tag_public_subkey = 14;
constexpr unsigned type_subkey_binding = 0x18;
constexpr unsigned subpacket_made = 2;
constexpr unsigned subpacket_signature_expires = 3;
constexpr unsigned subpacket_key_expires = 9;
constexpr std::int64_t seconds_a_day = 86400;

/// Big-endian numbers and pieces of a text, from its beginning on.
class Bytes {
  public:
    explicit Bytes(std::string_view text) : text_(text) {}

    bool empty() const { return text_.empty(); }

    std::string_view take(std::size_t count) {
        if (count > text_.size()) throw Error(reading_dates, "it ends in the middle of a packet");
        const auto piece = text_.substr(0, count);
        text_.remove_prefix(count);
        return piece;
    }

    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (const char byte : take(size))
            value = value << 8 | static_cast<unsigned char>(byte);
        return value;
    }

    /// A length of one, two or five octets; those from `reserved` to 254 mean something else.
    std::size_t length(std::uint32_t reserved) {
        const auto first = number(1);
        if (first < 192) return first;
        if (first == 255) return number(4);
        if (first >= reserved) throw Error(reading_dates, "a packet in it has no fixed length");
        return ((first - 192) << 8) + number(1) + 192;
    }

  private:
    std::string_view text_;
};

/// Goes through packets and collects dates.
class PacketReader {
  public:
    explicit PacketReader(std::vector<std::int64_t>& dates) : dates_(dates) {}

    void read(std::string_view packets) {
        Bytes bytes(packets);
        while (!bytes.empty()) {
            const auto first = bytes.number(1);
            if ((first & 0x80) == 0) throw Error(reading_dates, "it is neither packets nor armoured");
            unsigned tag = first & 0x3f;
            std::size_t size = 0;
            if ((first & 0x40) != 0) {
                size = bytes.length(224);
            } else {
                tag = tag >> 2;
                if ((first & 3) == 3) throw Error(reading_dates, "a packet in it has no fixed length");
                size = bytes.number(std::size_t{1} << (first & 3));
            }
            const Bytes body(bytes.take(size));
            if (tag == tag_public_key || tag == tag_public_subkey) read_key(body, tag == tag_public_key);
            if (tag == tag_signature) read_signature(body);
        }
    }

  private:
    void read_key(Bytes body, bool primary) {
        const auto version = body.number(1);
        if (version < 2 || version > 6) throw Error(reading_dates, "a key in it is of an unknown version");
        const std::int64_t made = body.number(4);
        (primary ? primary_made_ : subkey_made_) = made;
        dates_.push_back(made);
        if (version > 3) return;
        const auto days = body.number(2);
        if (days != 0) dates_.push_back(made + days * seconds_a_day);
    }

    void read_signature(Bytes body) {
        const auto version = body.number(1);
        if (version < 2 || version > 6)
            throw Error(reading_dates, "a signature in it is of an unknown version");
        if (version < 4) {
            body.take(2);
            dates_.push_back(body.number(4));
            return;
        }
        const auto type = body.number(1);
        body.take(2);
        Bytes hashed(body.take(body.number(version == 6 ? 4 : 2)));
        std::int64_t made = 0;
        std::int64_t lasts = 0;
        while (!hashed.empty()) {
            Bytes subpacket(hashed.take(hashed.length(255)));
            const auto kind = subpacket.number(1) & 0x7f;
            if (kind == subpacket_made) made = subpacket.number(4);
            if (kind == subpacket_signature_expires) lasts = subpacket.number(4);
            if (kind != subpacket_key_expires) continue;
            const std::int64_t key_lasts = subpacket.number(4);
            const auto key_made = type == type_subkey_binding ? subkey_made_ : primary_made_;
            if (key_lasts != 0) dates_.push_back(key_made + key_lasts);
        }
        dates_.push_back(made);
        if (lasts != 0) dates_.push_back(made + lasts);
    }

    std::vector<std::int64_t>& dates_;
    std::int64_t primary_made_ = 0;
    std::int64_t subkey_made_ = 0;
};

std::string_view trimmed_line(std::string_view line) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = line.find_first_not_of(blanks);
    if (first == line.npos) return {};
    line = line.substr(first, line.find_last_not_of(blanks) - first + 1);
    return line == "." ? std::string_view() : line;  // an empty line, as deb822(5) writes it
}

std::string decoded(std::string_view base64) {
    base64_decode_ctx context;
    ::base64_decode_init(&context);
    std::string bytes(BASE64_DECODE_LENGTH(base64.size()), '\0');
    std::size_t size = bytes.size();
    const bool whole = ::base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(bytes.data()),
                                              base64.size(), base64.data()) == 1 &&
                       ::base64_decode_final(&context) == 1;
    if (!whole) throw Error(reading_dates, "its armour is broken");
    bytes.resize(size);
    return bytes;
}

/// The packets of all armoured blocks, one text each. "SIGNED MESSAGE" begins a signed text and no block.
std::vector<std::string> armoured_blocks(std::string_view text) {
    enum class Place { outside, header, body } place = Place::outside;
    std::vector<std::string> blocks;
    std::string base64;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("-----BEGIN PGP ") && line != "-----BEGIN PGP SIGNED MESSAGE-----") {
            place = Place::header;
            base64.clear();
        } else if (place == Place::header) {
            if (line.empty()) place = Place::body;
        } else if (place == Place::body && line.starts_with("-----END PGP ")) {
            blocks.push_back(decoded(base64));
            place = Place::outside;
        } else if (place == Place::body && !line.starts_with('=')) {  // that is the checksum
            base64 += line;
        }
    }
    if (place != Place::outside) throw Error(reading_dates, "an armoured block in it does not end");
    return blocks;
}

}  // namespace

std::vector<std::int64_t> openpgp_dates(std::string_view text) {
    std::vector<std::int64_t> dates;
    if (text.empty()) return dates;
    if ((static_cast<unsigned char>(text.front()) & 0x80) != 0) {
        PacketReader(dates).read(text);
        return dates;
    }
    const auto blocks = armoured_blocks(text);
    if (blocks.empty()) throw Error(reading_dates, "it is neither packets nor armoured");
    for (const auto& block : blocks)
        PacketReader(dates).read(block);
    return dates;
}

}  // namespace dray::host
