// The text of a release's tag.
#include "builder/tag_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>

namespace dray::builder {
namespace {

constexpr std::string_view change_mark = "* ";
constexpr std::string_view floor_field = "Dray-Schema-Floor: ";
constexpr std::string_view name_field = "tag ";
constexpr std::string_view signature = "-----BEGIN ";  // of OpenPGP and of ssh

/// Whether this is the line that `git cat-file --batch` puts before an object; and if so, whether that is a
/// tag.
std::optional<bool> object_header(const std::string& line) {
    std::istringstream words(line);
    std::string id;
    std::string type;
    std::string size;
    if (!(words >> id >> type >> size) || id.size() < 40 || !words.eof() ||
        id.find_first_not_of("0123456789abcdef") != id.npos ||
        size.find_first_not_of("0123456789") != size.npos)
        return {};
    return type == "tag";
}

}  // namespace

std::string tag_message(const std::string& service, const Products& products) {
    std::string message = fmt::format("{} {}\n\n", service, products.version.text());
    for (const std::string& change : products.changes)
        message += fmt::format("{}{}\n", change_mark, change);
    if (products.schema_floor) message += fmt::format("\n{}{}\n", floor_field, products.schema_floor->text());
    return message;
}

TagText read_tag(std::string_view tag) {
    TagText text;
    const std::size_t message = tag.find("\n\n");
    if (message == tag.npos) return text;
    std::istringstream lines{std::string(tag.substr(message))};
    for (std::string line; std::getline(lines, line) && !line.starts_with(signature);) {
        if (line.starts_with(change_mark)) text.changes.push_back(line.substr(change_mark.size()));
        if (line.starts_with(floor_field))
            text.schema_floor = Version::parse(std::string_view(line).substr(floor_field.size()));
    }
    return text;
}

std::optional<Version> highest_floor(std::string_view batch) {
    std::optional<Version> highest;
    std::optional<Version> of_tag;
    bool in_tag = false;
    std::istringstream lines{std::string(batch)};
    for (std::string line; std::getline(lines, line);) {
        if (const auto tag = object_header(line)) {
            in_tag = *tag;
            of_tag.reset();
            continue;
        }
        const std::string_view text = line;
        if (in_tag && !of_tag && text.starts_with(name_field))
            of_tag = Version::parse(text.substr(name_field.size()));
        if (!of_tag || !text.starts_with(floor_field)) continue;
        const auto floor = Version::parse(text.substr(floor_field.size()));
        if (floor && *floor <= *of_tag) highest = std::max(highest, floor);
    }
    return highest;
}

}  // namespace dray::builder
