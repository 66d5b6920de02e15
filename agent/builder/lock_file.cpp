// The lock of a service's dependencies.
#include "builder/lock_file.h"

#include "error.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <set>

namespace dray::builder {
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

}  // namespace

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
