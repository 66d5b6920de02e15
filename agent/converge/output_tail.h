// The end of what a resource's programs have said, bounded, for the report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dray::converge {

/// Lines, of which the oldest are dropped. All of them went to the journal or the terminal already.
class OutputTail {
  public:
    static constexpr std::size_t limit = 16u << 10;  // bytes: some screens; a report is read, not archived
    static constexpr std::size_t line_limit = 2u << 10;

    bool empty() const { return lines_.empty(); }
    void add(std::string_view line);
    /// The lines in order; when some were dropped, the first one says how many.
    std::vector<std::string> lines() const;

  private:
    std::vector<std::string> lines_;  // no deque: an empty one, as most are, would take up memory already
    std::size_t bytes_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace dray::converge
