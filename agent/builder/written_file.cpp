// Files of a package's tree.
#include "builder/written_file.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <fstream>

namespace dray::builder {
namespace fs = std::filesystem;

void write_file(const fs::path& file, std::string_view content, fs::perms mode) {
    fs::create_directories(file.parent_path());
    errno = 0;
    std::ofstream out(file, std::ios::binary);
    out << content;
    if (!out.flush())
        throw Error::system(fmt::format("cannot write {}", file.string()), errno == 0 ? EIO : errno);
    out.close();
    fs::permissions(file, mode);
}

}  // namespace dray::builder
