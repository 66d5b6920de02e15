// The moment between fork and exec.
#include "host/process_child.h"

#include "error.h"
#include "host/blocked_signals.h"
#include "host/identity.h"
#include "host/program_places.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

namespace dray::host {
namespace {

/// Where the child got to when it failed; sent through a pipe as it is.
struct Failure {
    enum class Step { signals, group, streams, identity, directory, descriptors, program } step;
    int code;
};

struct Pipe {
    Descriptor reader;
    Descriptor writer;
};

/// The same descriptor, numbered 3 or higher, so that dup2(2) onto 0, 1 and 2 cannot hit one still needed:
/// those three may have been closed by whoever started us.
Descriptor above_standard(int number, const std::string& attempt) {
    Descriptor low(number);
    if (number > STDERR_FILENO) return low;
    Descriptor high(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!high) throw Error::system(attempt, errno);
    return high;
}

Pipe make_pipe(const std::string& attempt) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::system(attempt, errno);
    Descriptor writer(ends[1]);
    Pipe pipe;
    pipe.reader = above_standard(ends[0], attempt);
    pipe.writer = above_standard(writer.release(), attempt);
    return pipe;
}

/// Standard input: a file in memory, so that neither a full pipe nor a program that does not read it matters.
Descriptor make_input(const std::string& input, const std::string& attempt) {
    if (input.empty()) {
        const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0) throw Error::system(attempt, errno);
        return above_standard(null, attempt);
    }
    const int memory = ::memfd_create("input", MFD_CLOEXEC);
    if (memory < 0) throw Error::system(attempt, errno);
    Descriptor file = above_standard(memory, attempt);
    for (std::size_t done = 0; done < input.size();) {
        const auto count = ::write(file.get(), input.data() + done, input.size() - done);
        if (count < 0 && errno != EINTR) throw Error::system(attempt, errno);
        if (count > 0) done += static_cast<std::size_t>(count);
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) throw Error::system(attempt, errno);
    return file;
}

/// Who the child is to be.
struct Identity {
    bool change = false;
    UserEntry user;
    std::vector<gid_t> groups;
};

Identity identity_for(const std::string& name, const std::string& attempt) {
    Identity identity;
    const auto entry = name.empty() ? find_user(::geteuid()) : find_user(name);
    if (!name.empty() && !entry) throw Error(attempt, "there is no user " + name);
    if (entry) identity.user = *entry;
    identity.change = !name.empty() && identity.user.uid != ::geteuid();
    if (identity.change) identity.groups = group_numbers(identity.user);
    return identity;
}

using Environment = std::map<std::string, std::string>;

Environment environment_for(const Command& command, const Identity& identity) {
    const std::string home = identity.user.home.empty() ? "/" : identity.user.home;
    Environment environment;
    if (command.inherit_environment) {
        for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
            const std::string_view text = *line;
            const auto equals = text.find('=');
            if (equals != std::string_view::npos && equals > 0)
                environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
        }
        if (identity.change) environment["HOME"] = home;
    } else {
        environment = {{"PATH", system_path}, {"LANG", "C.UTF-8"}, {"HOME", home}, {"TERM", "dumb"}};
    }
    for (const auto& [key, value] : command.environment)
        environment[key] = value;
    return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

void refuse_what_exec_cannot_carry(const Command& command, const std::string& attempt) {
    const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (command.argv.empty() || command.argv.front().empty()) throw Error(attempt, "no program is named");
    for (const auto& word : command.argv)
        if (has_nul(word)) throw Error(attempt, "an argument has a zero byte in it");
    for (const auto& [key, value] : command.environment)
        if (key.empty() || key.find('=') != std::string::npos || has_nul(key) || has_nul(value))
            throw Error(attempt, "the environment variable '" + key + "' cannot be passed on");
}

/// All that the child needs, as pointers into what the parent holds.
struct Plan {
    int input;
    int output;
    int errors;
    int failure;
    const char* directory;
    const Identity& identity;
    const std::vector<char*>& files;
    char* const* argv;
    char* const* environment;
};

/// Runs in the child, between fork and exec: async-signal-safe calls only, as the parent may have threads.
[[noreturn]] void run_plan(const Plan& plan) {
    const auto fail = [&](Failure::Step step, int code) {
        const Failure failure{step, code};
        [[maybe_unused]] const auto written = ::write(plan.failure, &failure, sizeof failure);
        ::_exit(127);
    };
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr);  // KILL, STOP and libc's own refuse, as they should
    ::sigset_t none;
    ::sigemptyset(&none);
    if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) fail(Failure::Step::signals, errno);
    if (::setpgid(0, 0) != 0) fail(Failure::Step::group, errno);
    ::umask(022);
    if (::dup2(plan.input, STDIN_FILENO) < 0 || ::dup2(plan.output, STDOUT_FILENO) < 0 ||
        ::dup2(plan.errors, STDERR_FILENO) < 0)
        fail(Failure::Step::streams, errno);
    if (plan.identity.change) {
        const auto& user = plan.identity.user;
        if (::setgroups(plan.identity.groups.size(), plan.identity.groups.data()) != 0 ||
            ::setresgid(user.gid, user.gid, user.gid) != 0 || ::setresuid(user.uid, user.uid, user.uid) != 0)
            fail(Failure::Step::identity, errno);
    }
    if (::chdir(plan.directory) != 0) fail(Failure::Step::directory, errno);
    if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        fail(Failure::Step::descriptors, errno);
    int code = ENOENT;
    for (char* const file : plan.files) {
        if (file == nullptr) break;
        ::execve(file, plan.argv, plan.environment);
        // As execvp(3): look further, and in the end rather say "permission denied" than "not found".
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) fail(Failure::Step::program, errno);
        if (errno == EACCES) code = EACCES;
    }
    fail(Failure::Step::program, code);
    ::_exit(127);  // for the compiler: fail() does not return
}

