// Reading the files that recipes and settings are made of.
#include "recipe/recipe_file.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

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

}  // namespace dray::recipe
