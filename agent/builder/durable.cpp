// Files and folders that survive a power cut.
#include "builder/durable.h"

#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t piece_size = 1u << 20;

void finish_file(int descriptor, const std::string& path) {
    if (::fchmod(descriptor, 0644) != 0 || ::fsync(descriptor) != 0)
        throw Error::system(fmt::format("cannot write {}", path), errno);
}

/// A new file beside `target` that is removed with this object. Its name begins with a dot, and no index
/// lists it.
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
        host::write_all(descriptor_.get(), content, fmt::format("cannot write {}", path_));
    }
    void finish() { finish_file(descriptor_.get(), path_); }
    /// It is somebody else's to remove.
    void moved() { descriptor_.reset(); }
    const char* name() const { return path_.c_str(); }

  private:
    std::string path_;
    host::Descriptor descriptor_;
};

/// A second name for the same bytes; false when the file system cannot do that.
bool link_file(const fs::path& from, const fs::path& to) {
    if (::chmod(from.c_str(), 0644) != 0) return false;
    sync_path(from);
    if (::link(from.c_str(), to.c_str()) == 0) return true;
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP) return false;
    throw Error::system(fmt::format("cannot publish {}", to.string()), errno);
}

void copy_beside(const fs::path& from, const fs::path& to) {
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
}

/// What a link is made as, and what the folder is called that has changed places with it.
fs::path new_link(const fs::path& link) {
    return link.parent_path() / fmt::format(".{}.new", link.filename().string());
}

}  // namespace

void sync_path(const fs::path& path) {
    const host::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.get()) != 0)
        throw Error::system(fmt::format("cannot sync {}", path.string()), errno);
}

void write_new(const fs::path& file, std::string_view content,
               std::optional<std::chrono::sys_seconds> changed) {
    const host::Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!descriptor) throw Error::system(fmt::format("cannot write {}", file.string()), errno);
    host::write_all(descriptor.get(), content, fmt::format("cannot write {}", file.string()));
    if (changed) {
        const timespec stamp{.tv_sec = changed->time_since_epoch().count(), .tv_nsec = 0};
        const timespec times[2] = {stamp, stamp};
        if (::futimens(descriptor.get(), times) != 0)
            throw Error::system(fmt::format("cannot set the time of {}", file.string()), errno);
    }
    finish_file(descriptor.get(), file.string());
}

void make_folders(const fs::path& folder) {
    if (folder.empty() || fs::is_directory(folder)) return;
    make_folders(folder.parent_path());
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
        throw Error::system(fmt::format("cannot make the folder {}", folder.string()), errno);
    ::chmod(folder.c_str(), 0755);  // a web server reads it, whatever this process's umask is
    sync_path(folder);
    sync_path(folder.parent_path());
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

bool has_content(const fs::path& file, std::span<const std::string_view> parts) {
    std::ifstream in(file, std::ios::binary);
    std::string there;
    for (const std::string_view part : parts) {
        there.resize(part.size());
        if (!in.read(there.data(), static_cast<std::streamsize>(there.size())) || there != part) return false;
    }
    return in && in.peek() == std::ifstream::traits_type::eof();
}

bool is_beginning(const fs::path& part, const fs::path& whole) {
    std::error_code error;
    if (fs::file_size(part, error) >= fs::file_size(whole, error) || error) return false;
    std::ifstream first(part, std::ios::binary);
    std::ifstream second(whole, std::ios::binary);
    std::vector<char> x(piece_size);
    std::vector<char> y(piece_size);
    while (first) {
        first.read(x.data(), static_cast<std::streamsize>(x.size()));
        second.read(y.data(), static_cast<std::streamsize>(first.gcount()));
        if (first.gcount() != second.gcount() ||
            !std::equal(x.begin(), x.begin() + first.gcount(), y.begin()))
            return false;
    }
    return first.eof() && second;
}

StagedFile::StagedFile(fs::path to, std::string_view content)
    : StagedFile(std::move(to), std::span(&content, 1)) {}

StagedFile::StagedFile(fs::path to, std::span<const std::string_view> parts) : to_(std::move(to)) {
    make_folders(to_.parent_path());
    Temporary file(to_);
    for (const std::string_view part : parts)
        file.write(part);
    file.finish();
    made_ = file.name();
    file.moved();
}

StagedFile::~StagedFile() {
    if (!made_.empty()) ::unlink(made_.c_str());
}

void StagedFile::commit() {
    if (::rename(made_.c_str(), to_.c_str()) != 0)
        throw Error::system(fmt::format("cannot write {}", to_.string()), errno);
    made_.clear();
    sync_path(to_.parent_path());
}

void replace_file(const fs::path& to, std::string_view content) {
    StagedFile(to, content).commit();
}

bool place_file(const fs::path& from, const fs::path& to, bool may_link) {
    make_folders(to.parent_path());
    if (fs::exists(fs::symlink_status(to))) {
        if (fs::is_regular_file(to) && same_content(from, to)) return false;
        throw Error(fmt::format("cannot publish {}", to.string()),
                    "it is there already, with another content",
                    "what was published is never replaced: release a new version");
    }
    if (!may_link || !link_file(from, to)) copy_beside(from, to);
    sync_path(to.parent_path());
    return true;
}

void finish_flip(const fs::path& link, const fs::path& aside) {
    const fs::path made = new_link(link);
    if (!fs::is_directory(fs::symlink_status(made))) return;
    fs::remove_all(aside);
    if (::rename(made.c_str(), aside.c_str()) != 0)
        throw Error::system(fmt::format("cannot put {} aside", made.string()), errno);
    sync_path(aside.parent_path());
    sync_path(link.parent_path());
}

void flip_link(const fs::path& link, const fs::path& target, const fs::path& aside) {
    const std::string attempt = fmt::format("cannot publish {}", link.string());
    make_folders(link.parent_path());
    make_folders(aside.parent_path());
    const fs::path made = new_link(link);
    finish_flip(link, aside);
    ::unlink(made.c_str());  // what a run left that died here; the lock keeps others out
    if (::symlink(target.c_str(), made.c_str()) != 0) throw Error::system(attempt, errno);
    if (fs::is_directory(fs::symlink_status(link))) {
        fs::remove_all(aside);  // of the last time that somebody has put a folder there
        if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE) != 0)
            throw Error::system(attempt, errno);
        sync_path(link.parent_path());
        finish_flip(link, aside);
    } else if (::rename(made.c_str(), link.c_str()) != 0) {
        throw Error::system(attempt, errno);
    }
    sync_path(link.parent_path());
}

}  // namespace dray::builder
