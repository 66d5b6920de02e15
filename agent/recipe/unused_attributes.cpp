// Attributes that nobody asks for.
#include "recipe/unused_attributes.h"

#include "recipe/origins.h"
#include "suggestion.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace dray::recipe {
namespace {

constexpr std::string_view prefix = "attribute.";

/// Collects the dotted names that follow "attribute." in texts, in tags and out of them.
class Names {
  public:
    void collect(std::string_view text) {
        constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
        for (auto at = text.find(prefix); at != text.npos; at = text.find(prefix, at)) {
            at += prefix.size();
            auto name = text.substr(at, std::min(text.find_first_not_of(letters, at), text.size()) - at);
            while (name.ends_with('.'))
                name.remove_suffix(1);
            names_.emplace(name);
        }
    }

    void collect(const Value& value) {
        if (value.text() != nullptr) collect(std::string_view(*value.text()));
        if (value.list() != nullptr)
            for (const auto& each : *value.list())
                collect(each);
        if (value.table() == nullptr) return;
        for (const auto& [key, each] : *value.table()) {
            collect(std::string_view(key));
            collect(each);
        }
    }

    /// Whether one of them is `name`, or a table that it is in, or a value in it.
    bool have(const std::string& name) const {
        const auto begins = [](std::string_view whole, std::string_view part) {
            return whole.starts_with(part) && (whole.size() == part.size() || whole[part.size()] == '.');
        };
        return std::ranges::any_of(
            names_, [&](const auto& each) { return begins(name, each) || begins(each, name); });
    }

    const std::set<std::string>& all() const { return names_; }

  private:
    std::set<std::string> names_;
};

Names names_in(const Book& book, std::size_t own) {
    Names names;
    for (const auto& declaration : book.declarations) {
        names.collect(Value(declaration.values));
        for (const auto& [key, file] : declaration.files)
            names.collect(std::string_view(file.content));
    }
    for (std::size_t i = 0; i < own; ++i)
        names.collect(Value(book.layers[i].values));  // what recipes pass to those that they include
    return names;
}

}  // namespace

std::vector<UnusedAttribute> unused_attributes(const Book& book, std::size_t own) {
    const auto names = names_in(book, own);
    const auto given = origins(book.layers, own, book.scope.attributes);
    std::vector<std::string> known(names.all().begin(), names.all().end());
    for (const auto& origin : given)
        if (origin.declared) known.push_back(origin.name);
    std::vector<UnusedAttribute> unused;
    for (const auto& origin : given) {
        if (origin.declared || names.have(origin.name)) continue;
        const auto near = nearest(origin.name, known);
        if (!near && !book.left_out.empty()) continue;
        const bool typed = std::ranges::any_of(book.layers, [&](const Layer& layer) {
            return layer.typed && Value(layer.values).find(origin.name) != nullptr;
        });
        unused.push_back({origin.name, origin.places.front().where, near.value_or(""), typed});
    }
    return unused;
}

}  // namespace dray::recipe
