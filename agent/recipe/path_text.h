// Paths as recipes may write them.
#pragma once

#include <filesystem>
#include <string>

namespace dray::recipe {

/// Whether the text is an absolute path without "..", "//" or a final "/".
inline bool is_clean_path(const std::string& text) {
    // Compared as texts: to operator== of paths "/etc//x" is "/etc/x", and two resources would own one file.
    const std::filesystem::path path(text);
    return path.is_absolute() && path.lexically_normal().native() == text &&
           (path.has_filename() || text == "/");
}

}  // namespace dray::recipe
