// Runs a command and writes down what it cost: wall clock and processor time in seconds, peak memory in MiB.
//
// usage: cost FILE COMMAND…
// The clock stops when the command ends, as for whoever waits for it. Processes that it leaves behind are
// waited for after that, and their processor time and peak count too. Linked statically it stays small: what
// a process was before its exec counts in its peak (getrusage(2)), and some of what is measured is smaller
// than an interpreter that would start it.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(125);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: cost FILE COMMAND…\n", stderr);
        return 64;
    }
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail("prctl");
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        ::execvp(argv[2], argv + 2);
        fail(argv[2]);
    }
    int status = 0;
    rusage usage{};
    if (::wait4(child, &status, 0, &usage) != child) fail("wait4");
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    double processor = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    long peak = usage.ru_maxrss;
    while (::wait4(-1, nullptr, 0, &usage) > 0) {
        processor += seconds(usage.ru_utime) + seconds(usage.ru_stime);
        peak = std::max(peak, usage.ru_maxrss);
    }
    std::FILE* const file = std::fopen(argv[1], "we");
    if (file == nullptr) fail(argv[1]);
    std::fprintf(file, "%.6f %.6f %.3f\n", wall.count(), processor, static_cast<double>(peak) / 1024);
    if (std::fclose(file) != 0) fail(argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
