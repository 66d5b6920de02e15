// Reading the files that recipes and settings are made of.
#include "recipe/recipe_file.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace dray::recipe {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path, std::size_t limit) {
    std::error_code code;
    if (!fs::is_regular_file(fs::status(path, code)))
        throw Error("cannot read " + path.string(), code ? code.message() : "it is not a regular file");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw Error::system("cannot read " + path.string(), errno);
    std::string content;
    for (char block[65536]; stream.read(block, sizeof block) || stream.gcount() > 0;) {
        content.append(block, static_cast<std::size_t>(stream.gcount()));
        if (content.size() > limit)
            throw Error("cannot read " + path.string(), fmt::format("it has more than {} bytes", limit));
    }
    if (stream.bad()) throw Error::system("cannot read " + path.string(), errno);
    return content;
}

FolderText read_folder(const fs::path& path, std::size_t limit) {
    FolderText folder{.path = path.string()};
    const auto attempt = "cannot read the folder " + folder.path;
    std::error_code code;
    if (!fs::is_directory(fs::status(path, code)))
        throw Error(attempt, code ? code.message() : "it is not a folder");
    std::size_t left = limit;
    for (fs::recursive_directory_iterator entry(path, code), end; !code && entry != end;
         entry.increment(code)) {
        const auto below = entry->path().lexically_relative(path).string();
        const auto status = entry->symlink_status();
        if (fs::is_directory(status)) {
            folder.folders.push_back(below);
        } else if (fs::is_regular_file(status)) {
            auto content = read_file(entry->path(), left);
            left -= content.size();
            const bool executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
            folder.files.emplace(below, FolderText::File{std::move(content), executable});
        } else {
            throw Error(attempt, "'" + below + "' in it is neither a file nor a folder",
                        "declare a symbolic link as a resource of type link");
        }
    }
    if (code) throw Error(attempt, code.message());
    std::ranges::sort(folder.folders);
    return folder;
}

}  // namespace dray::recipe
