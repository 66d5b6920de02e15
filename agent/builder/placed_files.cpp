// Files put into a published folder ahead of the moment in which they become visible.
#include "builder/placed_files.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t piece_size = 1u << 20;

/// A new file beside `target` that is removed unless it was moved into place. Its name begins with a dot, and
/// no index lists it.
class Temporary {
  public:
    explicit Temporary(const fs::path& target)
        : path_((target.parent_path() / fmt::format(".{}.XXXXXX", target.filename().string())).string()) {
        descriptor_.reset(::mkostemp(path_.data(), O_CLOEXEC));
        if (!descriptor_) throw Error::system(fmt::format("cannot write {}", target.string()), errno);
    }
    ~Temporary() {
        if (descriptor_) ::unlink(path_.c_str());
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;

    void write(std::string_view content) {
        while (!content.empty()) {
            const ssize_t written = ::write(descriptor_.get(), content.data(), content.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw Error::system(fmt::format("cannot write {}", path_), errno);
            content.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    void finish() {
        if (::fchmod(descriptor_.get(), 0644) != 0 || ::fsync(descriptor_.get()) != 0)
            throw Error::system(fmt::format("cannot write {}", path_), errno);
    }

    const char* name() const { return path_.c_str(); }

  private:
    std::string path_;
    host::Descriptor descriptor_;
};

void sync_folder(const fs::path& folder) {
    const host::Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.get()) != 0)
        throw Error::system(fmt::format("cannot sync {}", folder.string()), errno);
}

/// Makes what is missing of the path, and sees that it survives a power cut.
void make_folders(const fs::path& folder) {
    if (folder.empty() || fs::is_directory(folder)) return;
    make_folders(folder.parent_path());
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
        throw Error::system(fmt::format("cannot make the folder {}", folder.string()), errno);
    ::chmod(folder.c_str(), 0755);  // a web server reads it, whatever this process's umask is
    sync_folder(folder.parent_path());
}

bool same_content(const fs::path& a, const fs::path& b) {
    std::error_code error;
    if (fs::file_size(a, error) != fs::file_size(b, error) || error) return false;
    std::ifstream first(a, std::ios::binary);
    std::ifstream second(b, std::ios::binary);
    std::vector<char> x(piece_size);
    std::vector<char> y(piece_size);
    while (first && second) {
        first.read(x.data(), static_cast<std::streamsize>(x.size()));
        second.read(y.data(), static_cast<std::streamsize>(y.size()));
        if (first.gcount() != second.gcount() ||
            !std::equal(x.begin(), x.begin() + first.gcount(), y.begin()))
            return false;
    }
    return first.eof() && second.eof();
}

void replace_file(const fs::path& to, std::string_view content) {
    make_folders(to.parent_path());
    Temporary file(to);
    file.write(content);
    file.finish();
    if (::rename(file.name(), to.c_str()) != 0)
        throw Error::system(fmt::format("cannot write {}", to.string()), errno);
    sync_folder(to.parent_path());
}

}  // namespace

PlacedFiles::~PlacedFiles() {
    std::error_code ignored;  // an error is on its way already
    for (const fs::path& file : placed_)
        fs::remove(file, ignored);
}

void PlacedFiles::place(const fs::path& from, const fs::path& to) {
    make_folders(to.parent_path());
    if (fs::exists(fs::symlink_status(to))) {
        if (fs::is_regular_file(to) && same_content(from, to)) return;
        throw Error(fmt::format("cannot publish {}", to.string()),
                    "it is there already, with another content",
                    "what was published is never replaced: release a new version");
    }
    std::ifstream in(from, std::ios::binary);
    if (!in) throw Error(fmt::format("cannot read {}", from.string()), "it cannot be opened");
    Temporary file(to);
    std::vector<char> piece(piece_size);
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0)
        file.write({piece.data(), static_cast<std::size_t>(in.gcount())});
    if (in.bad()) throw Error(fmt::format("cannot read {}", from.string()), "the disk failed");
    file.finish();
    // link(2), not rename(2): it refuses when somebody else was faster.
    if (::link(file.name(), to.c_str()) != 0)
        throw Error::system(fmt::format("cannot publish {}", to.string()), errno);
    placed_.push_back(to);
    sync_folder(to.parent_path());
}

void ReplacedFiles::replace(const fs::path& to, std::string_view content) {
    std::optional<std::string> before;
    if (std::ifstream in(to, std::ios::binary); in) {
        std::ostringstream text;
        text << in.rdbuf();
        before = text.str();
    }
    earlier_.push_back({to, std::move(before)});
    replace_file(to, content);
}

void ReplacedFiles::restore() {
    while (!earlier_.empty()) {
        const Earlier& last = earlier_.back();
        if (last.content)
            replace_file(last.path, *last.content);
        else if (::unlink(last.path.c_str()) != 0 && errno != ENOENT)
            throw Error::system(fmt::format("cannot take back {}", last.path.string()), errno);
        earlier_.pop_back();
    }
}

}  // namespace dray::builder
