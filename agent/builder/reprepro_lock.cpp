// The lock file that reprepro(1) has while it is at work.
#include "builder/reprepro_lock.h"

#include "builder/durable.h"
#include "digest.h"
#include "error.h"
#include "host/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto lock_file = "db/lockfile";
constexpr auto note_file = "db/lockfile.dray-build";

std::string first_line(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

/// A name of this machine that is no other's; machine-id(5) asks not to show the ID itself, and the base
/// directory may be served.
std::string this_machine() {
    const std::string id = first_line("/etc/machine-id");
    return id.empty() ? id : sha256("dray-build runs reprepro on " + id);
}

std::optional<struct stat> plain_file(const fs::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    return status;
}

std::pair<time_t, long> changed(const struct stat& status) {
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

/// Whether a line of /proc/PID/stat (proc(5)) is of a reprepro that is not dead.
bool is_live_reprepro(const std::string& line) {
    const std::size_t end = line.rfind(')');  // the name may have some, too
    if (end == line.npos || end + 2 >= line.size()) return false;
    return std::string_view(line).substr(0, end).ends_with(" (reprepro") && line[end + 2] != 'Z' &&
           line[end + 2] != 'X';
}

/// Whether some reprepro is at work, or may be, as not all processes can be seen.
bool may_run(const fs::path& processes) {
    if (first_line(processes / "1/stat").empty()) return true;
    std::error_code unseen;
    for (const auto& process : fs::directory_iterator(processes, unseen)) {
        const std::string name = process.path().filename().string();
        const bool number = std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; });
        if (number && is_live_reprepro(first_line(process.path() / "stat"))) return true;
    }
    return static_cast<bool>(unseen);
}

}  // namespace

RepreproLock::RepreproLock(const fs::path& base, const fs::path& processes)
    : lock_(base / lock_file), note_(base / note_file) {
    remove_left(processes);
    const std::string machine = this_machine();
    if (machine.empty() || is_left()) return;            // the note of a run that may still be at work stays
    if (!fs::is_directory(note_.parent_path())) return;  // there is nothing to be locked yet
    try {
        replace_file(note_, machine + "\n");
        noted_ = true;
    } catch (const Error&) {
        return;  // a lock file that is left is then a person's to remove
    }
}

RepreproLock::~RepreproLock() {
    std::error_code stays;
    if ((noted_ && ended_) || !is_left()) fs::remove(note_, stays);
}

bool RepreproLock::is_left() const {
    const auto note = plain_file(note_);
    const auto lock = plain_file(lock_);
    return note && lock && lock->st_uid == ::geteuid() && changed(*note) <= changed(*lock);
}

void RepreproLock::remove_left(const fs::path& processes) const {
    const host::Descriptor note(::open(note_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    // Of two runs that see the same one, the second would remove that of a third.
    if (!note || ::flock(note.get(), LOCK_EX | LOCK_NB) != 0) return;
    const auto lock = plain_file(lock_);
    const std::string machine = this_machine();
    if (!lock || !is_left() || machine.empty() || first_line(note_) != machine || may_run(processes)) return;
    // Who had made it would have been seen, if it has been the same one all the time.
    const auto still = plain_file(lock_);
    if (still && still->st_ino == lock->st_ino && changed(*still) == changed(*lock)) ::unlink(lock_.c_str());
}

}  // namespace dray::builder
