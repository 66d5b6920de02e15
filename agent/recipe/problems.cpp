// All that is wrong with a recipe.
#include "recipe/problems.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace dray::recipe {

void Problems::add(Error error) {
    if (said_.insert(error.text()).second) errors_.push_back(std::move(error));
}

std::vector<Error> Problems::by_place() const {
    std::map<std::string, std::size_t> order;
    for (const auto& error : errors_)
        order.emplace(error.parts().location.file, order.size());
    auto sorted = errors_;
    std::ranges::stable_sort(sorted, {}, [&](const Error& error) {
        return std::pair(order.at(error.parts().location.file), error.parts().location.line);
    });
    return sorted;
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
