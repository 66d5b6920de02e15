// One line put into a text or taken out of it, with every other byte left as it is.
#pragma once

#include "host/clock.h"
#include "pattern.h"

#include <optional>
#include <string>
#include <vector>

namespace dray::resources {

/// What is to become of one line, by the rules that people know from Ansible's lineinfile:
/// - the last line that `match` finds becomes `line`; the others that it finds stay;
/// - when it finds none, a line that is equal to `line` already is enough, wherever it stands;
/// - when there is none, `line` goes behind the last line that `after` finds, before the last one that
/// `before`
///   finds, or to the end. Unlike there, an `after` or `before` that finds nothing is an error: the end of a
///   file with sections is the wrong section.
/// With `present` false all lines go that `match` finds or that are equal to `line`.
///
/// Lines end in "\n" or "\r\n"; expressions see them without. A line that is put in gets the ending of its
/// neighbour, and a last line without one keeps that when it is replaced.
struct LineEdit {
    std::string line = {};  ///< without an ending; "" is none
    std::optional<Pattern> match = {};
    std::optional<Pattern> after = {};
    std::optional<Pattern> before = {};
    bool present = true;

    /// The text as it is to be. Throws Error when there is no place for the line, or when the expressions
    /// take longer than a few seconds by this clock.
    std::string applied_to(const std::string& text, const host::Clock& clock) const;

    /// The lines that `match` finds in a text, counted from 1.
    std::vector<std::size_t> matches(const std::string& text, const host::Clock& clock) const;
};

}  // namespace dray::resources
