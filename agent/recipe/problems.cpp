// All that is wrong with a recipe.
#include "recipe/problems.h"

#include <utility>

namespace dray::recipe {

void Problems::add(Error error) {
    if (said_.insert(error.text()).second) errors_.push_back(std::move(error));
}

void Problems::caught(const Error& error, const Location& where) {
    auto located = error.at(where);
    if (dynamic_cast<const Unknown*>(&error) == nullptr)
        add(std::move(located));
    else
        note(std::move(located));
}

void Problems::note(Error unknown) {
    if (said_.insert(unknown.text()).second) notes_.push_back(std::move(unknown));
}

}  // namespace dray::recipe
