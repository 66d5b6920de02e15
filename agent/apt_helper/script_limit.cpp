// How long dpkg may wait for a maintainer script.
#include "apt_helper/script_limit.h"

#include "apt_helper/library.h"
#include "apt_helper/lock_holder.h"
#include "duration.h"

#include <apt-pkg/configuration.h>
#include <spdlog/fmt/fmt.h>

#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr int script_limit_seconds = 30 * 60;
constexpr std::chrono::seconds patience{10};  // for what a script has to tidy up

struct Process {
    pid_t parent = 0;
    std::string name;
};

/// All processes by number. Source: proc_pid_stat(5): the name stands in parentheses, and may hold any.
std::map<pid_t, Process> processes() {
    std::map<pid_t, Process> all;
    for (const auto& entry : fs::directory_iterator("/proc", fs::directory_options::skip_permission_denied)) {
        const std::string number = entry.path().filename();
        pid_t pid = 0;
        if (std::from_chars(number.data(), number.data() + number.size(), pid).ec != std::errc()) continue;
        std::ifstream file(entry.path() / "stat");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto begin = text.find('(');
        const auto end = text.rfind(')');
        if (begin == text.npos || end == text.npos || end + 4 > text.size()) continue;  // it has just ended
        Process process{.name = text.substr(begin + 1, end - begin - 1)};
        const char* const parent = text.data() + end + 4;  // after ") S "
        std::from_chars(parent, text.data() + text.size(), process.parent);
        all.emplace(pid, std::move(process));
    }
    return all;
}

/// The processes that a dpkg below this process has started, and theirs.
std::vector<pid_t> started_by_dpkg() {
    const auto all = processes();
    std::vector<pid_t> found;
    for (const auto& [pid, process] : all) {
        bool below_dpkg = false;
        for (auto above = all.find(process.parent); above != all.end();
             above = all.find(above->second.parent)) {
            if (above->first == ::getpid()) {
                if (below_dpkg) found.push_back(pid);
                break;
            }
            below_dpkg = below_dpkg || above->second.name == "dpkg";
        }
    }
    return found;
}

}  // namespace

std::chrono::seconds script_limit() {
    return std::chrono::seconds(_config->FindI("Dray::Script-Limit", script_limit_seconds));
}

ScriptWatch::ScriptWatch(std::chrono::milliseconds limit) : limit_(limit) {
    begin_step();
}

void ScriptWatch::begin_step() {
    due_ = Steady::now() + limit_;
    asked_ = false;
}

void ScriptWatch::look() {
    if (Steady::now() < due_) return;
    for (const pid_t pid : started_by_dpkg()) {
        say(fmt::format("ending {}, which dpkg has waited for longer than {} (Dray::Script-Limit)",
                        process_text(pid), duration_text(limit_)));
        ::kill(pid, asked_ ? SIGKILL : SIGTERM);  // one that has ended meanwhile is what is wanted
    }
    asked_ = true;
    due_ = Steady::now() + patience;
}

}  // namespace dray::apt_helper
