// The values of one resource.
#include "recipe/properties.h"

#include <stdexcept>

namespace dray::recipe {

template <typename T>
const T& Properties::get(std::string_view key) const {
    const auto found = values_.find(key);
    const T* value = found == values_.end() ? nullptr : std::get_if<T>(&found->second);
    if (value == nullptr) throw std::logic_error(type_ + " has no such value: " + std::string(key));
    return *value;
}

template const std::string& Properties::get(std::string_view) const;
template const std::int64_t& Properties::get(std::string_view) const;
template const bool& Properties::get(std::string_view) const;
template const std::vector<std::int64_t>& Properties::get(std::string_view) const;
template const std::chrono::milliseconds& Properties::get(std::string_view) const;
template const FileText& Properties::get(std::string_view) const;
template const FolderText& Properties::get(std::string_view) const;

bool Properties::is_text(std::string_view key) const {
    const auto found = values_.find(key);
    return found != values_.end() && std::holds_alternative<std::string>(found->second);
}

std::vector<std::string> Properties::texts(std::string_view key) const {
    return has(key) ? get<std::vector<std::string>>(key) : std::vector<std::string>();
}

Value::Table Properties::table(std::string_view key) const {
    return has(key) ? *get<Value>(key).table() : Value::Table();
}

}  // namespace dray::recipe
