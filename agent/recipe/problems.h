// All that is wrong with a recipe, collected so that it can be said in one go.
#pragma once

#include "error.h"

#include <set>
#include <string>
#include <vector>

namespace dray::recipe {

/// A value cannot be known by whoever runs dray, though nothing is wrong with the recipe: a fact that only
/// root may learn. What depends on it is not checked.
class Unknown : public Error {
  public:
    using Error::Error;
};

/// Errors in the order in which they were found.
class Problems {
  public:
    /// One that has been said already, in the same words and of the same place, is not said again.
    void add(Error error);
    void add(std::string attempt, std::string cause, std::string hint, Location location) {
        add(Error(Error::Parts{std::move(attempt), std::move(cause), std::move(hint), std::move(location)}));
    }
    bool empty() const { return errors_.empty(); }
    std::size_t size() const { return errors_.size(); }
    const std::vector<Error>& all() const { return errors_; }
    /// As somebody who corrects them goes through them: those of a file together, the files in the order in
    /// which they came up, and from top to bottom.
    std::vector<Error> by_place() const;

    /// Adds an error that was caught, at `where` unless it has a place of its own. One of type Unknown is no
    /// mistake: it becomes a note.
    void caught(const Error& error, const Location& where);
    void note(Error unknown);
    /// What could not be checked.
    const std::vector<Error>& notes() const { return notes_; }

  private:
    std::vector<Error> errors_;
    std::vector<Error> notes_;
    std::set<std::string> said_;
};

}  // namespace dray::recipe
