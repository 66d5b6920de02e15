// A command of the build host as the way to the place of packages.
#include "builder/command_archive.h"

#include "builder/apt_repository.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto archive_command_time = std::chrono::minutes(30);

/// Puts `value` in the place of each `mark`; returns whether there was one.
bool fill(std::string& word, std::string_view mark, const std::string& value) {
    bool found = false;
    for (std::size_t at = word.find(mark); at != word.npos; at = word.find(mark, at + value.size())) {
        word.replace(at, mark.size(), value);
        found = true;
    }
    return found;
}

}  // namespace

std::vector<std::string> filled_words(std::vector<std::string> words, const CommandValues& values) {
    bool named = false;
    for (std::string& word : words) {
        // The file last: what its name holds is no mark.
        fill(word, "{package}", values.package);
        fill(word, "{version}", values.version);
        fill(word, "{suite}", values.suite);
        named = fill(word, "{file}", values.file) || named;
    }
    if (!named) words.push_back(values.file);
    return words;
}

PackageFiles read_sums(const std::string& text) {
    constexpr std::size_t digest_size = 64;
    PackageFiles files;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty()) continue;
        const std::string digest = line.substr(0, digest_size);
        // Two characters in between: a space, and whether the file was read as text.
        const bool sum = line.size() > digest_size + 2 && line[digest_size] == ' ' &&
                         digest.find_first_not_of("0123456789abcdef") == digest.npos;
        if (!sum)
            throw Error("cannot read a list of packages", fmt::format("\"{}\" is no line of sha256sum", line),
                        "[publish] list_command prints a SHA-256 and a file name in each line");
        const std::string name = fs::path(line.substr(digest_size + 2)).filename().string();
        if (const auto other = files.emplace(name, digest).first; other->second != digest)
            throw Error("cannot read a list of packages",
                        fmt::format("{} is in it twice, as {} and as {}", name, other->second, digest),
                        "one of the two is not what clients should get: remove it there");
    }
    return files;
}

CommandArchive::CommandArchive(const host::Processes& processes, const Settings& settings)
    : processes_(processes), settings_(settings) {}

std::string CommandArchive::text() const {
    const std::vector<std::string>& words = settings_.publish.archive_command;
    return words.empty() ? "archive_command" : words.front();
}

void CommandArchive::run(const std::vector<std::string>& words, const Products& products,
                         const std::string& name, const std::string& attempt) const {
    const auto package =
        std::ranges::find(products.debs, name, [](const BuiltPackage& one) { return one.file; });
    const CommandValues values{
        .file = (products.folder / name).string(),
        .package = settings_.deb.package,
        .version = products.version.text(),
        .suite = suite_of_target(settings_.publish.suite,
                                 package == products.debs.end() ? std::string() : package->target)};
    processes_.check({.argv = filled_words(words, values),
                      .environment = {{"DRAY_FILE", values.file},
                                      {"DRAY_PACKAGE", values.package},
                                      {"DRAY_VERSION", values.version},
                                      {"DRAY_SUITE", values.suite}},
                      .timeout = archive_command_time},
                     attempt);
}

std::optional<PackageFiles> CommandArchive::listed() const {
    if (settings_.publish.list_command.empty()) return {};
    PackageFiles files;
    nobodys_fault([&] {
        const std::string attempt = "cannot tell which packages are published";
        const host::Result list = processes_.check({.argv = settings_.publish.list_command,
                                                    .environment = {{"DRAY_PACKAGE", settings_.deb.package}},
                                                    .timeout = archive_command_time},
                                                   attempt);
        files = read_sums(whole_output(list, attempt));
    });
    return files;
}

std::optional<PackageFiles> CommandArchive::published(const Products& products) const {
    auto there = listed();
    if (!there) return {};
    const std::vector<std::string> names = package_names(products);
    std::erase_if(*there, [&](const auto& file) {
        return std::find(names.begin(), names.end(), file.first) == names.end();
    });
    return there;
}

std::vector<Version> CommandArchive::versions() const {
    std::vector<Version> versions;
    if (settings_.deb.package.empty()) return versions;
    const PackageFiles files = listed().value_or(PackageFiles());
    for (const auto& [name, digest] : files)
        if (const auto version = package_version(name, settings_.deb.package)) versions.push_back(*version);
    return versions;
}

std::vector<std::string> CommandArchive::missing(const Products& products) const {
    return missing_packages(products, published(products).value_or(PackageFiles()), text());
}

void CommandArchive::stage(const Products& products, bool) {
    products_ = products;
    missing(products);
}

void CommandArchive::commit() {
    for (const std::string& name : missing(products_)) {
        sent_ = true;
        try {
            run(settings_.publish.archive_command, products_, name, fmt::format("cannot publish {}", name));
        } catch (const Error&) {
            // The answer can be lost after the work was done.
            const bool known = !settings_.publish.list_command.empty();
            const auto left = missing(products_);
            if (!known || std::find(left.begin(), left.end(), name) != left.end()) throw;
        }
    }
}

bool CommandArchive::may_be_visible() const {
    if (!sent_) return false;
    try {
        const auto there = published(products_);
        return !there || !there->empty();
    } catch (const Error&) {
        return true;
    }
}

void CommandArchive::withdraw(const Products& products) {
    if (!takes_back())
        throw Error(fmt::format("cannot take {} back", products.version.text()),
                    "[publish] withdraw_command is not set", "remove the packages by hand");
    const auto there = published(products);
    for (const std::string& name : there ? same_packages(products, *there) : package_names(products))
        run(settings_.publish.withdraw_command, products, name, fmt::format("cannot take back {}", name));
}

}  // namespace dray::builder
