// Folders that are made once and used by many runs.
#include "builder/build_cache.h"

#include "builder/foreign_tree.h"
#include "builder/lock_file.h"
#include "digest.h"
#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <vector>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto layout = "5";  // of what is kept; one of another layout is made again
constexpr auto copying = fs::copy_options::recursive | fs::copy_options::copy_symlinks;

void discard(const fs::path& path) {
    try {
        remove_tree(path);
    } catch (const Error&) {  // it takes room, and no more: the next run tries again
    }
}

std::string interpreter_part(const Settings::Python& python, const Interpreter& interpreter,
                             const std::string& what) {
    return fmt::format("{}\n{}\n{} {}.{} {}\n{}\n", layout, what, interpreter.executable.string(),
                       interpreter.major, interpreter.minor, interpreter.version, python.only_wheels);
}

/// Those files of the wheelhouses that count, as far as it can be told without reading them.
std::string wheelhouse_part(const Settings::Python& python,
                            const std::function<bool(const std::string&)>& counts) {
    std::vector<std::string> files;
    std::error_code error;
    for (const std::string& wheelhouse : python.wheelhouses)
        for (const auto& entry : fs::directory_iterator(wheelhouse, error))
            if (counts(entry.path().filename().string()))
                files.push_back(fmt::format("{} {} {}\n", entry.path().string(),
                                            entry.is_regular_file(error) ? entry.file_size(error) : 0,
                                            entry.last_write_time(error).time_since_epoch().count()));
    std::sort(files.begin(), files.end());
    return fmt::format("{}", fmt::join(files, ""));
}

}  // namespace

fs::path BuildCache::path(const std::string& kind, const std::string& key) const {
    return folder_ / fmt::format("{}-{}", kind, key);
}

bool BuildCache::has(const std::string& kind, const std::string& key) const {
    std::error_code error;
    return fs::is_directory(path(kind, key), error);
}

bool BuildCache::take(const std::string& kind, const std::string& key, const fs::path& to) const {
    const fs::path kept = path(kind, key);
    std::error_code error;
    if (!has(kind, key)) return false;
    fs::copy(kept, to, copying);
    fs::last_write_time(kept, fs::file_time_type::clock::now(), error);
    return true;
}

void BuildCache::keep(const std::string& kind, const std::string& key, const fs::path& from) const {
    const fs::path made = folder_ / fmt::format(".{}-{}", kind, ::getpid());
    std::error_code error;
    fs::create_directories(folder_, error);
    discard(made);
    fs::copy(from, made, copying, error);
    // Thousands of files, of which none may be empty after a power cut: one syncfs(2) in place of as many
    // fsync(2).
    const host::Descriptor folder(error ? -1 : ::open(made.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!error && (!folder || ::syncfs(folder.get()) != 0)) error = std::make_error_code(std::errc::io_error);
    if (!error) fs::rename(made, path(kind, key), error);
    if (error) discard(made);  // no space, or another run was faster
    tidy(kind);
}

void BuildCache::tidy(const std::string& kind) const {
    std::error_code error;
    std::vector<std::pair<fs::file_time_type, fs::path>> kept;
    for (const auto& entry : fs::directory_iterator(folder_, error))
        if (entry.path().filename().string().starts_with(kind + "-"))
            kept.emplace_back(entry.last_write_time(error), entry.path());
    std::sort(kept.rbegin(), kept.rend());
    for (std::size_t i = kept_trees; i < kept.size(); ++i)
        discard(kept[i].second);
}

std::string dependency_key(const Settings::Python& python, const Interpreter& interpreter,
                           const std::string& what, std::chrono::sys_seconds now) {
    std::string text =
        interpreter_part(python, interpreter, what) + wheelhouse_part(python, [](auto&) { return true; });
    if (!python.no_index)
        text += std::to_string(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
    return sha256(text);
}

std::string locked_key(const Settings::Python& python, const Interpreter& interpreter,
                       const std::string& what, const std::string& lock) {
    std::set<std::string> names;
    for (const std::string& line : logical_lines(lock))
        if (is_plain_requirement(line)) names.insert(required_name(line));
    // "Zope.Interface-5.4-cp311-…": in a wheel's file name a name has no dash, in an old sdist's it may.
    const auto named = [&](const std::string& file) {
        for (std::size_t dash = file.find('-'); dash != file.npos; dash = file.find('-', dash + 1))
            if (names.contains(normal_name(file.substr(0, dash)))) return true;
        return false;
    };
    return sha256(interpreter_part(python, interpreter, what) + lock + wheelhouse_part(python, named));
}

}  // namespace dray::builder
