// The texts of an apt repository.
#include "builder/apt_index.h"

#include "builder/dates.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace dray::builder {
namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += " " + word;
    return text;
}

}  // namespace

std::vector<std::string_view> parse_stanzas(std::string_view packages) {
    std::vector<std::string_view> stanzas;
    while (!packages.empty()) {
        const std::size_t end = packages.find("\n\n");
        const std::string_view stanza = end == packages.npos ? packages : packages.substr(0, end + 1);
        const std::size_t begin = stanza.find_first_not_of('\n');
        if (begin != stanza.npos) stanzas.push_back(stanza.substr(begin));
        packages.remove_prefix(end == packages.npos ? packages.size() : end + 2);
    }
    return stanzas;
}

std::string stanza_field(std::string_view stanza, std::string_view field) {
    for (std::size_t begin = 0; begin < stanza.size();) {
        const std::size_t end = std::min(stanza.find('\n', begin), stanza.size());
        const std::string_view line = stanza.substr(begin, end - begin);
        if (line.starts_with(field) && line.substr(field.size()).starts_with(": "))
            return std::string(line.substr(field.size() + 2));
        begin = end + 1;
    }
    return {};
}

std::string without_stanzas(std::string_view packages,
                            const std::function<bool(std::string_view stanza)>& unwanted) {
    std::string kept;
    for (const std::string_view stanza : parse_stanzas(packages))
        if (!unwanted(stanza)) kept.append(stanza).push_back('\n');
    return kept;
}

std::string with_field(std::string_view stanza, std::string_view field, std::string_view value) {
    const std::string start = fmt::format("{}: ", field);
    std::string text;
    for (std::size_t begin = 0; begin < stanza.size();) {
        const std::size_t end = std::min(stanza.find('\n', begin), stanza.size() - 1) + 1;
        const std::string_view line = stanza.substr(begin, end - begin);
        if (!line.starts_with(start)) text.append(line);
        begin = end;
    }
    return value.empty() ? text : text + fmt::format("{}{}\n", start, value);
}

std::string Release::text() const {
    std::string text = fmt::format(
        "Origin: {0}\nLabel: {0}\nSuite: {1}\nCodename: {1}\nDate: {2}\nValid-Until: {3}\n"
        "Acquire-By-Hash: yes\nArchitectures:{4}\nComponents:{5}\nSHA256:\n",
        origin, suite, release_date(date), release_date(valid_until), joined(architectures),
        joined(components));
    for (const auto& [path, file] : files)
        text += fmt::format(" {} {} {}\n", file.sha256, file.size, path);
    return text;
}

Release Release::parse(std::string_view text) {
    Release release;
    release.origin = stanza_field(text, "Origin");
    release.suite = stanza_field(text, "Suite");
    release.date = parse_release_date(stanza_field(text, "Date")).value_or(release.date);
    release.valid_until = parse_release_date(stanza_field(text, "Valid-Until")).value_or(release.valid_until);
    release.architectures = words(stanza_field(text, "Architectures"));
    release.components = words(stanza_field(text, "Components"));
    std::istringstream lines{std::string(text)};
    bool in_hashes = false;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(' ')) {
            in_hashes = line == "SHA256:";
            continue;
        }
        if (!in_hashes) continue;
        std::istringstream fields(line);
        Listed file;
        std::string path;
        if (fields >> file.sha256 >> file.size >> path) release.files[path] = file;
    }
    return release;
}

std::string pool_folder(std::string_view component, std::string_view package) {
    const std::string_view letter = package.substr(0, package.starts_with("lib") ? 4 : 1);
    return fmt::format("pool/{}/{}/{}", component, letter, package);
}

}  // namespace dray::builder
