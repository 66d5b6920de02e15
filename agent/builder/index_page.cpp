// What a Python package index answers about a project.
#include "builder/index_page.h"

#include "error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

namespace dray::builder {
namespace {

constexpr std::string_view hash_mark = "sha256=";

std::string small(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// "%2B" is '+'; anything else stays.
std::string without_escapes(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            result += static_cast<char>(byte);
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// The few references that an attribute's value in such a page can have.
std::string without_references(std::string text) {
    using Pair = std::pair<std::string_view, std::string_view>;
    for (const auto& [reference, plain] :
         std::array{Pair{"&#43;", "+"}, Pair{"&#x2b;", "+"}, Pair{"&quot;", "\""}, Pair{"&amp;", "&"}})
        for (std::size_t at = 0; (at = text.find(reference, at)) != text.npos; at += plain.size())
            text.replace(at, reference.size(), plain);
    return text;
}

/// The value of `href` in the inside of a tag; nothing when it has none.
std::optional<std::string> href_of(std::string_view tag) {
    const std::string lower = small(tag);
    std::size_t at = 0;
    while ((at = lower.find("href", at)) != lower.npos) {
        const bool begins = at > 0 && std::isspace(static_cast<unsigned char>(lower[at - 1]));
        at = lower.find_first_not_of(" \t\r\n", at + 4);
        if (at == lower.npos) return {};
        if (!begins || lower[at] != '=') continue;
        at = lower.find_first_not_of(" \t\r\n", at + 1);
        if (at == lower.npos) return {};
        const char quote = lower[at];
        const bool quoted = quote == '"' || quote == '\'';
        const std::size_t begin = quoted ? at + 1 : at;
        const std::size_t end = quoted ? lower.find(quote, begin) : lower.find_first_of(" \t\r\n", begin);
        return without_references(
            std::string(tag.substr(begin, end == lower.npos ? lower.npos : end - begin)));
    }
    return {};
}

/// Where the tag that begins at `at` ends: a '>' within quotes does not end it.
std::size_t end_of_tag(std::string_view page, std::size_t at) {
    char quote = 0;
    for (; at < page.size(); ++at) {
        if (quote != 0)
            quote = page[at] == quote ? '\0' : quote;
        else if (page[at] == '"' || page[at] == '\'')
            quote = page[at];
        else if (page[at] == '>')
            return at;
    }
    return page.npos;
}

void add_link(ProjectFiles& files, std::string_view link) {
    const std::size_t fragment = link.find('#');
    std::string hash;
    if (fragment != link.npos && link.substr(fragment + 1).starts_with(hash_mark)) {
        hash = small(link.substr(fragment + 1 + hash_mark.size()));
        hash.resize(std::min(hash.size(), hash.find('&')));
    }
    const std::string_view path = link.substr(0, link.find_first_of("?#"));
    const std::size_t slash = path.rfind('/');
    const std::string name = without_escapes(slash == path.npos ? path : path.substr(slash + 1));
    if (!name.empty()) files[name] = hash;
}

}  // namespace

ProjectFiles read_project_page(std::string_view page) {
    ProjectFiles files;
    for (std::size_t at = 0; (at = page.find('<', at)) != page.npos;) {
        if (page.substr(at).starts_with("<!--")) {
            at = page.find("-->", at);
            if (at == page.npos) break;
            continue;
        }
        const std::size_t end = end_of_tag(page, at);
        if (end == page.npos) break;
        const std::string_view tag = page.substr(at + 1, end - at - 1);
        if (tag.size() > 2 && (tag[0] == 'a' || tag[0] == 'A') &&
            std::isspace(static_cast<unsigned char>(tag[1])))
            if (const auto link = href_of(tag)) add_link(files, *link);
        at = end;
    }
    return files;
}

ProjectFiles read_project_json(std::string_view text) {
    ProjectFiles files;
    try {
        const auto page = nlohmann::json::parse(text);
        for (const auto& file : page.at("files")) {
            const auto& hashes = file.at("hashes");
            files[file.at("filename").get<std::string>()] =
                hashes.contains("sha256") ? small(hashes.at("sha256").get<std::string>()) : std::string();
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error("cannot read the index's page", error.what());
    }
    return files;
}

bool is_project_json(std::string_view content_type) {
    return small(content_type).starts_with("application/vnd.pypi.simple.v1+json");
}

}  // namespace dray::builder
