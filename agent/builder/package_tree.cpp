// The files of a package before they are packed.
#include "builder/package_tree.h"

#include "builder/confinement.h"
#include "builder/installed.h"
#include "builder/written_file.h"
#include "error.h"
#include "host/interrupt.h"
#include "toml_lines.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto attempt = "cannot make the package";
constexpr std::string_view elf_magic =
    "\x7f"
    "ELF";
constexpr std::size_t search_window = 1u << 20;

/// "libpq.so.5.15", "_speedups.cpython-311-x86_64-linux-gnu.so".
bool is_shared_library(const std::string& name) {
    return name.ends_with(".so") || name.find(".so.") != std::string::npos;
}

bool is_utf8(const std::string& name) {
    try {
        check_text(name, {});
        return true;
    } catch (const Error&) {
        return false;
    }
}

bool is_elf(const fs::path& file) {
    char magic[elf_magic.size()] = {};
    std::ifstream in(file, std::ios::binary);
    in.read(magic, sizeof magic);
    return std::string_view(magic, sizeof magic) == elf_magic;
}

/// The folder that a file of the tree is in, as it is on the hosts.
std::string host_folder(const fs::path& tree, const fs::path& path) {
    return (fs::path("/") / path.parent_path().lexically_relative(tree)).lexically_normal().string();
}

void refuse_name(const fs::path& tree, const fs::path& path) {
    // md5sums is a list of lines, and dpkg's own list as well (deb-md5sums(5)).
    const std::string name = path.filename().string();
    const bool control = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\\' || c == '\x7f';
    });
    if (control)
        throw Error(attempt, fmt::format("the name of a file in {} holds control characters or a backslash",
                                         host_folder(tree, path)));
    if (!is_utf8(name))
        throw Error(attempt, fmt::format("the name of a file in {} is not UTF-8", host_folder(tree, path)),
                    "hosts with another locale could not even list it (Debian Policy 10.10)");
}

/// Whether it is the list of an installed distribution's files. What a distribution has within itself, as
/// setuptools has in its _vendor, is one of its files like any other, and stands in its RECORD.
bool is_record(const fs::path& path) {
    const fs::path folder = path.parent_path();
    return path.filename() == "RECORD" && folder.extension() == ".dist-info" &&
           folder.parent_path().filename() == "site-packages";
}

void remove_unwanted(const fs::path& tree) {
    std::vector<fs::path> unwanted;
    for (auto entry = fs::recursive_directory_iterator(tree); entry != fs::recursive_directory_iterator();
         ++entry) {
        const fs::path& path = entry->path();
        if (entry->is_directory() && !entry->is_symlink() && path.filename() == "__pycache__") {
            unwanted.push_back(path);
            entry.disable_recursion_pending();
        } else if (path.filename() == ".gitignore" && fs::exists(path.parent_path() / "pyvenv.cfg")) {
            unwanted.push_back(path);
        } else if (path.extension() == ".pyc") {
            throw Error(attempt, fmt::format("{} is byte code without a source", path.filename().string()),
                        "it would run on one minor version of Python only");
        } else if (is_record(path) && !entry->is_symlink()) {
            const std::string before = read_made(path, most_metadata);
            const std::string after = record_without_bytecode(before);
            if (after != before) write_file(path, after, entry->status().permissions());
        }
    }
    for (const fs::path& path : unwanted)
        fs::remove_all(path);
}

/// Whether a file has one of these texts. `piece` is room to read into, the same for thousands of files: to
/// make it for each took longer than all else.
bool contains(const fs::path& file, const std::vector<std::string>& needles, std::vector<char>& piece) {
    std::size_t overlap = 0;
    for (const std::string& needle : needles)
        overlap = std::max(overlap, needle.size());
    std::ifstream in(file, std::ios::binary);
    std::string window;
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
        host::throw_if_interrupted();
        if (window.size() > overlap) window.erase(0, window.size() - overlap);
        window.append(piece.data(), static_cast<std::size_t>(in.gcount()));
        for (const std::string& needle : needles)
            if (window.find(needle) != std::string::npos) return true;
    }
    if (in.bad()) throw Error(fmt::format("cannot read {}", file.string()), "the disk failed");
    return false;
}

}  // namespace

