// Temporary folders of a run, and the lock that keeps two runs apart.
#include "builder/scratch.h"

#include "builder/foreign_tree.h"
#include "error.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

namespace dray::builder {
namespace {

constexpr auto lock_poll = std::chrono::milliseconds(200);  // a release takes tens of seconds

}  // namespace

std::filesystem::path Scratch::parent() {
    const char* folder = std::getenv("TMPDIR");
    return folder && *folder == '/' ? folder : "/var/tmp";
}

Scratch::Scratch() {
    std::string name = (parent() / "dray-build.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw Error::system(fmt::format("cannot make a folder {}", name), errno);
    path_ = std::filesystem::canonical(name);
}

Scratch::~Scratch() {
    try {
        remove_tree(path_);
    } catch (const std::exception& error) {
        std::cerr << "warning: " << error.what() << '\n';  // nothing else can be done about it here
    }
}

MountPoint::MountPoint(const std::filesystem::path& path) {
    while (!make_and_lock(path))
        continue;
}

bool MountPoint::make_and_lock(const std::filesystem::path& path) {
    std::filesystem::path folder;
    for (const auto& part : path) {
        folder /= part;
        struct stat status {};
        if (::lstat(folder.c_str(), &status) == 0) {
            if (S_ISDIR(status.st_mode)) continue;
            throw Error(fmt::format("cannot build an environment for {}", path.string()),
                        fmt::format("{} is not a folder", folder.string()),
                        "the prefix must be a real path on this build host too");
        }
        if (::mkdir(folder.c_str(), 0755) == 0)
            made_.push_back(folder);
        else if (errno != EEXIST && errno != ENOENT)
            throw Error::system(fmt::format("cannot make the folder {}", folder.string()), errno);
    }
    lock_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock_ && errno == ENOENT) return false;  // another build has just removed it
    if (!lock_ || ::flock(lock_.get(), LOCK_SH) != 0)
        throw Error::system(fmt::format("cannot lock the folder {}", path.string()), errno);
    struct stat locked {};
    struct stat there {};
    return ::fstat(lock_.get(), &locked) == 0 && ::lstat(path.c_str(), &there) == 0 &&
           locked.st_ino == there.st_ino && locked.st_dev == there.st_dev;
}

MountPoint::~MountPoint() {
    // Removing a folder takes away whatever is mounted on it in other namespaces (since Linux 3.18): another
    // build of the same prefix would lose its environment. It then stays, empty.
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) return;
    while (!made_.empty()) {
        ::rmdir(made_.back().c_str());  // somebody else may have put something there by now: then it stays
        made_.pop_back();
    }
}

Lock::Lock(const std::filesystem::path& folder, const std::function<void()>& on_wait,
           const std::function<void()>& still_wanted)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!descriptor_) throw Error::system(fmt::format("cannot open {}", folder.string()), errno);
    for (bool waiting = false; ::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0; waiting = true) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw Error::system(fmt::format("cannot lock {}", folder.string()), errno);
        if (!waiting) on_wait();
        host::throw_if_interrupted();
        if (still_wanted) still_wanted();
        std::this_thread::sleep_for(lock_poll);
    }
}

bool Lock::is_held(const std::filesystem::path& folder) {
    const host::Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return descriptor && ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0;
}

}  // namespace dray::builder
