// Temporary folders of a run, and the lock that keeps two runs apart.
#include "builder/scratch.h"

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
#include <string>
#include <thread>

namespace dray::builder {
namespace {

constexpr auto lock_poll = std::chrono::milliseconds(200);  // a release takes tens of seconds

std::filesystem::path temporary_parent() {
    const char* folder = std::getenv("TMPDIR");
    return folder && *folder == '/' ? folder : "/var/tmp";
}

}  // namespace

Scratch::Scratch() {
    std::string name = (temporary_parent() / "dray-build.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw Error::system(fmt::format("cannot make a folder {}", name), errno);
    path_ = std::filesystem::canonical(name);
}

Scratch::~Scratch() {
    std::error_code ignored;  // nobody can act on it here, and the folder is in /var/tmp, which is aged
    std::filesystem::remove_all(path_, ignored);
}

MountPoint::MountPoint(const std::filesystem::path& path) {
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
        if (::mkdir(folder.c_str(), 0755) != 0)
            throw Error::system(fmt::format("cannot make the folder {}", folder.string()), errno);
        made_.push_back(folder);
    }
}

MountPoint::~MountPoint() {
    while (!made_.empty()) {
        ::rmdir(made_.back().c_str());  // somebody else may have put something there by now: then it stays
        made_.pop_back();
    }
}

Lock::Lock(const std::filesystem::path& folder, const std::function<void()>& on_wait)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!descriptor_) throw Error::system(fmt::format("cannot open {}", folder.string()), errno);
    for (bool waiting = false; ::flock(descriptor_.get(), LOCK_EX | LOCK_NB) != 0; waiting = true) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw Error::system(fmt::format("cannot lock {}", folder.string()), errno);
        if (!waiting) on_wait();
        host::throw_if_interrupted();
        std::this_thread::sleep_for(lock_poll);
    }
}

}  // namespace dray::builder
