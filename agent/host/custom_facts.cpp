// Facts of the administrator's own.
#include "host/custom_facts.h"

#include "error.h"
#include "host/json_value.h"
#include "host/trust.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

constexpr Mode executable = 0111;

/// A name that {{fact.NAME}} can hold. Backups of editors and packages ("gpu~", "gpu.dpkg-old") have others.
bool is_fact_name(const std::string& name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.find_first_not_of(allowed) == std::string::npos;
}

bool is_text(const fs::path& file) {
    return file.extension() == ".toml" || file.extension() == ".json";
}

bool is_leftover(const fs::path& file) {
    const auto extension = file.extension().string();
    return extension.starts_with(".dpkg-") || extension.starts_with(".ucf-") || extension.ends_with('~');
}

}  // namespace

CustomFacts::CustomFacts(const Files& files, const Processes& processes, fs::path folder,
                         std::chrono::milliseconds limit)
    : files_(files), processes_(processes), folder_(std::move(folder)), limit_(limit) {}

std::vector<std::string> CustomFacts::names() const {
    std::vector<std::string> names;
    for (const auto& entry : files_.list(folder_))
        if (const fs::path file = entry; is_fact_name(file.stem()) && !is_leftover(file))
            names.push_back(file.stem());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::vector<fs::path> CustomFacts::files_of(const std::string& name) const {
    std::vector<fs::path> found;
    if (!is_fact_name(name)) return found;
    for (const auto& entry : files_.list(folder_))
        if (const fs::path file = entry; file.stem() == name && !is_leftover(file))
            found.push_back(folder_ / file);
    return found;
}

std::optional<fs::path> CustomFacts::file_of(const std::string& name) const {
    const auto found = files_of(name);
    if (found.empty()) return std::nullopt;
    const auto attempt = "cannot learn fact." + name;
    if (found.size() > 1)
        throw Error(attempt, fmt::format("{} and {} both give it", found[0].string(), found[1].string()),
                    "remove or rename one of them");
    trusted_status(files_, folder_, attempt);
    const auto status = trusted_status(files_, found.front(), attempt);
    if (!status) return std::nullopt;  // removed a moment ago
    if (status->type != FileType::regular)
        throw Error(attempt, found.front().string() + " is no regular file", "put a program or a file there");
    if (!is_text(found.front()) && (status->mode & executable) == 0)
        throw Error(attempt, found.front().string() + " is not executable",
                    "chmod +x it, or call it .toml or .json when it holds the values itself");
    return found.front();
}

std::optional<Value> CustomFacts::learn(const std::string& name) const {
    const auto file = file_of(name);
    if (!file) return std::nullopt;
    const auto attempt = fmt::format("cannot learn fact.{} from {}", name, file->string());
    if (!is_text(*file)) return read_json_object(run(*file, attempt), attempt);
    const auto text = files_.read(*file, fact_size_limit);
    if (!text) return std::nullopt;
    if (file->extension() != ".toml") return read_json_object(*text, attempt);
    try {
        return Toml::parse(*text, file->string()).root();
    } catch (const Error& error) {
        throw error.during("cannot learn fact." + name);
    }
}

std::string CustomFacts::run(const fs::path& program, const std::string& attempt) const {
    auto result = processes_.check({.argv = {program.string()}, .timeout = limit_}, attempt);
    if (result.output.size() > fact_size_limit)
        throw Error(attempt, fmt::format("it printed more than {} bytes", fact_size_limit),
                    "print only what recipes use");
    return std::move(result.output);
}

}  // namespace dray::host
