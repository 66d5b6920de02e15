// The texts of an apt repository.
#include "builder/apt_index.h"

#include "builder/dates.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

namespace dray::builder {
namespace {

constexpr std::array identity{"Package", "Version", "Architecture"};

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

std::vector<std::string> parse_stanzas(std::string_view packages) {
    std::vector<std::string> stanzas;
    std::istringstream lines{std::string(packages)};
    std::string stanza;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) {
            stanza += line + '\n';
        } else if (!stanza.empty()) {
            stanzas.push_back(std::move(stanza));
            stanza.clear();
        }
    }
    if (!stanza.empty()) stanzas.push_back(std::move(stanza));
    return stanzas;
}

std::string stanza_field(std::string_view stanza, std::string_view field) {
    const std::string start = fmt::format("{}: ", field);
    for (std::size_t begin = 0; begin < stanza.size();) {
        const std::size_t end = std::min(stanza.find('\n', begin), stanza.size());
        const std::string_view line = stanza.substr(begin, end - begin);
        if (line.starts_with(start)) return std::string(line.substr(start.size()));
        begin = end + 1;
    }
    return {};
}

std::string with_stanza(std::string_view packages, const std::string& stanza) {
    const auto same = [&](const std::string& other) {
        return std::all_of(identity.begin(), identity.end(), [&](const char* field) {
            return stanza_field(other, field) == stanza_field(stanza, field);
        });
    };
    std::vector<std::string> stanzas = parse_stanzas(packages);
    const auto found = std::find_if(stanzas.begin(), stanzas.end(), same);
    if (found != stanzas.end())
        *found = stanza;
    else
        stanzas.push_back(stanza);
    std::string text;
    for (const std::string& one : stanzas)
        text += one + '\n';
    return text;
}

std::string Release::text(std::chrono::sys_seconds date, std::chrono::sys_seconds valid_until) const {
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
