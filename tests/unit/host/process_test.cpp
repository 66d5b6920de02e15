// Programs are started as asked, watched to their end, and never outlive their time.
#include "host/process.h"

#include "error.h"
#include "host/interrupt.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>

using dray::Error;
using dray::host::Command;
using dray::host::Result;
using dray::host::SystemProcesses;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

Result run(Command command) {
    return SystemProcesses().run(command);
}

Command shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}};
}

std::string error_of(const Command& command) {
    try {
        SystemProcesses().run(command);
    } catch (const Error& error) {
        return error.text();
    }
    return "no error";
}

milliseconds since(steady_clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

}  // namespace

TEST_CASE("a program's streams and exit code come back apart") {
    const Result result = run(shell("echo out; echo err >&2; exit 3"));
    CHECK(result.output == "out\n");
    CHECK(result.errors == "err\n");
    CHECK(result.exit_code == 3);
    CHECK_FALSE(result.ok());
    CHECK(result.outcome() == "exit status 3");
}

TEST_CASE("arguments reach the program as they stand") {
    const Result result = run({.argv = {"printf", "%s|", "a b", "$HOME", "", "*", "'"}});
    CHECK(result.output == "a b|$HOME||*|'|");
}

TEST_CASE("a command is shown as a person would type it") {
    CHECK(Command{.argv = {"useradd", "-c", "Ware House", "it's", ""}}.text() ==
          "useradd -c 'Ware House' 'it'\\''s' ''");
}

TEST_CASE("a program that is not there is an error, not an exit code") {
    CHECK(error_of({.argv = {"dray-no-such-program"}}).find("No such file or directory") !=
          std::string::npos);
    CHECK(error_of({.argv = {"/no/such/program"}}) ==
          "cannot start /no/such/program: No such file or directory");
    CHECK(error_of({.argv = {"/etc/passwd"}}) == "cannot start /etc/passwd: Permission denied");
}

TEST_CASE("a working folder that is not there is an error that names it") {
    Command command = shell("true");
    command.directory = "/no/such/folder";
    CHECK(error_of(command) == "cannot start sh: cannot enter /no/such/folder: No such file or directory");
}

TEST_CASE("a user that does not exist is an error that names it") {
    Command command = shell("true");
    command.user = "no-such-user";
    CHECK(error_of(command) == "cannot start sh: there is no user no-such-user");
}

TEST_CASE("what exec cannot carry is refused") {
    CHECK(error_of({.argv = {}}) == "cannot start a program: no program is named");
    CHECK(error_of({.argv = {"printf", std::string("a\0b", 3)}}).find("zero byte") != std::string::npos);
    Command command = shell("true");
    command.environment = {{"A=B", "c"}};
    CHECK(error_of(command).find("A=B") != std::string::npos);
}

TEST_CASE("the environment is a small clean one") {
    ::setenv("DRAY_TEST_LEAK", "1", 1);
    Command command{.argv = {"env"}};
    command.environment = {{"EXTRA", "two words"}};
    const std::string output = run(command).output;
    ::unsetenv("DRAY_TEST_LEAK");
    CHECK(output.find("LEAK") == std::string::npos);
    CHECK(output.find("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n") != std::string::npos);
    CHECK(output.find("LANG=C.UTF-8\n") != std::string::npos);
    CHECK(output.find("TERM=dumb\n") != std::string::npos);
    CHECK(output.find("HOME=/") != std::string::npos);
    CHECK(output.find("EXTRA=two words\n") != std::string::npos);
}

TEST_CASE("the environment can be inherited and added to") {
    ::setenv("DRAY_TEST_KEPT", "1", 1);
    Command command{.argv = {"env"}, .inherit_environment = true};
    command.environment = {{"DRAY_TEST_NEW", "2"}};
    const std::string output = run(command).output;
    ::unsetenv("DRAY_TEST_KEPT");
    CHECK(output.find("DRAY_TEST_KEPT=1\n") != std::string::npos);
    CHECK(output.find("DRAY_TEST_NEW=2\n") != std::string::npos);
}

