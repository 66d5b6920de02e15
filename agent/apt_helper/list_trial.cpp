// Lists are tried by libapt before it has them.
#include "apt_helper/list_trial.h"

#include "apt_helper/library.h"
#include "error.h"
#include "host/descriptor.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>
#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr auto trying = "cannot try apt's new lists";
constexpr rlim_t processor_limit = 120;  // seconds; the largest distribution's lists take one
constexpr unsigned trial_limit = 600;    // seconds; for a disk that hardly answers
constexpr std::string_view name_begins = "dray-lists-";

/// Links to the lists, in a folder that nobody else can enter.
class TrialFolder {
  public:
    TrialFolder(const ListFiles& lists, const fs::path& beside) {
        remove_abandoned(beside);
        std::string name = beside / (std::string(name_begins) + "XXXXXX");
        if (::mkdtemp(name.data()) == nullptr)
            throw Error::system(fmt::format("{} in a folder of {}", trying, beside.string()), errno);
        path_ = name;
        for (const auto& [list, content] : lists) {
            std::error_code error;
            fs::create_symlink(content, path_ / list, error);
            if (!error) continue;
            remove();
            throw Error(fmt::format("{} in a folder of {}", trying, beside.string()), error.message());
        }
    }
    ~TrialFolder() { remove(); }
    TrialFolder(const TrialFolder&) = delete;
    TrialFolder& operator=(const TrialFolder&) = delete;

    const fs::path& path() const { return path_; }

  private:
    /// What trials have left that were killed.
    static void remove_abandoned(const fs::path& beside) {
        std::error_code ignored;  // it takes next to no room
        for (const auto& entry : fs::directory_iterator(beside, ignored))
            if (entry.path().filename().native().starts_with(name_begins))
                fs::remove_all(entry.path(), ignored);
    }

    void remove() const {
        std::error_code ignored;  // the next trial will
        fs::remove_all(path_, ignored);
    }

    fs::path path_;
};

/// libapt's errors about the lists in the folder, a line each.
std::string read_lists(const fs::path& folder) {
    _error->Discard();
    _config->Set("Dir::State::lists", folder.string() + "/");
    _config->Set("Dir::State::status", "/dev/null");
    _config->Set("Dir::Cache::pkgcache", "");
    _config->Set("Dir::Cache::srcpkgcache", "");
    pkgCacheFile cache;
    const bool read = cache.BuildCaches(nullptr, false);
    std::string lines;
    while (!_error->empty()) {
        std::string text;
        if (_error->PopMessage(text)) lines += text + "\n";
    }
    if (!read && lines.empty()) lines = fmt::format("{}\n", no_words);
    return lines;
}

/// The life of the other process, which outlives neither its time nor `parent`.
[[noreturn]] void read_and_tell(const fs::path& folder, int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);
    ::alarm(trial_limit);
    const rlimit time{.rlim_cur = processor_limit, .rlim_max = processor_limit + 1};
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CPU, &time);
    ::setrlimit(RLIMIT_CORE, &no_core);
    try {
        host::write_all(output, read_lists(folder), trying);
        ::_exit(EXIT_SUCCESS);
    } catch (...) {
        // Whatever it is, nothing of the other process is to be done here as well.
    }
    ::_exit(EXIT_FAILURE);
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0)
        if (errno != EINTR) throw Error::system(trying, errno);
    return status;
}

/// The last words before libapt names the list are about what is in it; what it adds later says no more.
ListDefect defect_of(const std::string& lines) {
    constexpr std::string_view naming = "Problem with MergeList ";
    ListDefect defect;
    std::istringstream input(lines);
    for (std::string line; std::getline(input, line);) {
        if (line.starts_with(naming)) {
            defect.list = fs::path(line.substr(naming.size())).filename();
            if (defect.words.empty()) defect.words = no_words;
            break;
        }
        defect.words += (defect.words.empty() ? "" : "; ") + line;
    }
    return defect;
}

/// What a signal says of the lists that libapt was reading; "" for one that somebody or the kernel has sent
/// for another reason.
std::string fault_words(int signal) {
    constexpr std::array crashes{SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    if (signal == SIGXCPU)
        return fmt::format("apt's library does not end with it within {} s", processor_limit);
    if (std::ranges::find(crashes, signal) == crashes.end()) return {};
    return fmt::format("apt's library dies of it: {}", ::strsignal(signal));
}

}  // namespace

ListDefect list_defect(const ListFiles& lists, const fs::path& beside) {
    const TrialFolder folder(lists, beside);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::system(trying, errno);
    const host::Descriptor input(ends[0]);
    host::Descriptor output(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t process = ::fork();
    if (process < 0) throw Error::system(trying, errno);
    if (process == 0) read_and_tell(folder.path(), output.get(), parent);
    output.reset();
    const auto lines = host::read_all(input.get(), trying);
    const int status = wait_for(process);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return defect_of(lines);
    if (!WIFSIGNALED(status)) throw Error(trying, "the process that tries them could not tell");
    if (const auto words = fault_words(WTERMSIG(status)); !words.empty()) return {.words = words, .list = {}};
    throw Error(trying,
                fmt::format("the process that tries them was ended: {}", ::strsignal(WTERMSIG(status))),
                "see whether the host lacks memory");
}

}  // namespace dray::apt_helper
