// Mustache texts made ready for strict rendering.
#include "recipe/template_marks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::recipe {
namespace {

constexpr std::size_t section_depth_limit = 32;  // kainjow's reader is recursive, and no person nests so deep

/// Mustache cannot tell its data whether a name stands in {{name}} or in {{#name}}, and has no lines in its
/// errors. So each name is marked before it is parsed: mark, 'v' or 's' (variable, section), line, mark,
/// name.
class Marker {
  public:
    Marker(std::string_view text, const Location& start) : text_(text), at_(start) {}

    MarkedTemplate run() {
        while (true) {
            const auto begin = text_.find(open_);
            copy(begin == std::string_view::npos ? text_.size() : begin);
            if (text_.empty()) break;
            tag();
        }
        if (sections_.empty()) return {std::move(out_), std::move(names_)};
        at_.line = sections_.back().second;
        broken(fmt::format("section '{}' is never closed", sections_.back().first),
               fmt::format("write {{{{/{}}}}} where it ends", sections_.back().first));
    }

  private:
    [[noreturn]] void broken(std::string cause, std::string hint) const {
        throw Error(Error::Parts{"cannot render a template", std::move(cause), std::move(hint), at_});
    }

    static std::string_view trimmed(std::string_view text) {
        const auto first = text.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return {};
        return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
    }

    static bool is_punctuation(char c) {
        return std::string_view("!\"#$%&'()*+,-./:;<>?@[\\]^_`{|}~").find(c) != std::string_view::npos;
    }

    void copy(std::size_t length) {
        at_.line += static_cast<int>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        out_ += text_.substr(0, length);
        text_.remove_prefix(length);
    }

    void tag() {
        const bool triple = open_ == "{{" && text_.starts_with("{{{");
        const std::string end = triple ? "}}}" : close_;
        const auto close = text_.find(end, open_.size());
        if (close == std::string_view::npos)
            broken("'" + open_ + "' is never closed by '" + end + "'",
                   "write {{=<% %>=}} before a text that has such brackets of its own");
        const auto length = close + end.size();
        auto inner = trimmed(text_.substr(open_.size(), close - open_.size()));
        const char sigil = inner.empty() ? '\0' : inner.front();
        if (sigil == '=') {
            set_delimiters(inner);
            return copy(length);
        }
        if (sigil == '!') return copy(length);
        if (sigil == '>')
            broken("partials ({{> …}}) are not part of dray's templates",
                   "put the text into the template itself");
        const bool section = sigil == '#' || sigil == '^' || sigil == '/';
        if (section || sigil == '{' || sigil == '&') inner.remove_prefix(1);
        const auto name = trimmed(inner);
        names_.emplace_back(name);
        if (section) {
            // The same mark at both ends of a section, or they would not match.
            const int line = sigil == '/' ? close_section(name) : open_section(name);
            out_ += open_ + sigil + marked('s', line, name) + close_;
        } else {
            out_ += open_ + "&" + marked('v', at_.line, name) + close_;
        }
        at_.line += static_cast<int>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        text_.remove_prefix(length);
    }

    int open_section(std::string_view name) {
        if (sections_.size() == section_depth_limit)
            broken(fmt::format("sections nested deeper than {} levels", section_depth_limit),
                   "write it flatter");
        sections_.emplace_back(name, at_.line);
        return at_.line;
    }

    /// The line on which the section was opened.
    int close_section(std::string_view name) {
        if (sections_.empty())
            broken(fmt::format("section '{}' is closed, but not open", name),
                   "remove its end, or write its beginning");
        const auto [opened, line] = sections_.back();
        if (opened != name)
            broken(fmt::format("section '{}' of line {} is closed as '{}'", opened, line, name),
                   "close the innermost section first");
        sections_.pop_back();
        return line;
    }

    static std::string marked(char kind, int line, std::string_view name) {
        return fmt::format("{}{}{}{}{}", template_mark, kind, line, template_mark, name);
    }

    void set_delimiters(std::string_view inner) {
        const auto first = inner.find_first_not_of("= \t");
        const auto last = inner.find_last_not_of("= \t");
        const auto space = inner.find_first_of(" \t", first == std::string_view::npos ? 0 : first);
        if (first == std::string_view::npos || space == std::string_view::npos || space > last)
            broken("broken delimiter tag", "write {{=<% %>=}}");
        open_ = inner.substr(first, space - first);
        const auto second = inner.find_first_not_of(" \t", space);
        close_ = inner.substr(second, last - second + 1);
        // Letters and digits stand in names and marks, which they would cut.
        for (const auto& delimiter : {open_, close_})
            if (!std::ranges::all_of(delimiter, is_punctuation))
                broken("'" + delimiter + "' cannot begin or end a tag", "take signs such as <% and %>");
    }

    std::string_view text_;
    Location at_;
    std::string open_ = "{{";
    std::string close_ = "}}";
    std::vector<std::pair<std::string_view, int>> sections_;
    std::vector<std::string> names_;
    std::string out_;
};

}  // namespace

MarkedTemplate mark_template(std::string_view text, const Location& start) {
    return Marker(text, start).run();
}

TemplateTag read_mark(const std::string& text) {
    if (text.empty() || text.front() != template_mark) return {true, 0, text};
    const auto end = text.find(template_mark, 1);
    return {text.at(1) == 'v', std::stoi(text.substr(2, end - 2)), text.substr(end + 1)};
}

std::string_view whole_tag(std::string_view text) {
    constexpr std::string_view no_name = "{}#^/!>&= \t\r\n";  // what a sigil or another tag would begin with
    if (!text.starts_with("{{") || !text.ends_with("}}") || text.size() < 5) return {};
    text = text.substr(2, text.size() - 4);
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    return text.find_first_of(no_name) == std::string_view::npos ? text : std::string_view();
}

}  // namespace dray::recipe
