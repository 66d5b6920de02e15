// A build host without programs of its own, and the verbs and triggers of dray-build on it.
#pragma once

#include "builder/pipeline.h"
#include "builder/progress.h"
#include "builder/scratch.h"
#include "builder/settings.h"
#include "builder/trigger.h"
#include "digest.h"
#include "host/file.h"
#include "host/http_memory.h"
#include "host/interrupt.h"
#include "host/process.h"
#include "moved_clock.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace dray::test {

/// The commit at the tip of the release branch.
inline const std::string head(40, 'c');

/// Writes a file, and makes the folders that it needs.
inline void put(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

/// A project's pyproject.toml as it is in the commit.
inline constexpr auto own_project = "[project]\nversion = \"0\"\n";

/// A build host whose programs do just enough: they leave the files that the next step wants.
class FakeBuildHost final : public host::Processes {
  public:
    explicit FakeBuildHost(std::filesystem::path world) : world_(std::move(world)) {}

    std::string tags;                            ///< what git ls-remote answers
    std::string tag_objects;                     ///< what git cat-file --batch answers
    std::string more_of_deb;                     ///< lines of [deb] in the service's settings
    std::string pushed;                          ///< what git rev-list answers
    std::string older_than;                      ///< commits that the one that is released comes before
    std::string pushed_over;                     ///< commits that no branch or tag has any more
    std::string more_of_host;                    ///< lines of [host] in the build host's settings
    std::string words = "broken\n";              ///< of what fails
    bool keeps_refs = false;                     ///< the remote lets nobody remove a ref
    bool loses_package = false;                  ///< dpkg-deb makes no file
    std::string fail_at;                         ///< a command whose text holds this ends with status 1
    std::string stop_at;                         ///< Ctrl-C comes while a command runs that holds this
    std::string then_fail_at;                    ///< and after that also one that holds this
    std::string tagged_at;                       ///< once a command that holds this has run,
    std::string late_tags;                       ///< git ls-remote answers this too
    std::map<std::string, std::string> sources;  ///< files of the commit, beside those that each has
    bool leaks = false;                          ///< pip writes where it works into what it installs
    std::vector<std::string> meeting;            ///< commands that hold these wait for each other
    std::string held;                            ///< a command that holds this waits
    std::function<bool()> until;                 ///< for this
    std::string host_settings() const {
        return "[host]\nstate = \"" + (world_ / "state").string() + "\"\n" + more_of_host +
               "[publish]\nindex = \"" + (world_ / "index").string() + "\"\napt = \"" +
               (world_ / "apt").string() + "\"\nsigning_key = \"0123456789ABCDEF\"\n[deb]\nprefix = \"" +
               (world_ / "opt/warehouse").string() + "\"\n";
    }
    std::string settings() const {
        return "[service]\nname = \"warehouse\"\n[test]\ncommand = [\"run-tests\"]\n"
               "[python]\ninterpreter = \"/bin/sh\"\n"
               "[deb]\npackage = \"warehouse\"\nmaintainer = \"A <a@example.org>\"\n"
               "description = \"an index\"\nimports = [\"warehouse\"]\n" +
               more_of_deb;
    }

    host::Result run(const host::Command& command) const override {
        const std::string text = command.text();
        if (!command.after_signal) host::throw_if_interrupted();
        if (!stop_at.empty() && text.find(stop_at) != std::string::npos) {
            std::raise(SIGINT);
            if (!command.after_signal) host::throw_if_interrupted();
        }
        wait_for_others(text);
        if (until && text.find(held) != std::string::npos) hold();
        const std::lock_guard guard(mutex_);  // two signatures are made at the same time
        ran_.push_back(text);
        ++times_;
        if (command.argv.front() == "git" && command.argv.at(1) != "config") {
            slowest_git_ = std::max(slowest_git_, command.timeout);
            asks_ = asks_ || !command.environment.contains("GIT_SSH_COMMAND");
        }
        if (!then_fail_at.empty() && ran(fail_at) && text.find(then_fail_at) != std::string::npos)
            return {.exit_code = 1, .errors = "gone\n"};
        if (!fail_at.empty() && text.find(fail_at) != std::string::npos)
            return {.exit_code = 1, .errors = words};
        if (text.find("merge-base") != std::string::npos)
            return {.exit_code = older_than.find(command.argv.back()) != std::string::npos ? 0 : 1};
        if (keeps_refs && text.find("force-with-lease") != std::string::npos &&
            command.argv.back().starts_with(":"))
            return {.exit_code = 1, .errors = "deletion prohibited\n"};
        return {.output = answer(command, text)};
    }

    /// Where in the order of commands the first one with this text is; -1 when it was not run.
    int position(const std::string& text) const {
        const auto found = std::find_if(ran_.begin(), ran_.end(), [&](const std::string& command) {
            return command.find(text) != text.npos;
        });
        return found == ran_.end() ? -1 : static_cast<int>(found - ran_.begin());
    }
    bool ran(const std::string& text) const { return position(text) >= 0; }
    long times(const std::string& text) const {
        return std::count_if(ran_.begin(), ran_.end(),
                             [&](const std::string& command) { return command.find(text) != text.npos; });
    }

    /// The numbers that are reserved on the remote.
    const std::map<std::string, std::string>& reserved() const { return reserved_; }
    int commands() const { return times_; }
    /// Whether all that were to meet have run at the same time.
    bool met() const { return !meeting.empty() && come_.size() == meeting.size() && !alone_; }
    /// The longest time that a command of git's may take, and whether one could ask somebody.
    std::chrono::milliseconds slowest_git() const { return slowest_git_; }
    bool asks() const { return asks_; }

    /// Files below the published folders.
    std::vector<std::string> published() const {
        std::vector<std::string> names;
        for (const char* folder : {"index", "apt"})
            if (std::filesystem::exists(world_ / folder))
                for (const auto& entry : std::filesystem::recursive_directory_iterator(world_ / folder))
                    if (entry.is_regular_file())
                        names.push_back(entry.path().lexically_relative(world_).string());
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    std::string answer(const host::Command& command, const std::string& text) const {
        const auto has = [&](const char* part) { return text.find(part) != text.npos; };
        const std::string& last = command.argv.back();
        if (has("rev-list") && has("--remotes"))  // of those commits one at most
            return pushed_over.find(command.argv[command.argv.size() - 4]) != pushed_over.npos ? "x\n" : "";
        if (has("rev-list")) return pushed;
        if (has("rev-parse")) return head + "\n";
        if (has(" show ")) return "1793472305\nA change\n";
        if (has("ls-tree")) return "dray-build.toml\n";
        if (has("cat-file blob")) return has(":pyproject.toml") ? own_project : settings();
        if (has("ls-remote"))
            return tags + (!tagged_at.empty() && ran(tagged_at) ? late_tags : "") + reservations();
        if (has("hash-object")) return sha256(command.input).substr(0, 40) + "\n";
        if (has("cat-file --batch")) return tag_objects;
        if (has("cat-file tag")) return "object " + head + "\n";
        if (has("force-with-lease")) change_ref(command);
        if (has(" log ")) return "A change\n";
        if (has(" archive ")) put(archive(text), "");
        if (has("worktree add")) std::filesystem::create_directories(command.argv[command.argv.size() - 2]);
        if (has("tar --extract --no-same-owner")) {
            put(command.directory / "pyproject.toml", own_project);
            put(command.directory / "requirements.txt", "");
            for (const auto& [name, content] : sources)
                put(command.directory / name, content);
        }
        if (has("--require-hashes") && leaks) put(staging() / "lib/module.py", staging().string());
        if (const auto report = std::find(command.argv.begin(), command.argv.end(), "--report");
            report != command.argv.end())
            put(*(report + 1), R"({"install": []})");
        if (has("dpkg-query")) return "python3.11-minimal: /usr/bin/python3.11\n";
        if (has("platform.python_implementation"))
            return "CPython 3 11 3.11.2\n/usr/lib/python3/dist-packages/pip/__pip-runner__.py\n";
        if (has("ProjectBuilder")) {
            put(std::filesystem::path(last) / "warehouse-26.11.1.tar.gz", "sdist");
            put(std::filesystem::path(last) / "warehouse-26.11.1-py3-none-any.whl", "wheel");
        }
        if (has("ZipFile")) put(last, {});
        if (has("PKG-INFO")) return "Name: warehouse\nVersion: 26.11.1\n";
        if (has("gzip -9n ")) std::filesystem::rename(last, last + ".gz");
        if (has("dpkg-deb --field")) return "Package: warehouse\nVersion: 26.11.1\nArchitecture: all\n";
        if (has("dpkg-deb") && !loses_package) put(last, "package");
        if (has("print-architecture")) return "amd64\n";
        if (has("gpg")) return "signed\n" + command.input;
        return {};
    }

    std::filesystem::path staging() const {
        return world_ / "scratch/package" / (world_ / "opt/warehouse").relative_path();
    }

    static std::string archive(const std::string& text) {
        const std::size_t begin = text.find("--output=") + 9;
        return text.substr(begin, text.find(' ', begin) - begin);
    }

    std::string reservations() const {
        std::string lines;
        for (const auto& [ref, object] : reserved_)
            lines += object + "\t" + ref + "\n" + head + "\t" + ref + "^{}\n";
        return lines;
    }

    /// `push … --force-with-lease=REF:EXPECTED -- REMOTE OBJECT:REF`, as a remote does it.
    void change_ref(const host::Command& command) const {
        const std::string& last = command.argv.back();
        const std::string ref = last.substr(last.find(':') + 1);
        if (last.starts_with(":"))
            reserved_.erase(ref);
        else
            reserved_.emplace(ref, last.substr(0, last.find(':')));
    }

    void wait_for_others(const std::string& text) const {
        for (const std::string& one : meeting) {
            if (text.find(one) == text.npos) continue;
            std::unique_lock lock(mutex_);
            come_.insert(one);
            all_here_.notify_all();
            const auto patience = std::chrono::seconds(20);
            if (!all_here_.wait_for(lock, patience, [&] { return come_.size() == meeting.size(); }))
                alone_ = true;
        }
    }

    void hold() const {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!until() && std::chrono::steady_clock::now() < patience)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::filesystem::path world_;
    mutable std::condition_variable all_here_;
    mutable std::set<std::string> come_;
    mutable bool alone_ = false;  ///< somebody has waited in vain
    mutable std::mutex mutex_;
    mutable int times_ = 0;
    mutable std::chrono::milliseconds slowest_git_{};
    mutable bool asks_ = false;
    mutable std::vector<std::string> ran_;
    mutable std::map<std::string, std::string> reserved_;
};

/// A build host, and a pipeline on it.
struct World {
    builder::Scratch folder;
    FakeBuildHost programs{folder.path()};
    host::SystemFiles files;
    MovedClock clock;
    host::ScriptedHttp http;
    std::string said;
    builder::Progress progress{clock, [this](std::string_view text) {
                                   const std::lock_guard guard(saying_);
                                   said += text;
                               }};

    /// Also while a pipeline runs in another thread.
    bool has_said(const std::string& text) {
        const std::lock_guard guard(saying_);
        return said.find(text) != std::string::npos;
    }

    builder::Pipeline pipeline(builder::Request request = {}) {
        request.host = builder::SettingsText{"build.toml", programs.host_settings()};
        std::filesystem::create_directories(folder.path() / "scratch");
        return builder::Pipeline({programs, files, clock, http}, progress, std::move(request),
                                 folder.path() / "scratch");
    }

    builder::Trigger trigger() {
        builder::Request request;
        request.host = builder::SettingsText{"build.toml", programs.host_settings()};
        if (std::filesystem::exists(folder.path() / "bare"))
            request.repository = (folder.path() / "bare").string();
        const std::filesystem::path scratch = folder.path() / ("trigger-" + std::to_string(++triggers_));
        std::filesystem::create_directories(scratch);
        return builder::Trigger({programs, files, clock, http}, progress, request, scratch, {.name = "run"});
    }

  private:
    std::mutex saying_;
    int triggers_ = 0;
};

}  // namespace dray::test
