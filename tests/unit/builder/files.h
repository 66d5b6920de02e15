// Files and commits of a builder's tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace dray::test {

/// What git says in the place of a commit that there is none of.
inline const std::string no_commit(40, '0');

/// Writes a file, and makes the folders that it needs.
inline void write(const std::filesystem::path& file, const std::string& text, int mode = 0644) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    std::filesystem::permissions(file, std::filesystem::perms(mode));
}

inline std::string content(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace dray::test
