// What a program says, cut into lines as it comes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dray::host {

/// Ends lines at line feeds and at carriage returns, by which programs draw over a line. A line that does not
/// end is not kept: whole lines alone are told, as a secret that is cut in two would not be recognised.
class OutputLines {
  public:
    static constexpr std::size_t limit =
        64u << 10;  // bytes; nobody reads a longer line, and memory is no archive

    /// `line` gets each whole line, without its end.
    explicit OutputLines(std::function<void(std::string_view)> line) : tell_(std::move(line)) {}

    /// The next piece of the output, however it is cut.
    void add(std::string_view piece);
    /// Tells the last line, which nothing has ended.
    void finish();

  private:
    void append(std::string_view text);
    void flush();

    std::function<void(std::string_view)> tell_;
    std::string line_;
    std::size_t size_ = 0;  ///< of the line; more than `line_` has once that was dropped
    bool redrawn_ = false;  ///< a carriage return has just ended a line
};

}  // namespace dray::host
