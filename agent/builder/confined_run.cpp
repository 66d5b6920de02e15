// The inside of a confinement.
#include "builder/confined_run.h"

#include "builder/confined_view.h"
#include "builder/confined_words.h"
#include "error.h"
#include "host/blocked_signals.h"
#include "host/descriptor.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace {

constexpr int ended_by_signal = 128;
constexpr std::int64_t largest_file = std::int64_t{4} << 30;  // bytes: more than any wheel has
constexpr std::string_view confined_host_name = "localhost";

void succeed(bool done, const char* attempt) {
    if (!done) throw Error::system(attempt, errno);
}

int exit_status(int status) {
    return WIFSIGNALED(status) ? ended_by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}

/// A network namespace begins with a loopback that is down.
void raise_loopback() {
    constexpr auto attempt = "cannot make a loopback for a confined program";
    const host::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    succeed(static_cast<bool>(socket), attempt);
    struct ifreq request {};
    std::strcpy(request.ifr_name, "lo");
    succeed(::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0, attempt);
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    succeed(::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0, attempt);
}

/// A limit that is lower already stays: to raise it not every root may.
void set_limit(__rlimit_resource resource, std::int64_t value) {
    constexpr auto attempt = "cannot limit a confined program";
    struct rlimit limit {};
    succeed(::getrlimit(resource, &limit) == 0, attempt);
    limit.rlim_max = std::min(limit.rlim_max, static_cast<rlim_t>(value));
    limit.rlim_cur = limit.rlim_max;
    succeed(::setrlimit(resource, &limit) == 0, attempt);
}

/// Standard input to its end: what is to be done.
std::string take_input() {
    return host::read_all(STDIN_FILENO, "cannot read what a confined program is to be");
}

/// The program's own standard input.
void give_input(const std::string& input) {
    constexpr auto attempt = "cannot give a confined program its input";
    const host::Descriptor file(::memfd_create("input", MFD_CLOEXEC));
    succeed(static_cast<bool>(file), attempt);
    host::write_all(file.get(), input, attempt);
    succeed(::lseek(file.get(), 0, SEEK_SET) == 0 && ::dup2(file.get(), STDIN_FILENO) >= 0, attempt);
}

/// Becomes the program: nobody, without privileges, and with nothing of root's in hand.
[[noreturn]] void become(const ConfinedCommand& command) {
    constexpr auto attempt = "cannot give up the privileges of a confined program";
    succeed(::close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0, attempt);
    // Who inherits a session's keyring possesses its keys, whoever they are of (keyrings(7)).
    if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS && errno != EPERM)
        succeed(false, attempt);
    // Not 0: a pipe of core_pattern would still get what was in memory (core(5)), and 1 stops that as well.
    set_limit(RLIMIT_CORE, 1);
    set_limit(RLIMIT_FSIZE, largest_file);
    if (command.processes > 0) set_limit(RLIMIT_NPROC, command.processes);
    if (command.memory_mib > 0) set_limit(RLIMIT_AS, command.memory_mib << 20);
    // It may open its own pipes again by /dev/stdout; whatever else is there stays whose it is.
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        struct stat status {};
        if (::fstat(stream, &status) == 0 && S_ISFIFO(status.st_mode))
            succeed(::fchown(stream, command.uid, command.gid) == 0, attempt);
    }
    succeed(::setgroups(0, nullptr) == 0, attempt);
    succeed(::setresgid(command.gid, command.gid, command.gid) == 0, attempt);
    succeed(::setresuid(command.uid, command.uid, command.uid) == 0, attempt);
    succeed(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, attempt);
    const std::string folder = fmt::format("cannot work in {}", command.directory.string());
    succeed(::chdir(command.directory.c_str()) == 0, folder.c_str());
    for (const auto& [name, value] : command.environment)
        succeed(::setenv(name.c_str(), value.c_str(), 1) == 0, "cannot set a confined program's environment");
    std::vector<char*> argv;
    for (const std::string& word : command.argv)
        argv.push_back(const_cast<char*>(word.c_str()));  // execvp(3) leaves them as they are
    argv.push_back(nullptr);
    ::execvp(argv.front(), argv.data());
    throw Error::system(fmt::format("cannot run {}", command.argv.front()), errno);
}

/// The first process of the namespaces, which stays root's: when it ends, the kernel ends whatever the
/// program has started, in whichever session, before anybody hears of it (pid_namespaces(7)).
int be_first(const ConfinedCommand& command, host::Descriptor outside) {
    constexpr auto attempt = "cannot run a confined program";
    succeed(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, attempt);
    char alive = 0;
    if (::read(outside.get(), &alive, 1) != 1)
        return confined_not_started;  // whoever waits for us died before that
    outside.reset();
    succeed(::setsid() >= 0, attempt);  // no terminal
    succeed(::sethostname(confined_host_name.data(), confined_host_name.size()) == 0, attempt);
    if (!command.network) raise_loopback();
    give_input(command.input);
    enter_view(command.view);
    const pid_t program = ::fork();
    succeed(program >= 0, attempt);
    if (program == 0) become(command);
    for (int status = 0;;) {
        const pid_t ended = ::waitpid(-1, &status, 0);
        if (ended == program) return exit_status(status);
        succeed(ended >= 0 || errno == EINTR, attempt);
    }
}

/// Waits for the end of the first process, and when it is asked to stop, ends that one: whoever has asked
/// then finds nothing alive of it.
int wait_for_first(pid_t first) {
    ::sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGCHLD);
    ::sigaddset(&wanted, SIGTERM);
    for (int status = 0;;) {
        if (::sigwaitinfo(&wanted, nullptr) == SIGTERM) ::kill(first, SIGKILL);
        if (::waitpid(first, &status, WNOHANG) == first) return exit_status(status);
    }
}

int run_in_namespaces(const ConfinedCommand& command) {
    constexpr auto attempt = "cannot make the namespaces of a confined program";
    // Its scope is not that of whoever started this: nobody else would end it when that one is killed.
    succeed(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, attempt);
    if (::getppid() != command.starter) throw Error(attempt, "whoever wanted it has ended");
    succeed(::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                      (command.network ? 0 : CLONE_NEWNET)) == 0,
            attempt);
    int ends[2];
    succeed(::pipe2(ends, O_CLOEXEC) == 0, attempt);
    host::Descriptor inside(ends[0]);
    host::Descriptor ours(ends[1]);
    std::optional<host::BlockedSignals> blocked(std::in_place);
    const pid_t first = ::fork();
    succeed(first >= 0, attempt);
    if (first == 0) {
        blocked.reset();
        ours.reset();
        return be_first(command, std::move(inside));
    }
    inside.reset();
    succeed(::write(ours.get(), "x", 1) == 1, attempt);
    return wait_for_first(first);
}

}  // namespace

int run_confined(std::vector<std::string> words) {
    try {
        return run_in_namespaces(from_text(take_input(), std::move(words)));
    } catch (const Error& error) {
        std::cerr << "error: " << error.text() << '\n';
    } catch (const std::exception& error) {  // of the standard library
        std::cerr << "error: " << error.what() << '\n';
    }
    return confined_not_started;
}

}  // namespace dray::builder
