// A root without privileges.
#include "builder/unprivileged_root.h"

#include "builder/confinement.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto namespaces_attempt = "cannot make the namespaces of a root without privileges";
constexpr int not_begun = 126;    // as sh(1) has it for what cannot be executed
constexpr int not_allowed = 125;  // the kernel or its administrator do not have it so, today or tomorrow
constexpr int by_signal = 128;
constexpr std::size_t fewest_words = 3;

class NotAllowed final : public Error {
  public:
    explicit NotAllowed(const Error& error) : Error(error) {}
};

void must(bool done) {
    if (done) return;
    const int why = errno;
    const Error error = Error::system(namespaces_attempt, why);
    // ENOSPC: user.max_user_namespaces (user_namespaces(7)).
    for (const int refusal : {EPERM, EACCES, EINVAL, ENOSYS, ENOSPC})
        if (why == refusal) throw NotAllowed(error);
    throw error;
}

int status_as_by_shell(int status) {
    return WIFSIGNALED(status) ? by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}

/// user_namespaces(7), "User and group ID mappings": whoever has the right to change its users in the outer
/// namespace may map any of them, and needs no subuid(5).
void write_map(pid_t process, const char* name) {
    const std::string file = fmt::format("/proc/{}/{}", process, name);
    const std::string line = fmt::format("0 {} {}\n", first_unprivileged, unprivileged_count);
    const host::Descriptor map(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    must(map && ::write(map.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
}

/// A fork(2) into new namespaces, in which the child is the first process.
pid_t fork_into_namespaces() {
    struct clone_args wanted {};
    wanted.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    wanted.exit_signal = SIGCHLD;
    return static_cast<pid_t>(::syscall(SYS_clone3, &wanted, sizeof wanted));
}

[[noreturn]] void execute(const std::vector<std::string>& words) {
    must(::close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    std::vector<char*> argv;
    for (const std::string& word : words)
        argv.push_back(const_cast<char*>(word.c_str()));  // execvp(3) leaves them as they are
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    throw Error::system(fmt::format("cannot run {}", words.front()), errno);
}

/// The first process: when it ends, the kernel ends whatever is left of the others (pid_namespaces(7)).
int be_first_unprivileged(const std::vector<std::string>& words, const host::Descriptor& outside) {
    char mapped = 0;
    must(::read(outside.get(), &mapped, 1) == 1);
    must(::setgroups(0, nullptr) == 0 && ::setresgid(0, 0, 0) == 0 && ::setresuid(0, 0, 0) == 0);
    must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    pollfd starter{.fd = outside.get(), .events = 0, .revents = 0};
    must(::poll(&starter, 1, 0) == 0);  // it lives: nobody else has the other end
    must(::setsid() >= 0);
    // Who inherits a session's keyring possesses its keys, whoever they are of (keyrings(7)).
    must(::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) >= 0 || errno == ENOSYS ||
         errno == EPERM);
    // Where a part of /proc is covered the kernel does not allow a new one; the old one then stays.
    ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
    const pid_t program = ::fork();
    must(program >= 0);
    if (program == 0) execute(words);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(-1, &status, 0);
        if (ended == program) return status_as_by_shell(status);
        must(ended >= 0 || errno == EINTR);
    }
}

int run_below(const std::vector<std::string>& words) {
    must(words.size() >= fewest_words);
    must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
    if (std::to_string(::getppid()) != words[0])
        throw Error(namespaces_attempt, "whoever wanted it has ended");
    // Its way to the folder leads through folders that are closed to it (RootTrees).
    must(::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(words[1].c_str(), unprivileged_folder, nullptr, MS_BIND, nullptr) == 0);
    // Scripts may open their own pipes again by /dev/stderr.
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        struct stat status {};
        if (::fstat(stream, &status) == 0 && S_ISFIFO(status.st_mode))
            must(::fchown(stream, first_unprivileged, first_unprivileged) == 0);
    }
    int ends[2];
    must(::pipe2(ends, O_CLOEXEC) == 0);
    host::Descriptor inside(ends[0]);
    host::Descriptor ours(ends[1]);
    const pid_t first = fork_into_namespaces();
    must(first >= 0);
    if (first == 0) {
        ours.reset();
        return be_first_unprivileged({words.begin() + 2, words.end()}, inside);
    }
    inside.reset();
    write_map(first, "gid_map");
    write_map(first, "uid_map");
    must(::write(ours.get(), "x", 1) == 1);
    for (int status = 0;;) {
        if (::waitpid(first, &status, 0) == first) return status_as_by_shell(status);
        must(errno == EINTR);
    }
}

void take_back_one(const fs::path& path) {
    const std::string attempt = fmt::format("cannot take over {}", path.string());
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw Error::system(attempt, errno);
    // By another of its names a file may have been taken back already.
    const auto within = [](unsigned id) { return id < first_unprivileged ? id : id - first_unprivileged; };
    const uid_t user = within(status.st_uid);
    const gid_t group = within(status.st_gid);
    if ((user != status.st_uid || group != status.st_gid) && ::lchown(path.c_str(), user, group) != 0)
        throw Error::system(attempt, errno);
}

}  // namespace

host::Command by_unprivileged_root(host::Command command, const fs::path& folder) {
    command.argv.insert(command.argv.begin(), {own_program(), std::string(unprivileged_verb),
                                               std::to_string(::getpid()), folder.string()});
    return command;
}

std::string why_not_unprivileged(const host::Processes& processes, const fs::path& folder) {
    if (::geteuid() != 0) return "only root can map users";
    const host::Result result = processes.run(by_unprivileged_root({.argv = {"true"}}, folder));
    if (result.ok()) return {};
    std::string words = result.errors.empty() ? result.outcome() : result.errors;
    while (words.ends_with('\n'))
        words.pop_back();
    if (result.exit_code == not_allowed) return words;
    // No memory, no processes: that another time it works is no reason to do without it now.
    throw Unsure(Error(namespaces_attempt, words));
}

void give_to_unprivileged_root(const fs::path& folder) {
    if (::chmod(folder.c_str(), 0755) != 0 ||
        ::lchown(folder.c_str(), first_unprivileged, first_unprivileged) != 0)
        throw Error::system(fmt::format("cannot give {} away", folder.string()), errno);
}

void take_from_unprivileged_root(const fs::path& folder) {
    take_back_one(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        take_back_one(entry.path());
}

int run_by_unprivileged_root(const std::vector<std::string>& words) {
    try {
        return run_below(words);
    } catch (const NotAllowed& error) {
        std::cerr << "error: " << error.text() << '\n';
        return not_allowed;
    } catch (const Error& error) {
        std::cerr << "error: " << error.text() << '\n';
    } catch (const std::exception& error) {  // of the standard library
        std::cerr << "error: " << error.what() << '\n';
    }
    return not_begun;
}

}  // namespace dray::builder