void refuse_planted(const fs::path& environment, const fs::path& site_packages) {
    const auto allowed = [&](const fs::path& path) {
        const fs::path name = path.lexically_relative(environment);
        const std::string target = fs::read_symlink(path).lexically_normal().string();
        if (name == "lib64") return target == "lib";
        return name.parent_path() == "bin" && name.has_filename() &&
               (target.find('/') == target.npos || target.starts_with("/usr/"));
    };
    if (fs::is_symlink(environment / site_packages))
        throw Error(attempt, fmt::format("{} is a symbolic link", site_packages.string()));
    for (const auto& entry : fs::recursive_directory_iterator(environment)) {
        if (entry.is_symlink() ? allowed(entry.path()) : entry.is_directory() || entry.is_regular_file())
            continue;
        throw Error(attempt,
                    fmt::format("{} is {}", entry.path().lexically_relative(environment).string(),
                                entry.is_symlink() ? "a symbolic link" : "neither file, folder nor link"),
                    "no wheel has such a thing: something has put it there while it was installed");
    }
}

void refuse_other_encodings(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (!is_utf8(entry.path().filename().string()))
            throw Error(
                "cannot build the commit",
                fmt::format("the name of a file in {} is not UTF-8", host_folder(folder, entry.path())),
                "no wheel can hold it: rename it, git mv");
}

std::chrono::seconds time_for(std::uint64_t bytes) {
    constexpr std::uint64_t bytes_in_a_second = 1'000'000;
    return std::chrono::minutes(10) +
           std::chrono::seconds(static_cast<std::int64_t>(bytes / bytes_in_a_second));
}

std::string record_without_bytecode(const std::string& record) {
    std::istringstream lines(record);
    std::string kept;
    for (std::string line; std::getline(lines, line);)
        if (line.find("__pycache__/") == std::string::npos) kept += line + '\n';
    return kept;
}

void normalise(const fs::path& tree, std::chrono::sys_seconds time) {
    remove_unwanted(tree);
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        host::throw_if_interrupted();
        refuse_name(tree, entry.path());
        if (!entry.is_symlink() && !entry.is_directory() && !entry.is_regular_file())
            throw Error(attempt, fmt::format("{} is neither file, folder nor link", entry.path().string()));
    }
    set_modes_and_times(tree, time);
}

void set_modes_and_times(const fs::path& tree, std::chrono::sys_seconds time) {
    const timespec stamp{.tv_sec = time.time_since_epoch().count(), .tv_nsec = 0};
    const timespec times[2] = {stamp, stamp};
    const auto bring_into_order = [&](const fs::path& path) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) throw Error::system(attempt, errno);
        if (!S_ISLNK(status.st_mode)) {
            // A shared library needs no x (Debian Policy 10.2), whatever its wheel said.
            const bool program =
                (status.st_mode & S_IXUSR) != 0 && !is_shared_library(path.filename().string());
            const mode_t mode = S_ISDIR(status.st_mode) || program ? 0755 : 0644;
            if (::chmod(path.c_str(), mode) != 0)
                throw Error::system(fmt::format("cannot set the mode of {}", path.string()), errno);
        }
        if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
            throw Error::system(fmt::format("cannot set the time of {}", path.string()), errno);
    };
    for (const auto& entry : fs::recursive_directory_iterator(tree))
        bring_into_order(entry.path());
    bring_into_order(tree);
}

TreeContent read_tree(const fs::path& tree) {
    TreeContent content;
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        const std::string name = entry.path().lexically_relative(tree).string();
        if (entry.is_regular_file() && !entry.is_symlink()) {
            content.files.push_back(name);
            content.installed_size += (entry.file_size() + 1023) / 1024;
            if (is_elf(entry.path())) content.elf.push_back(name);
            continue;
        }
        content.installed_size += 1;
        if (entry.is_directory() && entry.path().filename().string().ends_with(".libs"))
            content.library_folders.push_back(name);
    }
    for (auto* names : {&content.files, &content.elf, &content.library_folders})
        std::sort(names->begin(), names->end());
    return content;
}

void refuse_paths(const fs::path& tree, const std::vector<fs::path>& paths) {
    std::vector<std::string> needles;
    for (const fs::path& path : paths)
        needles.push_back(path.string());
    std::string found;
    std::vector<char> piece(search_window);
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        host::throw_if_interrupted();
        bool bad = false;
        if (entry.is_symlink()) {
            const std::string target = fs::read_symlink(entry.path()).string();
            bad = std::any_of(needles.begin(), needles.end(), [&](const std::string& needle) {
                return target.find(needle) != std::string::npos;
            });
        } else if (entry.is_regular_file()) {
            bad = contains(entry.path(), needles, piece);
        }
        if (bad) found += "\n    /" + entry.path().lexically_relative(tree).string();
    }
    if (!found.empty()) throw Error(attempt, "these files name a folder of this build:" + found);
}

}  // namespace dray::builder
