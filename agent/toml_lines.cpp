// One pass over a TOML text before cpptoml reads it. cpptoml gives no positions for values, crashes on deep
// nesting and lets bad UTF-8 pass.
#include "toml_lines.h"

#include "error.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace dray {
namespace {

using Lines = std::map<std::string, int, std::less<>>;

/// The length of the UTF-8 sequence at the start of `text`, or 0 when it is not one. Source: RFC 3629,
/// section 4.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool too_high = first == 0xF4 && byte(1) > 0x8F;
        return !overlong && !too_high && continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

/// Walks the text a character at a time, knowing strings, comments and brackets.
class Scanner {
  public:
    Scanner(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    Lines scan() {
        check_text(text_, file_);
        while (at_ < text_.size())
            statement();
        return std::move(lines_);
    }

  private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }

    void advance() {
        if (peek() == '\n') ++line_;
        ++at_;
    }

    [[noreturn]] void refuse(int line, const std::string& cause, const std::string& hint) const {
        throw Error(Error::Parts{"cannot read " + file_, cause, hint, {file_, line}});
    }

    void skip_line() {
        while (at_ < text_.size() && peek() != '\n')
            advance();
    }

    /// The text between quotes, which are passed; escapes are left as they are.
    std::string string_token() {
        const char quote = peek();
        const std::string triple(3, quote);
        const bool multiline = starts(triple);
        const std::string_view end =
            multiline ? std::string_view(triple) : std::string_view(triple).substr(0, 1);
        for (std::size_t i = 0; i < end.size(); ++i)
            advance();
        std::string token;
        while (at_ < text_.size() && !starts(end)) {
            if (!multiline && peek() == '\n') return token;  // unterminated: cpptoml says so
            if (quote == '"' && peek() == '\\') {
                token += peek();
                advance();
                if (at_ == text_.size()) return token;
            }
            token += peek();
            advance();
        }
        for (std::size_t i = 0; i < end.size() && at_ < text_.size(); ++i)
            advance();
        return token;
    }

    /// A bare, quoted or dotted key up to `=` or `]`.
    std::vector<std::string> key() {
        std::vector<std::string> parts(1);
        while (at_ < text_.size() && peek() != '=' && peek() != ']' && peek() != '\n' && peek() != '#') {
            if (peek() == '"' || peek() == '\'') {
                parts.back() += string_token();
            } else if (peek() == '.') {
                parts.emplace_back();
                if (parts.size() > static_cast<std::size_t>(toml_depth_limit)) too_deep();
                advance();
            } else {
                if (peek() != ' ' && peek() != '\t' && peek() != '\r') parts.back() += peek();
                advance();
            }
        }
        return parts;
    }

    [[noreturn]] void too_deep() const {
        refuse(line_, fmt::format("nested deeper than {} levels", toml_depth_limit), "write it flatter");
    }

    /// Skips a value, over line ends while brackets are open.
    void value() {
        int depth = 0;
        int dots = 0;  // of the key that may stand here, in an inline table: each makes a table too
        while (at_ < text_.size()) {
            const char c = peek();
            if (c == '.') {
                if (++dots > toml_depth_limit) too_deep();
            } else if (c == '{' || c == ',' || c == '=') {
                dots = 0;
            }
            if (c == '"' || c == '\'') {
                string_token();
                continue;
            }
            if (c == '#') {
                skip_line();
                continue;
            }
            if (c == '\n' && depth == 0) return;
            if (c == '[' || c == '{') {
                if (++depth > toml_depth_limit) too_deep();
            }
            if ((c == ']' || c == '}') && depth > 0) --depth;
            advance();
        }
    }

    /// The path of a table header: the last entry of each array of tables on the way stands for it.
    std::string resolve(const std::vector<std::string>& parts) const {
        std::string path;
        for (const auto& part : parts) {
            if (!path.empty()) path += '.';
            path += part;
            if (const auto array = arrays_.find(path); array != arrays_.end())
                path += fmt::format(".{}", array->second - 1);
        }
        return path;
    }

    void header(int line) {
        const bool array = peek(1) == '[';
        advance();
        if (array) advance();
        const auto parts = key();
        skip_line();
        if (!array) {
            table_ = resolve(parts);
        } else {
            const auto parent = resolve({parts.begin(), parts.end() - 1});
            const auto path = parent.empty() ? parts.back() : parent + "." + parts.back();
            table_ = fmt::format("{}.{}", path, arrays_[path]++);
        }
        lines_.try_emplace(table_, line);
    }

    /// One comment, table header, or key with its value.
    void statement() {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return advance();
        const int line = line_;
        if (c == '#') return skip_line();
        if (c == '[') return header(line);
        const auto parts = key();
        if (peek() != '=') return skip_line();  // not TOML: cpptoml says so
        advance();
        std::string path = table_;
        for (const auto& part : parts)
            path += (path.empty() ? "" : ".") + part;
        lines_.try_emplace(path, line);
        value();
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::string table_;
    std::map<std::string, int> arrays_;  // path of an array of tables to the number of its entries so far
    Lines lines_;
};

}  // namespace

void check_text(std::string_view text, const std::string& file) {
    int line = 1;
    const auto refuse = [&](const std::string& cause, const std::string& hint) {
        throw Error(Error::Parts{"cannot read " + file, cause, hint, {file, line}});
    };
    if (text.starts_with("\xEF\xBB\xBF"))
        refuse("it begins with a byte order mark", "save the file as UTF-8 without one");
    for (std::size_t i = 0; i < text.size();) {
        const auto length = utf8_length(text.substr(i));
        if (length == 0) refuse("a byte that is not UTF-8", "save the file as UTF-8");
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            refuse(fmt::format("a control character (0x{:02x})", c), "remove it, or write it as \\uXXXX");
        if (c == '\n') ++line;
        i += length;
    }
}

Lines toml_lines(std::string_view text, const std::string& file) {
    return Scanner(text, file).scan();
}

}  // namespace dray