Error start_error(const Failure& failure, const Command& command, const Environment& environment,
                  const std::string& attempt) {
    using Step = Failure::Step;
    switch (failure.step) {
        case Step::signals:
            return Error::system(attempt + ": cannot reset signals", failure.code);
        case Step::group:
            return Error::system(attempt + ": cannot make a process group", failure.code);
        case Step::streams:
            return Error::system(attempt + ": cannot connect its output", failure.code);
        case Step::identity:
            return Error::system(attempt + ": cannot become user " + command.user, failure.code);
        case Step::directory:
            return Error::system(attempt + ": cannot enter " + command.directory.string(), failure.code);
        case Step::descriptors:
            return Error::system(attempt + ": cannot close descriptors", failure.code);
        case Step::program:
            break;
    }
    const auto path = environment.find("PATH");
    const bool searched = command.argv.front().find('/') == std::string::npos && path != environment.end();
    return Error::system(attempt, failure.code, searched ? "it was looked for in " + path->second : "");
}

/// Reads what the child has to say of its start: a Failure, or nothing once exec has closed the pipe.
bool read_failure(int reader, Failure& failure) {
    for (;;) {
        const auto count = ::read(reader, &failure, sizeof failure);
        if (count < 0 && errno == EINTR) continue;
        return count == static_cast<ssize_t>(sizeof failure);
    }
}

}  // namespace

Child::Child(const Command& command) {
    const std::string attempt = "cannot start " + (command.argv.empty() ? "a program" : command.argv.front());
    refuse_what_exec_cannot_carry(command, attempt);
    const Identity identity = identity_for(command.user, attempt);
    const Environment environment = environment_for(command, identity);
    std::vector<std::string> files;
    for (const auto& place : program_places(command))
        files.push_back(place.native());
    auto argv = command.argv;
    std::vector<std::string> lines;
    for (const auto& [key, value] : environment)
        lines.push_back(key + "=" + value);
    const auto file_pointers = pointers(files);
    const auto argv_pointers = pointers(argv);
    const auto line_pointers = pointers(lines);

    const Descriptor input = make_input(command.input, attempt);
    Pipe output = make_pipe(attempt);
    Pipe errors = make_pipe(attempt);
    Pipe start = make_pipe(attempt);
    for (const auto* pipe : {&output, &errors})
        if (::fcntl(pipe->reader.get(), F_SETFL, O_NONBLOCK) != 0) throw Error::system(attempt, errno);

    const Plan plan{.input = input.get(),
                    .output = output.writer.get(),
                    .errors = errors.writer.get(),
                    .failure = start.writer.get(),
                    .directory = command.directory.c_str(),
                    .identity = identity,
                    .files = file_pointers,
                    .argv = argv_pointers.data(),
                    .environment = line_pointers.data()};
    {
        const BlockedSignals blocked;
        pid_ = ::fork();
        if (pid_ == 0) run_plan(plan);
    }
    if (pid_ < 0) throw Error::system(attempt, errno);
    ::setpgid(pid_,
              pid_);  // by both, so that neither has to wait for the other; fails once the child has exec'd
    start.writer.reset();
    Failure failure{};
    if (read_failure(start.reader.get(), failure)) {
        reap();
        throw start_error(failure, command, environment, attempt);
    }
    // Not through <sys/pidfd.h>: glibc 2.36 declares it without C linkage. The kernel sets FD_CLOEXEC on it.
    exit_event_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!exit_event_) {
        const int code = errno;
        signal_group(SIGKILL);
        reap();
        throw Error::system(attempt, code);
    }
    output_ = std::move(output.reader);
    errors_ = std::move(errors.reader);
}

Child::~Child() {
    if (pid_ < 0) return;
    signal_group(SIGKILL);
    try {
        reap();
    } catch (const Error&) {
        // Only when somebody else has reaped it: there is nothing left to wait for.
        pid_ = -1;
    }
}

void Child::signal_group(int signal) const {
    ::kill(-pid_, signal);  // fails when all of them are gone, which is what was wanted
}

int Child::reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0)
        if (errno != EINTR) throw Error::system("cannot wait for process " + std::to_string(pid_), errno);
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace dray::host
