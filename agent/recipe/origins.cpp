// Where each attribute comes from.
#include "recipe/origins.h"

#include <utility>

namespace dray::recipe {
namespace {

using Path = std::vector<std::string>;

const Value* find(const Value::Table& table, const Path& path) {
    const Value::Table* at = &table;
    const Value* found = nullptr;
    for (const auto& key : path) {
        if (at == nullptr) return nullptr;
        const auto entry = at->find(key);
        if (entry == at->end()) return nullptr;
        found = &entry->second;
        at = found->table();
    }
    return found;
}

std::string joined(const Path& path) {
    std::string text;
    for (const auto& key : path)
        text += (text.empty() ? "" : ".") + key;
    return text;
}

/// Walks down to the values that are no tables. A key may hold a dot, so paths are kept in parts.
class Walk {
  public:
    Walk(const std::vector<Layer>& layers, std::size_t own) : layers_(layers), own_(own) {}

    std::vector<Origin> run(const Value& merged) {
        below(*merged.table());
        return std::move(origins_);
    }

  private:
    void below(const Value::Table& table) {
        for (const auto& [key, value] : table) {
            path_.push_back(key);
            if (value.table() != nullptr && !value.table()->empty())
                below(*value.table());
            else
                place(value);
            path_.pop_back();
        }
    }

    void place(const Value& merged) {
        Origin origin{joined(path_), {}, false};
        for (std::size_t i = layers_.size(); i-- > 0;) {
            const Value* value = find(layers_[i].values, path_);
            if (value == nullptr) continue;
            if (i < own_) origin.declared = true;
            // Of --set it is the merged value that holds: it may have been read as a text.
            origin.places.push_back(
                {origin.places.empty() ? merged : *value, layers_[i].where(joined(path_))});
        }
        origins_.push_back(std::move(origin));
    }

    const std::vector<Layer>& layers_;
    std::size_t own_;
    Path path_;
    std::vector<Origin> origins_;
};

}  // namespace

std::vector<Origin> origins(const std::vector<Layer>& layers, std::size_t own, const Value& merged) {
    return Walk(layers, own).run(merged);
}

}  // namespace dray::recipe
