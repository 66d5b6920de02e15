// One line put into a text or taken out of it.
#include "resources/line_edit.h"

#include "error.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace dray::resources {
namespace {

// All expressions on all lines together: an honest one is through a megabyte in a tenth of that.
constexpr auto matching_time = std::chrono::seconds(5);

/// A line without its ending, and the ending: "\n", "\r\n", or "" at the end of a text that has none there.
struct TextLine {
    std::string_view text;
    std::string_view ending;
};

std::vector<TextLine> text_lines(std::string_view text) {
    std::vector<TextLine> lines;
    while (!text.empty()) {
        const auto newline = text.find('\n');
        const auto whole = text.substr(0, newline == text.npos ? text.npos : newline + 1);
        text.remove_prefix(whole.size());
        const std::size_t ending = newline == whole.npos ? 0 : whole.ends_with("\r\n") ? 2 : 1;
        lines.push_back({whole.substr(0, whole.size() - ending), whole.substr(whole.size() - ending)});
    }
    return lines;
}

std::string join(const std::vector<TextLine>& lines) {
    std::string text;
    for (const auto& line : lines)
        text.append(line.text).append(line.ending);
    return text;
}

/// Matches lines until its time is over.
class Search {
  public:
    explicit Search(const host::Clock& clock) : clock_(clock), deadline_(clock.steady() + matching_time) {}

    bool finds(const Pattern& pattern, const TextLine& line) const {
        if (clock_.steady() > deadline_)
            throw Error("cannot match the regular expression '" + pattern.text() + "'",
                        "it takes too long on this file",
                        "write it without a repetition inside a repetition");
        return pattern.found_in(line.text);
    }

    /// The index of the last line that it finds, or the number of lines when there is none.
    std::size_t last(const Pattern& pattern, const std::vector<TextLine>& lines) const {
        std::size_t found = lines.size();
        for (std::size_t i = 0; i < lines.size(); ++i)
            if (finds(pattern, lines[i])) found = i;
        return found;
    }

  private:
    const host::Clock& clock_;
    std::chrono::steady_clock::time_point deadline_;
};

/// Puts `line` before the line with this index, or at the end.
void insert(std::vector<TextLine>& lines, std::size_t index, std::string_view line) {
    std::string_view ending = "\n";
    if (!lines.empty()) ending = lines[index > 0 ? index - 1 : 0].ending;
    if (ending.empty()) ending = lines.size() > 1 ? lines[lines.size() - 2].ending : "\n";
    if (index > 0 && lines[index - 1].ending.empty()) lines[index - 1].ending = ending;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(index), {line, ending});
}

}  // namespace

std::string LineEdit::applied_to(const std::string& text, const host::Clock& clock) const {
    const Search search(clock);
    auto lines = text_lines(text);
    const auto equal = [this](const TextLine& each) { return !line.empty() && each.text == line; };
    if (!present) {
        std::erase_if(lines, [&](const TextLine& each) {
            return equal(each) || (match && search.finds(*match, each));
        });
        return join(lines);
    }
    if (match) {
        const auto last = search.last(*match, lines);
        if (last < lines.size()) {
            // An expression for what is to go, "^#Port", does not find the line that came in its place.
            const bool placed = std::ranges::any_of(lines, equal) && !match->found_in(line);
            if (!placed) lines[last].text = line;
            return join(lines);
        }
    }
    if (std::ranges::any_of(lines, equal)) return text;
    std::size_t place = lines.size();
    if (const auto& near = after ? after : before) {
        place = search.last(*near, lines);
        if (place == lines.size())
            throw Error(
                std::string("cannot find the place for the line '") + line + "'",
                std::string("no line matches ") + (after ? "after" : "before") + " = '" + near->text() + "'",
                "correct the expression, or leave it out to put the line at the end");
        if (after) ++place;
    }
    insert(lines, place, line);
    return join(lines);
}

std::vector<std::size_t> LineEdit::matches(const std::string& text, const host::Clock& clock) const {
    const Search search(clock);
    std::vector<std::size_t> numbers;
    const auto lines = text_lines(text);
    for (std::size_t i = 0; match && i < lines.size(); ++i)
        if (search.finds(*match, lines[i])) numbers.push_back(i + 1);
    return numbers;
}

}  // namespace dray::resources
