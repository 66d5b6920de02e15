// What `dray attributes` and `dray facts` print.
#include "report/values.h"

#include "suggestion.h"
#include "toml_text.h"
#include "value_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::report {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view package_facts = "fact.package.";
constexpr std::size_t widest = 40;  // of a column: longer values push their comment aside, and no others

struct Line {
    std::string text;
    std::string comment;
};

std::string aligned(const std::vector<Line>& lines) {
    std::size_t width = 0;
    for (const auto& line : lines)
        if (line.text.size() <= widest) width = std::max(width, line.text.size());
    std::string out;
    for (const auto& line : lines)
        out += fmt::format("{:<{}}  # {}\n", line.text, width, line.comment);
    return out;
}

}  // namespace

std::string attributes_text(const std::vector<recipe::Origin>& origins) {
    std::vector<std::string> declared;
    for (const auto& origin : origins)
        if (origin.declared) declared.push_back(origin.name);
    std::vector<Line> lines;
    for (const auto& origin : origins) {
        std::string comment;
        for (const auto& place : origin.places) {
            const auto where = place.where.text();
            comment += comment.empty() ? where : fmt::format(", over {} ({})", toml_text(place.value), where);
        }
        if (!origin.declared) {
            const auto near = nearest(origin.name, declared);
            comment += "; no recipe declares it" + (near ? ", did you mean " + *near + "?" : "");
        }
        lines.push_back({origin.name + " = " + toml_text(origin.places.front().value), comment});
    }
    return aligned(lines);
}

std::string attributes_json(const std::vector<recipe::Origin>& origins) {
    auto list = json::array();
    for (const auto& origin : origins) {
        json each = {{"name", origin.name},
                     {"value", value_json(origin.places.front().value)},
                     {"where", origin.places.front().where.text()},
                     {"declared", origin.declared},
                     {"overrides", json::array()}};
        for (auto place = origin.places.begin() + 1; place != origin.places.end(); ++place)
            each["overrides"].push_back(
                {{"value", value_json(place->value)}, {"where", place->where.text()}});
        list.push_back(std::move(each));
    }
    return json_text({{"attributes", std::move(list)}});
}

std::string facts_text(const std::vector<Fact>& facts) {
    std::vector<Line> lines;
    std::size_t packages = 0;
    for (const auto& fact : facts) {
        if (fact.name.starts_with(package_facts)) {
            ++packages;
            continue;
        }
        lines.push_back({fact.name + " = " + toml_text(fact.value), fact.origin});
    }
    auto text = aligned(lines);
    // Hundreds of lines would bury all others.
    if (packages > 0)
        text += fmt::format("# and {}NAME, the version of each of {} packages: --output json lists them\n",
                            package_facts, packages);
    return text;
}

std::string facts_json(const std::vector<Fact>& facts, const std::vector<Error>& errors) {
    json out = {{"facts", json::array()}, {"errors", json::array()}};
    for (const auto& fact : facts)
        out["facts"].push_back(
            {{"name", fact.name}, {"value", value_json(fact.value)}, {"origin", fact.origin}});
    for (const auto& error : errors)
        out["errors"].push_back({{"message", error.what()}, {"hint", error.parts().hint}});
    return json_text(out);
}

}  // namespace dray::report
