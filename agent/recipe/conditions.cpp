// `only_on`: whether a resource belongs on this host.
#include "recipe/conditions.h"

#include "debian_version.h"
#include "error.h"
#include "recipe/version.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <compare>

namespace dray::recipe {
namespace {

bool is_number(const Value& value) {
    return value.integer() != nullptr || value.number() != nullptr;
}

double number(const Value& value) {
    return value.integer() != nullptr ? static_cast<double>(*value.integer()) : *value.number();
}

[[noreturn]] void refuse(const std::string& name, std::string cause, std::string hint) {
    throw Error("cannot check the condition on " + name, std::move(cause), std::move(hint));
}

std::strong_ordering order_of(double a, double b) {
    return a < b   ? std::strong_ordering::less
           : a > b ? std::strong_ordering::greater
                   : std::strong_ordering::equal;
}

/// Compares with "less", "greater" and the like; numbers, or texts that are versions.
bool ordered(const std::string& name, const Value& value, const Compared& wanted) {
    const auto right = Version::parse(wanted.operand);
    if (is_number(value)) {
        try {
            std::size_t end = 0;
            const auto limit = std::stod(std::string(wanted.operand), &end);
            if (end == wanted.operand.size()) return holds(wanted.comparison, order_of(number(value), limit));
        } catch (const std::logic_error&) {  // no number: said below
        }
        refuse(name, fmt::format("it is {}, and '{}' is no number", value.kind(), wanted.operand),
               "write a number after the sign");
    }
    const auto left = value.text() != nullptr ? Version::parse(*value.text()) : std::nullopt;
    if (!left || !right)
        refuse(name, fmt::format("'{}' and '{}' cannot be put in order", value.show(), wanted.operand),
               "numbers can, and versions such as 12 or 1.2.0");
    return holds(wanted.comparison, *left <=> *right);
}

bool matches(const std::string& name, const Value& value, const Value& wanted) {
    if (wanted.text() != nullptr) {
        const auto compared = parse_comparison(*wanted.text());
        if (compared.comparison != Comparison::equal && compared.comparison != Comparison::not_equal)
            return ordered(name, value, compared);
        const bool equal = value.show() == compared.operand;
        if (value.text() == nullptr && compared.operand.size() == wanted.text()->size())
            refuse(name, fmt::format("it is {}, and compared with a text", value.kind()),
                   fmt::format("write {} = {}", name, value.show()));
        return equal == (compared.comparison == Comparison::equal);
    }
    if (is_number(value) && is_number(wanted)) return order_of(number(value), number(wanted)) == 0;
    if (value.kind() != wanted.kind())
        refuse(name, fmt::format("it is {}, and compared with {}", value.kind(), wanted.kind()),
               value.text() != nullptr ? "write the value in quotes" : "write a value of the same kind");
    return value == wanted;
}

/// Whether there is a secret at all may be asked: one is never the empty text. What it is may not.
bool secret_matches(const std::string& name, const Value& wanted) {
    if (wanted.text() != nullptr) {
        const auto compared = parse_comparison(*wanted.text());
        if (compared.operand.empty() && compared.comparison == Comparison::not_equal) return true;
        if (compared.operand.empty() && compared.comparison == Comparison::equal) return false;
    }
    refuse(name, "it is a secret",
           "compare with something that may be shown, or ask by \"!=\" whether there is one");
}

constexpr std::string_view packages = "fact.package";

/// The package that a condition is about; "" for any other.
std::string_view package_in(std::string_view name) {
    const bool is_one =
        name.starts_with(packages) && name.size() > packages.size() + 1 && name[packages.size()] == '.';
    return is_one ? name.substr(packages.size() + 1) : std::string_view();
}

/// `version` is empty for a package that is not installed.
bool package_matches(const std::string& name, const std::string& version, const Value& wanted) {
    if (wanted.truth() != nullptr) return *wanted.truth() != version.empty();
    if (wanted.text() == nullptr)
        refuse(name, fmt::format("it is a version, and compared with {}", wanted.kind()),
               "write a version in quotes, or true or false");
    const auto compared = parse_comparison(*wanted.text());
    return !version.empty() &&
           holds(compared.comparison,
                 compare_debian_versions(comparable(version, compared.operand), compared.operand));
}

/// Whether the wanted value, or one of a list, is matched.
template <typename Matches>
bool any_matches(const Value& wanted, const Matches& matches) {
    return wanted.list() == nullptr ? matches(wanted) : std::ranges::any_of(*wanted.list(), matches);
}

std::optional<std::string> unmet_package(const std::string& name, const Value& wanted,
                                         const Renderer& names) {
    const auto& installed = *names.value(packages).table();
    const auto found = installed.find(package_in(name));
    const auto version = found != installed.end() ? found->second.show() : std::string();
    if (any_matches(wanted, [&](const Value& each) { return package_matches(name, version, each); }))
        return std::nullopt;
    return version.empty() ? fmt::format("package {} is not installed", package_in(name))
                           : fmt::format("{} is {}", name, version);
}

/// The texts of a condition with their tags replaced: it may compare a fact with an item.
Value rendered(const Value& wanted, const Renderer& names, const Value* item) {
    if (wanted.text() != nullptr) return Value(names.render_shown(*wanted.text(), {}, item));
    if (wanted.list() == nullptr) return wanted;
    Value::List list;
    for (const auto& each : *wanted.list())
        list.push_back(rendered(each, names, item));
    return Value(std::move(list));
}

std::optional<std::string> unmet_below(const std::string& prefix, const Value::Table& conditions,
                                       const Renderer& names, const Value* item) {
    for (const auto& [key, written] : conditions) {
        const auto name = prefix + key;
        if (written.table() != nullptr) {
            if (auto reason = unmet_below(name + ".", *written.table(), names, item)) return reason;
            continue;
        }
        const Value wanted = rendered(written, names, item);
        if (!package_in(name).empty()) {
            if (auto reason = unmet_package(name, wanted, names)) return reason;
            continue;
        }
        const Value& value = names.value(name, item);
        if (value.secret() != nullptr) {
            if (!any_matches(wanted, [&](const Value& each) { return secret_matches(name, each); }))
                return name + " is a secret";
            continue;
        }
        if (value.table() != nullptr || value.list() != nullptr)
            refuse(name, fmt::format("it is {}", value.kind()),
                   value.table() != nullptr ? "name one of its keys"
                                            : "compare a text, a number, true or false");
        const bool met = any_matches(wanted, [&](const Value& each) { return matches(name, value, each); });
        if (!met) return fmt::format("{} is {}", name, value.show());
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> unmet(const Value::Table& conditions, const Renderer& names, const Value* item) {
    return unmet_below({}, conditions, names, item);
}

}  // namespace dray::recipe
