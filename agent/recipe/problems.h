// All that is wrong with a recipe, collected so that it can be said in one go.
#pragma once

#include "error.h"

#include <vector>

namespace dray::recipe {

/// Errors in the order in which they were found.
class Problems {
  public:
    void add(Error error) { errors_.push_back(std::move(error)); }
    void add(std::string attempt, std::string cause, std::string hint, Location location) {
        errors_.emplace_back(
            Error::Parts{std::move(attempt), std::move(cause), std::move(hint), std::move(location)});
    }
    bool empty() const { return errors_.empty(); }
    std::size_t size() const { return errors_.size(); }
    const std::vector<Error>& all() const { return errors_; }

  private:
    std::vector<Error> errors_;
};

}  // namespace dray::recipe
