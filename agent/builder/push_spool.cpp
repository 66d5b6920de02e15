// Where a post-receive hook puts what git tells it.
#include "builder/push_spool.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::array folders{"dray-build", "pushes"};
constexpr std::size_t longest_push = 1u << 20;  // ten thousand refs at once
constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The modes that git gives what it makes in this repository (git-config(1), core.sharedRepository).
mode_t shared_mode(const fs::path& repository) {
    struct stat status {};
    return ::stat((repository / "objects").c_str(), &status) == 0 ? status.st_mode & 07777 : 0755;
}

/// Names sort by the time at which they were made; the process's number tells two of one moment apart.
std::string file_name() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("{:020}-{}", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
                       ::getpid());
}

std::vector<std::string> names_in(int folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(::dup(folder)), ::closedir);
    if (!entries) throw Error::system("cannot list what was pushed", errno);
    ::rewinddir(entries.get());
    while (const dirent* entry = ::readdir(entries.get()))
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    return names;
}

/// The content of a regular file that is not too long; nothing for anything else.
std::optional<std::string> read_push(int folder, const std::string& name) {
    const host::Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size > static_cast<off_t>(longest_push))
        return {};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t length = ::read(file.get(), text.data(), text.size());
    if (length != static_cast<ssize_t>(text.size())) return {};
    return text;
}

}  // namespace

bool PushSpool::possible() const {
    std::error_code error;
    return fs::is_directory(repository_ / "objects", error) && fs::exists(repository_ / "HEAD", error);
}

void PushSpool::prepare() const {
    struct stat owner {};
    fs::path folder = repository_;
    if (::stat(folder.c_str(), &owner) != 0)
        throw Error::system(fmt::format("cannot keep pushes in {}", folder.string()), errno);
    for (const char* name : folders) {
        folder /= name;
        if (::mkdir(folder.c_str(), 0700) != 0) {
            if (errno == EEXIST) continue;
            throw Error::system(fmt::format("cannot make the folder {}", folder.string()), errno);
        }
        const host::Descriptor made(::open(folder.c_str(), folder_flags));
        if (!made || (::geteuid() == 0 && ::fchown(made.get(), owner.st_uid, owner.st_gid) != 0) ||
            ::fchmod(made.get(), shared_mode(repository_)) != 0)
            throw Error::system(fmt::format("cannot share the folder {}", folder.string()), errno);
    }
}

host::Descriptor PushSpool::open() const {
    host::Descriptor folder(::open(repository_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const char* name : folders) {
        if (!folder) break;
        folder.reset(::openat(folder.get(), name, folder_flags));
    }
    return folder;
}

void PushSpool::add(std::string_view lines) const {
    parse_ref_updates(lines);
    const std::string attempt = fmt::format("cannot write down what was pushed to {}", repository_.string());
    prepare();
    const host::Descriptor folder = open();
    if (!folder) throw Error::system(attempt, errno);
    const std::string name = file_name();
    const std::string hidden = "." + name;
    const host::Descriptor file(
        ::openat(folder.get(), hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file)
        throw Error::system(attempt, errno,
                            "whoever pushes needs the right to write in its dray-build/pushes");
    const bool written =
        ::write(file.get(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) &&
        ::fsync(file.get()) == 0 && ::renameat(folder.get(), hidden.c_str(), folder.get(), name.c_str()) == 0;
    const int code = errno;
    if (!written) {
        ::unlinkat(folder.get(), hidden.c_str(), 0);
        throw Error::system(attempt, code);
    }
    ::fsync(folder.get());
}

void PushSpool::drain(const std::function<void(const std::vector<RefUpdate>&)>& take,
                      const std::function<void(const std::string&)>& say) const {
    const host::Descriptor folder = open();
    if (!folder) return;
    for (const std::string& name : names_in(folder.get())) {
        std::optional<std::vector<RefUpdate>> updates;
        try {
            if (const auto text = read_push(folder.get(), name)) updates = parse_ref_updates(*text);
        } catch (const Error&) {  // said below
        }
        if (updates)
            take(*updates);
        else
            say(fmt::format("note: {} in {} is no push, and is removed", name,
                            (repository_ / folders[0] / folders[1]).string()));
        if (::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT) continue;
        const int code = errno;
        // A push that stays would be taken again and again; anything else that cannot be removed hurts
        // nobody.
        if (updates)
            throw Error::system(
                fmt::format("cannot remove {} from what was pushed to {}", name, repository_.string()), code);
    }
}

std::size_t PushSpool::size() const {
    const host::Descriptor folder = open();
    return folder ? names_in(folder.get()).size() : 0;
}

}  // namespace dray::builder
