// The lines of an authorized_keys file: checked, and merged with those of others.
#include "resources/authorized_keys.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <sstream>
#include <utility>

namespace dray::resources {
namespace {

/// The words of a line; white space in double quotes, as in options, ends none.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        const bool space = (c == ' ' || c == '\t') && !quoted;
        if (!space) word += c;
        if (space && !word.empty()) words.push_back(std::exchange(word, {}));
    }
    if (!word.empty()) words.push_back(word);
    return words;
}

bool is_type(const std::string& word) {
    constexpr std::array<std::string_view, 3> families = {"ssh-", "ecdsa-sha2-", "sk-"};
    return std::ranges::any_of(families, [&](std::string_view family) { return word.starts_with(family); }) &&
           word.find_first_of(",=\"") == std::string::npos;
}

std::optional<std::uint32_t> value_of(char c) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = alphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint32_t>(at);
}

/// RFC 4648, section 4; nothing for what is none of it.
std::optional<std::string> decode(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    const auto padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text.substr(0, text.size() - padding)) {
        const auto value = value_of(c);
        if (!value) return std::nullopt;
        bits = (bits << 6) | *value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>((bits >> count) & 0xff);
    }
    return bytes;
}

/// The lengths of the parts that a key consists of, as RFC 4253, section 6.6 writes it; nothing when they do
/// not fill it exactly.
std::optional<std::vector<std::string>> parts_of(const std::string& bytes) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < bytes.size();) {
        if (bytes.size() - at < 4) return std::nullopt;
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = (length << 8) | static_cast<unsigned char>(bytes[at + i]);
        at += 4;
        if (length > bytes.size() - at) return std::nullopt;
        parts.push_back(bytes.substr(at, length));
        at += length;
    }
    return parts;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::string one_per_line(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines)
        text += line + "\n";
    return text;
}

}  // namespace

std::string key_of(std::string_view line) {
    const auto words = words_of(line);
    for (std::size_t at = 0; at < 2 && at + 1 < words.size(); ++at) {
        if (words[at].starts_with('#')) return {};
        if (is_type(words[at])) return words[at] + " " + words[at + 1];
    }
    return {};
}

std::string fault_of(std::string_view line) {
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; }))
        return "it holds a line break or control character";
    if (line.find("PRIVATE KEY") != std::string_view::npos) return "it is a private key";
    const auto key = key_of(line);
    if (key.empty()) return "there is no public key in it";
    const auto space = key.find(' ');
    const auto type = key.substr(0, space);
    const auto bytes = decode(key.substr(space + 1));
    const auto parts = bytes ? parts_of(*bytes) : std::nullopt;
    if (!parts || parts->size() < 2) return "its key is broken; was all of it copied?";
    if (parts->front() != type) return "its key is of another type than " + type;
    return {};
}

std::string with_keys(const std::string& text, const std::vector<std::string>& wanted, bool exclusive) {
    if (exclusive) return one_per_line(wanted);
    auto lines = lines_of(text);
    bool changed = !text.empty() && !text.ends_with('\n');
    for (const auto& line : wanted) {
        const auto key = key_of(line);
        const auto found = std::ranges::find_if(lines, [&](const auto& each) { return key_of(each) == key; });
        changed |= found == lines.end() || *found != line;
        if (found != lines.end())
            *found = line;
        else
            lines.push_back(line);
    }
    return changed ? one_per_line(lines) : text;
}

}  // namespace dray::resources
