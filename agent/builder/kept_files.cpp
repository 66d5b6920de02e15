// Files of distributions that a lock names.
#include "builder/kept_files.h"

#include "builder/durable.h"
#include "builder/file_digest.h"
#include "builder/settings_rules.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <tuple>
#include <vector>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto longest_unused = std::chrono::days(30);  // a service that is released seldom finds its files
constexpr auto in_file_names = "._+!-";  // beside letters and digits: the binary distribution format

void touch(const fs::path& file) {
    std::error_code ignored;  // it would only seem older than it is
    fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
}

void drop(const fs::path& file) {
    std::error_code ignored;  // it takes room, and no more
    fs::remove(file, ignored);
}

}  // namespace

bool KeptFiles::take(const std::string& key, const std::set<std::string>& allowed, const fs::path& to) const {
    std::string sha256;
    std::string name;
    std::ifstream(choice(key)) >> sha256 >> name;
    if (!allowed.contains(sha256) || !only(name, in_file_names) || name.front() == '.') return false;
    const fs::path copy = to / name;
    std::error_code error;
    fs::create_directories(to, error);
    fs::copy_file(file(sha256), copy, fs::copy_options::overwrite_existing, error);
    if (error) {  // none is there, or there is no room for it
        drop(copy);
        return false;
    }
    try {
        // Of the copy: what is there may have been damaged, and may become another one.
        if (file_sha256(copy) == sha256) {
            touch(file(sha256));
            touch(choice(key));
            return true;
        }
        drop(file(sha256));
    } catch (const Error&) {  // the disk cannot read it
    }
    drop(copy);
    return false;
}

void KeptFiles::keep(const std::string& key, const fs::path& from, const std::string& sha256) const {
    const std::string name = from.filename().string();
    if (!only(name, in_file_names) || name.front() == '.') return;
    try {
        fs::create_directories(folder_.parent_path());
        if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST) return;
        std::error_code missing;
        if (fs::exists(file(sha256), missing) && !same_content(from, file(sha256))) drop(file(sha256));
        try {
            place_file(from, file(sha256));
        } catch (const Error&) {
            if (!same_content(from, file(sha256))) throw;  // else another run was faster
        }
        replace_file(choice(key), fmt::format("{} {}\n", sha256, name));
    } catch (const Error&) {  // no room
    } catch (const fs::filesystem_error&) {
    }
}

void KeptFiles::tidy(std::uintmax_t most) const {
    const auto oldest = fs::file_time_type::clock::now() - longest_unused;
    std::vector<std::tuple<fs::file_time_type, std::uintmax_t, fs::path>> kept;
    std::error_code error;
    for (const char* folder : {"files", "chosen"})
        for (const auto& entry : fs::directory_iterator(folder_ / folder, error)) {
            std::error_code gone;
            const std::uintmax_t size = entry.file_size(gone);
            if (!gone) kept.emplace_back(entry.last_write_time(gone), size, entry.path());
        }
    std::sort(kept.rbegin(), kept.rend());
    std::uintmax_t bytes = 0;
    for (const auto& [taken, size, path] : kept) {
        bytes += size;
        if (taken < oldest || bytes > most) drop(path);
    }
}

}  // namespace dray::builder
