// Mustache texts made ready for strict rendering: each tag's name marked with its line and whether it is
// printed.
#pragma once

#include "error.h"

#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// The character that begins and ends a mark. A text that holds it cannot be marked.
constexpr char template_mark = '\x01';  // cannot be in a recipe: toml_lines refuses control characters

/// A text whose tags have marks in place of names.
struct MarkedTemplate {
    std::string text;
    std::vector<std::string> names;  ///< the names in its tags, sections' too
};

/// Marks a text that begins at `start`. Throws Error with file and line for broken syntax, partials, and
/// sections nested deeper than any person writes.
MarkedTemplate mark_template(std::string_view text, const Location& start);

/// What a marked name says.
struct TemplateTag {
    bool variable = false;  ///< printed; else a section
    int line = 0;
    std::string name;
};

/// Reads a mark back.
TemplateTag read_mark(const std::string& text);

/// The name in a text that is one tag and nothing else: "attribute.groups" of "{{ attribute.groups }}"; ""
/// for any other text.
std::string_view whole_tag(std::string_view text);

}  // namespace dray::recipe
