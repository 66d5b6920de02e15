// What reprepro's own files of settings say.
#include "builder/reprepro_settings.h"

#include <strings.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// One distribution, as far as it matters.
struct Described {
    std::vector<std::string> names;  ///< Codename and Suite: reprepro(1) takes both
    std::vector<std::string> sign_with;
};

bool is_called(const Described& described, const std::string& name) {
    for (const std::string& one : described.names)
        if (one == name) return true;
    return false;
}

/// The distributions, which empty lines keep apart; each field may go on in lines that begin with a blank.
std::vector<Described> distributions_in(const fs::path& file) {
    std::vector<Described> all(1);
    std::ifstream lines(file);
    std::vector<std::string>* field = nullptr;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) {
            all.emplace_back();
            field = nullptr;
            continue;
        }
        if (line.front() == '#') continue;
        std::istringstream words(line.substr(0, line.find('#')));
        if (line.front() != ' ' && line.front() != '\t') {
            std::string name;
            std::getline(words, name, ':');
            const auto is = [&](const char* other) { return ::strcasecmp(name.c_str(), other) == 0; };
            Described& described = all.back();
            field = is("SignWith")                  ? &described.sign_with
                    : is("Codename") || is("Suite") ? &described.names
                                                    : nullptr;
        }
        if (field == nullptr) continue;
        for (std::string word; words >> word;)
            field->push_back(word);
    }
    return all;
}

}  // namespace

std::string reprepro_option(const fs::path& base, const std::string& option) {
    std::ifstream options(base / "conf/options");
    for (std::string line; std::getline(options, line);) {
        std::istringstream words(line);
        std::string name;
        std::string value;
        if (!(words >> name >> std::ws) || (name != option && name != "--" + option)) continue;
        std::getline(words, value);  // a folder's name may have a blank in it
        value.erase(value.find_last_not_of(" \t") + 1);
        return value.starts_with("+b/") ? (base / value.substr(3)).string() : value;
    }
    return {};
}

std::optional<std::vector<std::string>> reprepro_keys(const fs::path& base, const std::string& distribution) {
    for (Described& described : distributions_in(base / "conf/distributions")) {
        if (!is_called(described, distribution)) continue;
        if (described.sign_with.empty() || described.sign_with.front().starts_with('!')) return {};
        const std::string& first = described.sign_with.front();
        if (first == "yes" || first == "default") return std::vector<std::string>{};
        return std::move(described.sign_with);
    }
    return {};
}

}  // namespace dray::builder