TEST_CASE("input is read to its end, whether the program wants it or not") {
    const std::string much(3u << 20, 'x');
    Command cat{.argv = {"wc", "-c"}};
    cat.input = much;
    CHECK(run(cat).output == std::to_string(much.size()) + "\n");
    Command deaf{.argv = {"true"}};
    deaf.input = much;
    CHECK(run(deaf).ok());
    CHECK(run(shell("cat")).output.empty());
}

TEST_CASE("of much output the newest part is kept, and all of it is streamed") {
    std::size_t streamed = 0;
    Command command = shell("head -c 10000000 /dev/zero; printf end");
    command.on_output = [&](std::string_view piece) { streamed += piece.size(); };
    const Result result = run(command);
    CHECK(result.output.size() == dray::host::output_limit);
    CHECK(result.output.substr(result.output.size() - 3) == "end");
    CHECK(streamed == 10000003);
}

TEST_CASE("a program that takes too long is stopped with its children") {
    const auto start = steady_clock::now();
    Command command = shell("sleep 30 & echo $!; wait");
    command.timeout = milliseconds(2000);  // a busy machine may take a while to start the shell
    const Result result = run(command);
    CHECK(result.timed_out);
    CHECK_FALSE(result.ok());
    CHECK(result.outcome() == "timed out");
    CHECK(since(start) < milliseconds(20'000));
    // A zombie may still wait for init, which a test container may not have: ask for its state, not its
    // number. A busy machine may need a while to carry the signal out.
    REQUIRE_FALSE(result.output.empty());
    const auto child = result.output.substr(0, result.output.find('\n'));
    CHECK(run(shell("for i in $(seq 100); do state=$(cut -d' ' -f3 /proc/" + child +
                    "/stat 2>/dev/null || echo gone); case $state in gone|Z) exit 0;; esac; sleep 0.1; done; "
                    "exit 1"))
              .ok());
}

TEST_CASE("a program that a signal ended says which") {
    const Result result = run(shell("kill -9 $$"));
    CHECK(result.exit_code == 137);
    CHECK(result.outcome() == "killed by signal 9 (Killed)");
}

TEST_CASE("a daemon that keeps the pipe open does not hold up its parent's end") {
    const auto start = steady_clock::now();
    const Result result = run(shell("sleep 30 & echo started"));
    CHECK(result.output == "started\n");
    CHECK(since(start) < milliseconds(20'000));
}

TEST_CASE("an exception from on_output ends the program and comes out") {
    const auto start = steady_clock::now();
    Command command = shell("echo piece; sleep 30");
    command.on_output = [](std::string_view) { throw std::runtime_error("enough"); };
    CHECK_THROWS_WITH_AS(run(command), "enough", std::runtime_error);
    CHECK(since(start) < milliseconds(20'000));
}

TEST_CASE("the child has default signals, an own process group and no descriptors but three") {
    const int leak = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library might
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before);
    const std::string status = run({.argv = {"cat", "/proc/self/status"}}).output;
    const std::string descriptors = run({.argv = {"ls", "/proc/self/fd"}}).output;
    const std::string stat = run({.argv = {"cat", "/proc/self/stat"}}).output;
    ::sigaction(SIGPIPE, &before, nullptr);
    ::close(leak);
    // The two realtime signals that glibc keeps for itself cannot be reset: make(1) leaves them ignored.
    constexpr unsigned long kept_by_glibc = 0x180000000;
    const auto ignored = std::stoul(status.substr(status.find("SigIgn:") + 7), nullptr, 16);
    CHECK((ignored & ~kept_by_glibc) == 0);
    CHECK(status.find("SigBlk:\t0000000000000000") != std::string::npos);
    CHECK(descriptors == "0\n1\n2\n3\n");  // 3 is the folder that ls reads
    const auto number = stat.substr(0, stat.find(' '));
    CHECK(stat.find(" " + number + " ") != std::string::npos);  // its process group
}

TEST_CASE("a check that fails says what for, how it ended and what the program said") {
    try {
        SystemProcesses().check(shell("echo noise; echo 'no space left' >&2; exit 4"),
                                "cannot create user x");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) == "cannot create user x: sh: exit status 4: no space left");
    }
    CHECK_THROWS_WITH(SystemProcesses().check(shell("echo only this; false"), "cannot"),
                      "cannot: sh: exit status 1: only this");
}

TEST_CASE("a failing program's words are its last lines, without terminal control") {
    try {
        SystemProcesses().check(shell("seq 1 100 >&2; printf '\\033[2Jend\\n\\n' >&2; false"), "cannot");
        FAIL("no error");
    } catch (const Error& error) {
        const std::string text = error.what();
        CHECK(text.find("\n    82\n") != std::string::npos);
        CHECK(text.find("\n    81\n") == std::string::npos);
        CHECK(text.find("?[2Jend") != std::string::npos);
        CHECK(text.back() == 'd');
    }
}

TEST_CASE("no line of a failing program's words is cut, as half a secret would not be known as one") {
    const auto words_of = [](const std::string& script) {
        try {
            SystemProcesses().check(shell(script + "; false"), "cannot");
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    // 3 lines of 2,000 bytes, each a secret of many words.
    CHECK(words_of("for i in 1 2 3; do echo $i; yes 'open sesame' | head -n 166 | tr '\\n' ' '; echo; done")
              .find("\n    open sesame") != std::string::npos);
    const auto three = words_of("for i in 1 2 3; do printf \"begin$i%01990d end\\n\" 0; done");
    CHECK(three.find("begin2") != std::string::npos);
    CHECK(three.find("begin1") == std::string::npos);
    CHECK(three.find(" end\n    begin3") != std::string::npos);
    CHECK(three.find("0 end") == three.find("begin2") + 6 + 1989);
    CHECK(words_of("printf 'begin%010000d end' 0").find("begin0000") != std::string::npos);
    CHECK(words_of("printf 'begin%020000d end' 0").find("(its last line has 20009 bytes: left out)") !=
          std::string::npos);
}

TEST_CASE("a signal to stop ends the program and the call") {
    const dray::host::InterruptGuard guard;
    const auto start = steady_clock::now();
    Command command = shell("echo up; sleep 30");
    command.on_output = [](std::string_view) { ::raise(SIGTERM); };
    CHECK_THROWS_WITH_AS(run(command), "stopped by signal SIGTERM", Error);
    CHECK(since(start) < milliseconds(20'000));
    CHECK_THROWS_AS(run(shell("true")), Error);
}

TEST_CASE("root can run a program as another user, with that user's groups alone" *
          doctest::skip(::geteuid() != 0)) {
    Command command = shell("id -un; id -G; echo $HOME");
    command.user = "nobody";
    CHECK(run(command).output == "nobody\n65534\n/nonexistent\n");
}

TEST_CASE("a program is found where a command would start it") {
    const dray::host::SystemProcesses processes;
    CHECK(processes.finds({.argv = {"sh"}}));
    CHECK(processes.finds({.argv = {"/bin/sh"}}));
    CHECK(processes.finds({.argv = {"./sh"}, .directory = "/bin"}));
    CHECK_FALSE(processes.finds({.argv = {"./sh"}}));
    CHECK_FALSE(processes.finds({.argv = {"sh"}, .environment = {{"PATH", "/nonexistent:"}}}));
    CHECK_FALSE(processes.finds({.argv = {"no-such-program"}}));
    CHECK_FALSE(processes.finds({.argv = {"/etc/passwd"}}));  // nobody may execute it
}
