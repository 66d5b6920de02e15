// Removes secrets from every text that leaves a run: the last line of defence, behind values that know that
// they are secret.
#pragma once

#include "converge/run.h"
#include "error.h"
#include "secret.h"

#include <string>
#include <string_view>
#include <vector>

namespace dray::converge {

/// Knows the secrets that a run has read, and replaces each by "(secret)" wherever it stands in a text.
class Redactor {
  public:
    /// Of a secret with several lines each line is one too, since texts are shown line by line. Shorter than
    /// four characters it is not looked for: it would be found everywhere.
    void add(const Secret& secret);

    bool empty() const { return secrets_.empty(); }
    std::string clean(std::string_view text) const;
    Error clean(const Error& error) const;
    /// All that a step says of values, actions, reasons and errors. Its names stand in the recipe as they
    /// are, and hold no secret.
    void clean(Step& step) const;

  private:
    void add(std::string_view text);

    std::vector<std::string> secrets_;  ///< longest first
};

}  // namespace dray::converge
