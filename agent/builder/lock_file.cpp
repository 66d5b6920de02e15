// The lock of a service's dependencies.
#include "builder/lock_file.h"

#include "builder/settings.h"
#include "builder/settings_rules.h"
#include "error.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

std::string text_of(const Value& table, std::string_view key) {
    const Value* value = table.find(key);
    return value && value->text() ? *value->text() : std::string();
}

void add_hash(const Value& file, std::set<std::string>& hashes) {
    if (const std::string digest = text_of(file, "hashes.sha256"); !digest.empty()) hashes.insert(digest);
}

std::set<std::string> hashes_of(const Value& package) {
    std::set<std::string> hashes;
    if (const Value* wheels = package.find("wheels"); wheels && wheels->list())
        for (const Value& wheel : *wheels->list())
            add_hash(wheel, hashes);
    if (const Value* sdist = package.find("sdist")) add_hash(*sdist, hashes);
    return hashes;
}

bool is_plain_hash(std::string_view text) {
    constexpr std::string_view option = "--hash=";
    return text.starts_with(option) && std::all_of(text.begin() + option.size(), text.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':';
           });
}

/// Whether pip has no other way to read it: it ends lines at more characters than '\n' (str.splitlines), and
/// a comment can name another encoding (PEP 263).
bool is_plain_text(const std::string& text) {
    const std::string begin = text.substr(0, text.find('\n', text.find('\n') + 1));
    return begin.find("coding") == begin.npos && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= ' ' && c <= '~') || c == '\n' || c == '\t';
           });
}

/// What follows an option of a line, "-r more.txt" or "--constraint=limits.txt"; empty when it is of no such
/// option.
std::string named_file(const std::string& line) {
    for (const std::string_view option :
         {"-r ", "-c ", "--requirement ", "--requirement=", "--constraint ", "--constraint="})
        if (line.starts_with(option)) {
            const std::string name = line.substr(option.size());
            return only(name, "._-/") && is_relative(name) && name.front() != '-' ? name : std::string();
        }
    return {};
}

/// Whether all parts of a path in a folder are what they seem.
bool is_file_in(const fs::path& folder, const fs::path& file) {
    fs::path path = folder;
    const fs::path name = file.lexically_relative(folder);
    if (name.empty() || *name.begin() == "..") return false;
    for (const auto& part : name)
        if (fs::is_symlink(path /= part)) return false;
    return fs::is_regular_file(path);
}

bool add_lock(const fs::path& file, const fs::path& folder, int depth, std::string& all) {
    constexpr int deepest = 16;  // files that name each other: pip says what is wrong with that
    constexpr std::uintmax_t longest = 16u << 20;  // bytes: ten thousand wheels with a hash for each platform
    if (depth > deepest || !is_file_in(folder, file) || fs::file_size(file) > longest) return false;
    std::ostringstream content;
    content << std::ifstream(file, std::ios::binary).rdbuf();
    const std::string text = content.str();
    if (!is_plain_text(text)) return false;
    all += fmt::format("# {}\n{}\n", file.lexically_relative(folder).string(), text);
    for (const std::string& line : logical_lines(text)) {
        if (line.empty() || is_plain_requirement(line)) continue;
        const std::string named = named_file(line);
        if (named.empty() ||
            !add_lock((file.parent_path() / named).lexically_normal(), folder, depth + 1, all))
            return false;
    }
    return true;
}

}  // namespace

std::vector<std::string> logical_lines(const std::string& text) {
    std::vector<std::string> lines;
    const auto add = [&](const std::string& whole) {
        std::istringstream words(whole);
        std::string line;
        for (std::string word; words >> word;)
            line += (line.empty() ? "" : " ") + word;
        lines.push_back(std::move(line));
    };
    std::istringstream in(text);
    std::string whole;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.starts_with('#')) line.clear();
        if (const std::size_t comment = line.find(" #"); comment != line.npos) line.resize(comment);
        const bool goes_on = line.ends_with('\\');
        if (goes_on) line.back() = ' ';
        whole += line;
        if (!goes_on) add(std::exchange(whole, {}));
    }
    if (!whole.empty()) add(whole);
    return lines;
}

bool is_plain_requirement(const std::string& line) {
    std::istringstream words(line);
    std::string requirement;
    bool hashes = false;
    for (std::string word; words >> word;) {
        if (word.starts_with('-')) {
            if (!is_plain_hash(word)) return false;
            hashes = true;
        } else if (hashes) {
            return false;
        } else {
            requirement += word;
        }
    }
    return !requirement.empty() && std::isalnum(static_cast<unsigned char>(requirement.front())) != 0 &&
           requirement.find_first_of("@/\\$") == requirement.npos &&
           std::all_of(requirement.begin(), requirement.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

std::string required_name(const std::string& line) {
    return normal_name(line.substr(0, line.find_first_of(" [(=<>!~;")));
}

std::set<std::string> required_hashes(const std::string& line) {
    constexpr std::string_view option = "--hash=sha256:";
    std::set<std::string> hashes;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        if (!word.starts_with(option)) continue;
        std::string digest = word.substr(option.size());
        std::transform(digest.begin(), digest.end(), digest.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        hashes.insert(std::move(digest));
    }
    return hashes;
}

std::optional<std::string> whole_lock(const fs::path& file, const fs::path& folder) {
    std::string all;
    if (!add_lock(file, folder, 0, all)) return {};
    return all;
}

bool is_pylock(const std::string& name) {
    return name == "pylock.toml" || (name.starts_with("pylock.") && name.ends_with(".toml"));
}

std::string requirements_of_pylock(const std::string& text, const std::string& file) {
    const Toml toml = Toml::parse(text, file);
    const Value* version = toml.root().find("lock-version");
    const Value* packages = toml.root().find("packages");
    if (!version || !version->text() || !version->text()->starts_with("1."))
        throw Error({"cannot read the lock", "it is of no lock-version 1", {}, {file, 0}});
    std::string lines;
    if (!packages || !packages->list()) return lines;
    for (const Value& package : *packages->list()) {
        const std::string name = text_of(package, "name");
        const std::string number = text_of(package, "version");
        const std::set<std::string> hashes = hashes_of(package);
        if (name.empty() || number.empty() || hashes.empty())
            throw Error({fmt::format("cannot install {}", name.empty() ? "a package" : name),
                         "the lock names no version of it with the SHA-256 of its files",
                         "a release is built from wheels and sdists of an index or a wheelhouse",
                         {file, 0}});
        lines += fmt::format("{}=={}", name, number);
        if (const std::string marker = text_of(package, "marker"); !marker.empty()) lines += " ; " + marker;
        for (const std::string& digest : hashes)
            lines += fmt::format(" --hash=sha256:{}", digest);
        lines += '\n';
    }
    return lines;
}

}  // namespace dray::builder
