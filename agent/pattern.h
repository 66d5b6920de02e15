// Regular expressions that come to an end, whatever they are matched against.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace dray {

/// A Perl-compatible regular expression, as people know them from Ansible and Chef. Source: pcre2pattern(3).
///
/// Texts are UTF-8; bytes that are not are skipped over and match nothing. A search that needs more than a
/// fixed number of steps, or more than a few MiB, is given up: an expression such as ^(a+)+$ would otherwise
/// take longer than the world on a line of forty letters.
class Pattern {
  public:
    /// Throws Error with PCRE2's words and the place in the expression when it is none.
    explicit Pattern(std::string expression);
    ~Pattern();
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;

    /// Whether it matches somewhere in `text`. Throws Error when that takes too many steps to tell.
    bool found_in(std::string_view text) const;

    const std::string& text() const { return expression_; }

  private:
    struct Compiled;
    std::string expression_;
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace dray
