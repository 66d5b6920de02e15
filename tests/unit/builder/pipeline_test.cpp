// Unit tests of the order of the steps, and of what is visible when one of them fails.
#include "builder/pipeline.h"

#include "builder/apt_repository.h"
#include "builder/checks.h"
#include "builder/git_transport.h"
#include "builder/push_spool.h"
#include "builder/room.h"
#include "builder/scratch.h"
#include "builder/trigger.h"
#include "builder/unsure.h"
#include "digest.h"
#include "error.h"
#include "files.h"
#include "host/http_memory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

using namespace dray;
using namespace dray::builder;
using dray::test::no_commit;
namespace fs = std::filesystem;

namespace {

const std::string head(40, 'c');

/// 23 November 2026, until it is changed; waiting takes no time.
class FixedClock final : public host::Clock {
  public:
    host::Time time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    host::Time now() const override { return time; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    void sleep(std::chrono::milliseconds) const override {}
};

void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

constexpr auto own_project = "[project]\nversion = \"0\"\n";

/// A build host whose programs do just enough: they leave the files that the next step wants.
class FakeBuildHost final : public host::Processes {
  public:
    explicit FakeBuildHost(fs::path world) : world_(std::move(world)) {}

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
    std::string then_fail_at;                    ///< and after that also one that holds this
    std::string tagged_at;                       ///< once a command that holds this has run,
    std::string late_tags;                       ///< git ls-remote answers this too
    std::map<std::string, std::string> sources;  ///< files of the commit, beside those that each has
    bool leaks = false;                          ///< pip writes where it works into what it installs
    std::vector<std::string> meeting;            ///< commands that hold these wait for each other
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
        wait_for_others(text);
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
            if (fs::exists(world_ / folder))
                for (const auto& entry : fs::recursive_directory_iterator(world_ / folder))
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
        if (has(" show ")) return "1793472305\nDev <dev@example.org>\nA change\n";
        if (has("ls-tree")) return "dray-build.toml\n";
        if (has("cat-file blob")) return has(":pyproject.toml") ? own_project : settings();
        if (has("ls-remote"))
            return tags + (!tagged_at.empty() && ran(tagged_at) ? late_tags : "") + reservations();
        if (has("hash-object")) return dray::sha256(command.input).substr(0, 40) + "\n";
        if (has("cat-file --batch")) return tag_objects;
        if (has("cat-file tag")) return "object " + head + "\n";
        if (has("force-with-lease")) change_ref(command);
        if (has(" log ")) return "A change\n";
        if (has(" archive ")) put(archive(text), "");
        if (has("worktree add")) fs::create_directories(command.argv[command.argv.size() - 2]);
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
        if (has("platform.python_implementation")) return "CPython 3 11 3.11.2\n";
        if (has("ProjectBuilder")) {
            put(fs::path(last) / "warehouse-26.11.1.tar.gz", "sdist");
            put(fs::path(last) / "warehouse-26.11.1-py3-none-any.whl", "wheel");
        }
        if (has("ZipFile")) put(last, {});
        if (has("PKG-INFO")) return "Name: warehouse\nVersion: 26.11.1\n";
        if (has("gzip -9n ")) fs::rename(last, last + ".gz");
        if (has("dpkg-deb --field")) return "Package: warehouse\nVersion: 26.11.1\nArchitecture: all\n";
        if (has("dpkg-deb") && !loses_package) put(last, "package");
        if (has("print-architecture")) return "amd64\n";
        if (has("gpg")) return "signed\n" + command.input;
        return {};
    }

    fs::path staging() const {
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

    fs::path world_;
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
    Scratch folder;
    FakeBuildHost programs{folder.path()};
    host::SystemFiles files;
    FixedClock clock;
    host::ScriptedHttp http;
    std::string said;
    Progress progress{clock, [this](std::string_view text) {
                          const std::lock_guard guard(saying_);
                          said += text;
                      }};

    /// Also while a pipeline runs in another thread.
    bool has_said(const std::string& text) {
        const std::lock_guard guard(saying_);
        return said.find(text) != std::string::npos;
    }

    Pipeline pipeline(Request request = {}) {
        request.host = SettingsText{"build.toml", programs.host_settings()};
        fs::create_directories(folder.path() / "scratch");
        return Pipeline({programs, files, clock, http}, progress, std::move(request),
                        folder.path() / "scratch");
    }

    Trigger trigger() {
        Request request;
        request.host = SettingsText{"build.toml", programs.host_settings()};
        if (fs::exists(folder.path() / "bare")) request.repository = (folder.path() / "bare").string();
        const fs::path scratch = folder.path() / ("trigger-" + std::to_string(++triggers_));
        fs::create_directories(scratch);
        return Trigger({programs, files, clock, http}, progress, request, scratch, {.name = "run"});
    }

  private:
    std::mutex saying_;
    int triggers_ = 0;
};

}  // namespace

TEST_CASE("a release does its steps in order, and pushes the tag last") {
    World world;
    CHECK(world.pipeline().release().version.text() == "26.11.1");
    std::vector<std::string> names;
    for (const auto& step : world.progress.steps())
        names.push_back(step.name);
    CHECK(names == std::vector<std::string>{"source", "tests", "version", "distributions", "environment",
                                            "package", "checks", "publish"});
    CHECK(world.programs.position("run-tests") < world.programs.position("ProjectBuilder"));
    CHECK(world.programs.position("ProjectBuilder") < world.programs.position("dpkg-deb"));
    CHECK(world.programs.position("--dry-run") < world.programs.position("dpkg-deb --field"));
    CHECK(world.programs.position("gpg") < world.programs.position("push --quiet -- "));
    CHECK(!world.programs.ran("--force "));
    CHECK(!fs::exists(world.folder.path() / "opt"));
}

TEST_CASE(
    "what needs no number is made beside the tests, and packages while the distributions are looked over") {
    World world;
    SUBCASE("the tests") {
        world.programs.meeting = {"run-tests", "-m venv"};
    }
    SUBCASE("the distributions") {
        if (std::thread::hardware_concurrency() < 2) return;
        world.programs.meeting = {"ZipFile", "--require-hashes"};
    }
    world.pipeline().release();
    CHECK(world.programs.met());
}

TEST_CASE("beside tests that may have fewer processes than a build nothing is made") {
    World world;
    world.programs.more_of_host = "[test]\nprocesses = 100\n";
    world.pipeline().release();
    CHECK(world.programs.position("run-tests") < world.programs.position("-m venv"));
}

TEST_CASE(
    "what is published is the index's files, the package, its record, and the indices by name and by hash") {
    World world;
    world.pipeline().release();
    const auto published = world.programs.published();
    const auto has = [&](const std::string& file) {
        return std::find(published.begin(), published.end(), file) != published.end();
    };
    CHECK(has("index/index.html"));
    CHECK(has("index/warehouse/index.html"));
    CHECK(has("index/warehouse/warehouse-26.11.1.tar.gz"));
    CHECK(has("apt/pool/main/w/warehouse/warehouse_26.11.1_all.deb"));
    CHECK(has("apt/pool/main/w/warehouse/warehouse_26.11.1_all.buildinfo"));
    CHECK(has("apt/generations/stable/1/InRelease"));
    CHECK(has("apt/generations/stable/1/Release.gpg"));
    CHECK(has("apt/generations/stable/1/main/binary-amd64/Packages.zst"));
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/1");
    CHECK(published.size() == 15);
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("when a step fails nothing is published and no tag is pushed") {
    for (const std::string& step :
         std::vector<std::string>{"run-tests", "dpkg-query", "ProjectBuilder", "-m venv", "-m pip", "md5sum",
                                  "dpkg-deb", "--annotate", "--dry-run", "dpkg-deb --field", "gpg"}) {
        CAPTURE(step);
        World world;
        world.programs.fail_at = step;
        CHECK_THROWS_AS(world.pipeline().release(), Error);
        CHECK(world.programs.ran(step));
        CHECK(world.programs.published().empty());
        CHECK(!world.programs.ran("push --quiet -- "));
        CHECK(world.said.find("failed\n") != std::string::npos);
        CHECK(world.programs.reserved().empty());
    }
}

TEST_CASE("when the remote refuses the tag, clients see nothing of the release any more") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.ran("push --quiet -- "));
    const auto text = [&](const char* file) {
        return world.files.read(world.folder.path() / file).value_or("");
    };
    CHECK(text("index/warehouse/index.html").find("26.11.1") == std::string::npos);
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
    CHECK(world.programs.reserved().empty());
    SUBCASE("and its number is not used again: somebody may have fetched it") {
        world.programs.fail_at.clear();
        CHECK(world.pipeline().next_version().text() == "26.11.2");
    }
}

TEST_CASE("when nobody knows whether the tag arrived, resume goes on with the same bytes") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    try {
        world.pipeline().release();
        FAIL("released");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("warehouse 26.11.1 is published in part") == 0);
        CHECK(error.parts().hint.find("dray-build resume") != std::string::npos);
    }
    CHECK(world.programs.published().size() == 15);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    SUBCASE("when it is asked to") {
        const auto resumed = world.pipeline().resume();
        REQUIRE(resumed);
        CHECK(resumed->version.text() == "26.11.1");
        CHECK(world.programs.published().size() == 15);
        CHECK(world.programs.reserved().empty());
        CHECK(!world.pipeline().resume());
    }
    SUBCASE("and abandon takes it back") {
        REQUIRE(world.pipeline().abandon());
        CHECK(world.files.read(world.folder.path() / "index/warehouse/index.html")->find("26.11.1") ==
              std::string::npos);
        CHECK(world.programs.reserved().empty());
        CHECK(!world.pipeline().resume());
    }
}

TEST_CASE(
    "a tag that somebody has pushed at another commit ends a publication, and the next number is taken") {
    const std::string foreign = std::string(40, 'd') + "\trefs/tags/26.11.1\n";
    const std::string line = no_commit + " " + head + " refs/heads/master\n";
    World world;
    const auto page = [&] {
        return world.files.read(world.folder.path() / "index/warehouse/index.html").value_or("");
    };
    world.programs.late_tags = foreign;
    SUBCASE("while it is built") {
        world.programs.tagged_at = "ProjectBuilder";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("this tag at another commit"),
                             Unsure);
        CHECK(world.programs.published().empty());
    }
    SUBCASE("while it is published") {
        world.programs.fail_at = world.programs.tagged_at = "push --quiet -- ";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("this tag at another commit"),
                             Unsure);
        CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
        CHECK(!page().empty());
    }
    SUBCASE("after it was cut off") {
        world.programs.fail_at = "push --quiet -- ";
        world.programs.then_fail_at = "ls-remote";
        CHECK_THROWS_AS(world.pipeline().release(), Unsure);
        CHECK(page().find("26.11.1") != std::string::npos);
        world.programs.fail_at.clear();
        world.programs.then_fail_at.clear();
        world.programs.tags = foreign;
        SUBCASE("for resume that is an answer") {
            CHECK_THROWS_WITH_AS(world.pipeline().resume(), doctest::Contains("this tag at another commit"),
                                 NumberTaken);
        }
        SUBCASE("and abandon does as ever") {
            CHECK(world.pipeline().abandon());
        }
        SUBCASE("a commit that was pushed over meanwhile is left out as ever") {
            world.programs.pushed_over = head;
            CHECK(world.trigger().post_receive(line) == Worked::nothing);
            CHECK(world.said.find("26.11.1 is given up") != std::string::npos);
            CHECK(world.trigger().history().find("skipped") != std::string::npos);
            CHECK(world.trigger().history().find("failed") == std::string::npos);
        }
        SUBCASE("the next run goes on with its own") {
            CHECK(world.trigger().post_receive(line) == Worked::failed);
            CHECK(world.said.find("26.11.1 is given up") != std::string::npos);
            // The build that there is makes 26.11.1: what matters is that another number was taken.
            CHECK(world.said.find("cannot release warehouse 26.11.2") != std::string::npos);
        }
        CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/2");
    }
    CHECK(page().find("26.11.1") == std::string::npos);
    CHECK(world.programs.reserved().empty());
    world.programs.fail_at.clear();
    CHECK(!world.pipeline().resume());
    CHECK(world.pipeline().next_version().text() == "26.11.2");
}

TEST_CASE("what another release has published under the same name stays when a publication is given up") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    CHECK_THROWS_AS(world.pipeline().release(), Unsure);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    const fs::path sdist = world.folder.path() / "index/warehouse/warehouse-26.11.1.tar.gz";
    fs::remove(sdist);
    put(sdist, "of another release");
    world.programs.tags = std::string(40, 'd') + "\trefs/tags/26.11.1\n";
    CHECK_THROWS_AS(world.pipeline().resume(), NumberTaken);
    CHECK(world.files.read(world.folder.path() / "index/warehouse/index.html")->find("26.11.1") !=
          std::string::npos);
    CHECK(!world.pipeline().resume());
}

TEST_CASE("a publication of the wanted commit that was cut off is its release once it has ended") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    CHECK_THROWS_AS(world.pipeline().release(), Unsure);
    world.programs.fail_at.clear();
    world.programs.then_fail_at.clear();
    const std::string line = no_commit + " " + head + " refs/heads/master\n";
    CHECK(world.trigger().post_receive(line) == Worked::released);
    CHECK(world.programs.times("ProjectBuilder") == 1);
    CHECK(world.trigger().history().find("26.11.1") != std::string::npos);
}

TEST_CASE("a run that waits for somebody else's lock of a published folder says for which") {
    World world;
    fs::create_directories(world.folder.path() / "apt");
    auto held = std::make_optional<Lock>(world.folder.path() / "apt", [] {});
    auto released = std::async(std::launch::async, [&] { return world.pipeline().release(); });
    // No expectation of speed: what ends a test that would wait for ever.
    const std::string waits =
        "waiting for somebody else who changes " + (world.folder.path() / "apt").string();
    for (int i = 0; i < 600 && !world.has_said(waits); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    held.reset();
    CHECK(released.get().version.text() == "26.11.1");
    CHECK(world.said.find("  publish        \n" + waits + "\n  publish ") != std::string::npos);
}

namespace {

std::string tag_object(const std::string& version, const std::string& floor) {
    return std::string(40, 'e') + " tag 200\nobject " + head + "\ntype commit\ntag " + version +
           "\ntagger A <a@example.org> 1 +0000\n\nwarehouse " + version + "\n\n* A change\n" +
           (floor.empty() ? "" : "\nDray-Schema-Floor: " + floor + "\n") + "\n";
}

}  // namespace

TEST_CASE("the schema floor is written into the package and carried forward from release to release") {
    World world;
    const auto control = [&] {
        return world.files.read(world.folder.path() / "scratch/package/DEBIAN/control").value_or("");
    };
    SUBCASE("when no release has said one, there is none") {
        CHECK(!world.pipeline().release().schema_floor);
        CHECK(control().find("Dray-Schema-Floor") == std::string::npos);
    }
    SUBCASE("this release says one, its own number at most") {
        world.programs.more_of_deb = "schema_floor = \"26.11.1\"\n";
        CHECK(world.pipeline().release().schema_floor->text() == "26.11.1");
        CHECK(control().find("\nDray-Schema-Floor: 26.11.1\n") != std::string::npos);
    }
    SUBCASE("a later one is refused, and the number is given back") {
        world.programs.more_of_deb = "schema_floor = \"26.11.2\"\n";
        CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("schema_floor is 26.11.2"), Error);
        CHECK(world.programs.reserved().empty());
        CHECK(world.programs.published().empty());
    }
    SUBCASE("a release that says nothing, or a lower one, keeps what was") {
        world.programs.tags =
            std::string(40, 'd') + "\trefs/tags/26.10.4\n" + std::string(40, 'd') + "\trefs/tags/26.10.9\n";
        world.programs.tag_objects = tag_object("26.10.4", "26.10.2") + tag_object("26.10.9", "");
        SUBCASE("") {}
        SUBCASE("") {
            world.programs.more_of_deb = "schema_floor = \"26.9.30\"\n";
        }
        CHECK(world.pipeline().release().schema_floor->text() == "26.10.2");
        CHECK(control().find("\nDray-Schema-Floor: 26.10.2\n") != std::string::npos);
    }
}

TEST_CASE("a number that another build host has reserved is left to it") {
    World world;
    world.programs.tags = std::string(40, 'a') + "\trefs/dray/versions/26.11.1\n" + std::string(40, 'b') +
                          "\trefs/dray/versions/26.11.1^{}\n";
    CHECK(world.pipeline().next_version().text() == "26.11.2");
}

TEST_CASE("a commit that another build host is releasing is not released twice") {
    World world;
    world.programs.tags =
        std::string(40, 'a') + "\trefs/dray/versions/26.11.1\n" + head + "\trefs/dray/versions/26.11.1^{}\n";
    CHECK_THROWS_WITH_AS(world.pipeline().release(),
                         doctest::Contains("another build host is releasing it as 26.11.1"), Error);
    CHECK(world.programs.published().empty());
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("a number whose files were left by a run that died is not used again") {
    World world;
    put(world.folder.path() / "apt/pool/main/w/warehouse/warehouse_26.11.4_amd64.deb", "left");
    CHECK(world.pipeline().next_version().text() == "26.11.5");
    put(world.folder.path() / "index/warehouse/warehouse-26.11.7.tar.gz", "left");
    CHECK(world.pipeline().next_version().text() == "26.11.8");
}

TEST_CASE("a commit that is released already is refused before anything runs") {
    World world;
    // Older histories have numbers with zeros; other tags do not count.
    world.programs.tags = head + "\trefs/tags/nightly\n" + head + "\trefs/tags/26.09.01\n";
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("it is released already, as 26.09.01"),
                         Released);
    CHECK(!world.programs.ran("run-tests"));
    CHECK(world.programs.published().empty());
}

TEST_CASE("a commit that the release process has made is refused before anything runs") {
    World world;
    world.trigger().own({head});
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("it was made by the release process"),
                         Error);
    CHECK(!world.programs.ran("run-tests"));
    CHECK(world.programs.published().empty());
}

TEST_CASE("the hook releases a push to the release branch and ignores every other") {
    const std::string old(40, '1');
    const std::string none(40, '0');
    for (const std::string& line :
         {old + " " + head + " refs/heads/topic\n", old + " " + none + " refs/heads/master\n",
          none + " " + head + " refs/tags/26.11.1\n", std::string()}) {
        CAPTURE(line);
        World world;
        CHECK(world.trigger().post_receive(line) == Worked::nothing);
        CHECK(!world.programs.ran("run-tests"));
    }
    World world;
    CHECK(world.trigger().post_receive(old + " " + head + " refs/heads/master\n") == Worked::released);
    CHECK(world.trigger().history().find("released") != std::string::npos);
    CHECK(world.trigger().status().find("under way    no\n") != std::string::npos);
}

TEST_CASE("a failed commit is not tried again before somebody asks for it") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.fail_at = "run-tests";
    CHECK(world.trigger().post_receive(line) == Worked::failed);
    world.programs.fail_at.clear();
    CHECK(world.trigger().post_receive(line) == Worked::failed);
    CHECK(world.said.find("dray-build retry cccccccccccc") != std::string::npos);
    CHECK(world.trigger().retry(head) == Worked::released);
    // A push of what is released already is no failure.
    world.programs.tags = head + "\trefs/tags/26.11.1\n";
    CHECK(world.trigger().post_receive(line) == Worked::nothing);
}

TEST_CASE("a lost network is no failure of the commit: the push waits, and is tried again later") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.fail_at = "ls-remote";
    CHECK(world.trigger().post_receive(line) == Worked::unknown);
    world.programs.fail_at.clear();
    CHECK(world.trigger().status().find("waiting      cccccccccccc after 1 attempts") != std::string::npos);
    CHECK(world.trigger().retry(head) == Worked::released);
    CHECK(world.trigger().status().find("waiting") == std::string::npos);
}

TEST_CASE("a push is left out only when every commit in it was made by the release process") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.trigger().own({head});
    world.programs.pushed = head + "\n" + std::string(40, 'd') + "\n";
    CHECK(world.trigger().post_receive(line) == Worked::released);
    World other;
    other.trigger().own({head});
    other.programs.pushed = head + "\n";
    CHECK(other.trigger().post_receive(line) == Worked::nothing);
    CHECK(!other.programs.ran("run-tests"));
}

TEST_CASE("a commit of the release process is known by its full hash, before the repository has it") {
    World world;
    CHECK_NOTHROW(world.trigger().own({head}));
    CHECK_THROWS_WITH_AS(world.trigger().own({"HEAD"}), doctest::Contains("HEAD is not a full hash"), Error);
    CHECK(world.programs.commands() == 0);
}

TEST_CASE("a push is kept while the repository cannot be reached, and none is lost") {
    World world;
    put(world.folder.path() / "bare/HEAD", "");
    fs::create_directories(world.folder.path() / "bare/objects");
    const PushSpool spool(world.folder.path() / "bare");
    spool.add(std::string(40, '1') + " " + head + " refs/heads/master\n");
    world.programs.fail_at = "git clone";
    CHECK_THROWS_AS(world.trigger().post_receive(), Unsure);
    CHECK(spool.size() == 1);
    CHECK(world.trigger().status().find("pushed       1 times") != std::string::npos);
    world.programs.fail_at.clear();
    CHECK(world.trigger().post_receive() == Worked::released);
    CHECK(spool.size() == 0);
}

TEST_CASE("a commit that was pushed over is left out: it has not failed, and nobody is told that it has") {
    const std::string old(40, '1');
    const std::string line = old + " " + head + " refs/heads/master\n";
    World world;
    world.programs.pushed_over = head;
    world.programs.more_of_host = "announce = [\"tell-everybody\"]\n";
    CHECK(world.trigger().post_receive(line) == Worked::nothing);
    CHECK(world.trigger().history().find("skipped") != std::string::npos);
    CHECK(world.said.find("it was pushed over: no branch or tag has it any more") != std::string::npos);
    CHECK(!world.programs.ran("run-tests"));
    CHECK(!world.programs.ran("tell-everybody"));
    CHECK(world.trigger().status().find("waiting") == std::string::npos);
    // Pushed once more it is as good as any other.
    world.programs.pushed_over.clear();
    CHECK(world.trigger().post_receive(line) == Worked::released);
    CHECK(world.programs.ran("tell-everybody"));
}

TEST_CASE(
    "of the pushes that wait the newest alone is released, if that is the order, and the others are part of "
    "it") {
    World world;
    world.programs.more_of_host = "order = \"newest\"\n";
    put(world.folder.path() / "bare/HEAD", "");
    fs::create_directories(world.folder.path() / "bare/objects");
    const PushSpool spool(world.folder.path() / "bare");
    std::string before(40, '1');
    for (const char digit : {'2', '3', '4'}) {
        const std::string after(40, digit);
        spool.add(before + " " + after + " refs/heads/master\n");
        before = after;
    }
    std::string result = "released";
    SUBCASE("released") {}
    SUBCASE("failed") {
        result = "failed";
        world.programs.fail_at = "run-tests";
    }
    CHECK(world.trigger().post_receive() == (result == "failed" ? Worked::failed : Worked::released));
    CHECK(world.programs.times("run-tests") == 1);
    const std::string history = world.trigger().history();
    const auto has = [&](const std::string& text) { return history.find(text) != std::string::npos; };
    CHECK(has("222222222222  folded"));
    CHECK(has("333333333333  folded"));
    CHECK(has("into 444444444444"));
    CHECK(has("444444444444  " + result));
    CHECK(world.trigger().status().find("waiting") == std::string::npos);
}

TEST_CASE("a remote that cannot be reached comes with what to do about it, where that is known") {
    World world;
    world.programs.fail_at = "git clone";
    std::string advice;
    SUBCASE("a host key that nobody has looked at") {
        world.programs.words =
            "No ED25519 host key is known for [git.internal]\nHost key verification failed.\n";
        advice = "ssh does not know the remote's host key";
    }
    SUBCASE("a key that the remote does not know") {
        world.programs.words = "git@git.internal: Permission denied (publickey).\n";
        advice = "the remote takes no key";
    }
    SUBCASE("anything else") {}
    try {
        world.pipeline().next_version();
        FAIL("reached");
    } catch (const Unsure& error) {
        CHECK(error.parts().hint.starts_with(advice));
        CHECK(error.parts().hint.empty() == advice.empty());
        CHECK(error.parts().attempt == "cannot clone .");
    }
}

TEST_CASE("git asks nobody, and takes no longer than it may") {
    World world;
    world.programs.more_of_host = "git_timeout = \"7s\"\n";
    CHECK(world.pipeline().next_version().text() == "26.11.1");
    CHECK(world.programs.slowest_git() == std::chrono::seconds(7));
    CHECK(!world.programs.asks());
}

TEST_CASE("after a result that is unknown something looks again") {
    World world;
    world.trigger().look_again_later();
    CHECK(world.programs.commands() == 0);
    CHECK(world.said.empty());
    world.programs.fail_at = "ls-remote";
    CHECK(world.trigger().post_receive(std::string(40, '1') + " " + head + " refs/heads/master\n") ==
          Worked::unknown);
    world.programs.fail_at.clear();
    world.trigger().look_again_later();
    if (fs::exists("/run/systemd/system"))
        CHECK(world.programs.ran("systemd-run --quiet --collect --on-active=301"));
    else
        CHECK(world.said.find("let something run dray-build watch") != std::string::npos);
}

TEST_CASE("a commit that a later release has is left out: released by itself it would be older code") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.tags = std::string(40, 'd') + "\trefs/tags/26.11.1\n";
    world.programs.older_than = std::string(40, 'd');
    CHECK(world.trigger().post_receive(line) == Worked::nothing);
    CHECK(world.trigger().history().find("it is part of 26.11.1") != std::string::npos);
    CHECK(!world.programs.ran("run-tests"));
    // Who asks for that very commit gets it.
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("cannot build"), Error);
}

TEST_CASE("a commit before one that another build host is releasing waits") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.tags = std::string(40, 'a') + "\trefs/dray/versions/26.11.1\n" + std::string(40, 'd') +
                          "\trefs/dray/versions/26.11.1^{}\n";
    world.programs.older_than = std::string(40, 'd');
    CHECK(world.trigger().post_receive(line) == Worked::unknown);
    CHECK(world.said.find("another build host is releasing a later commit as 26.11.1") != std::string::npos);
    CHECK(world.programs.reserved().empty());
    CHECK(world.programs.published().empty());
}

TEST_CASE(
    "a reservation that the remote does not let go of is this host's own, and the commit is tried again") {
    World world;
    world.programs.keeps_refs = true;
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.reserved().size() == 1);
    CHECK(world.trigger().status().find("reserved     26.11.1\n") != std::string::npos);
    world.programs.fail_at.clear();
    // The build that there is makes 26.11.1: what matters is that another number was to be had.
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("cannot release warehouse 26.11.2"),
                         Error);
    CHECK(world.programs.reserved().size() == 2);
    world.programs.keeps_refs = false;
    CHECK(!world.pipeline().resume());
    CHECK(world.programs.reserved().empty());
    CHECK(world.trigger().status().find("reserved") == std::string::npos);
}

TEST_CASE("what passes by itself in a build is unknown, and what does not has failed") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    World world;
    world.programs.fail_at = "-m pip";
    SUBCASE("a wheel that is not there") {
        world.programs.words = "ERROR: No matching distribution found for nowhere==1.0\n";
        CHECK(world.trigger().post_receive(line) == Worked::failed);
    }
    SUBCASE("an index that is away") {
        world.programs.words =
            "ConnectionError: Failed to establish a new connection: [Errno 111] Connection refused\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk") {
        world.programs.words = "OSError: [Errno 28] No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
        CHECK(world.said.find("hint: make room and do the same again; free are ") != std::string::npos);
        CHECK(world.said.find(world.folder.path().string()) != std::string::npos);
    }
    SUBCASE("a full disk of which git tells in its own words") {
        world.programs.fail_at = "worktree add";
        world.programs.words = "error: unable to write file x\nfatal: Could not reset index file\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk of which tar tells in its own words") {
        world.programs.fail_at = "tar --extract --no-same-owner";
        world.programs.words = "tar: x: Wrote only 512 of 10240 bytes\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("a full disk while a number is reserved") {
        world.programs.fail_at = "hash-object";
        world.programs.words = "fatal: unable to write loose object file: No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::unknown);
    }
    SUBCASE("tests that fail, whatever words they have for it") {
        world.programs.fail_at = "run-tests";
        world.programs.words = "OSError: [Errno 28] No space left on device\n";
        CHECK(world.trigger().post_receive(line) == Worked::failed);
    }
    SUBCASE("an exception of the standard library") {
        world.programs.fail_at.clear();
        world.programs.loses_package = true;
        CHECK(world.trigger().post_receive(line) == Worked::failed);
        CHECK(world.trigger().history().find("cannot go on") != std::string::npos);
    }
    CHECK(world.programs.reserved().empty());
}

TEST_CASE("what passes by itself is unknown for the single verbs too") {
    World world;
    world.programs.words = "No space left on device\n";
    Request request;
    request.work = world.folder.path() / "dist";
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_AS(world.pipeline(request).build_distributions(), Unsure);
    world.programs.fail_at.clear();
    world.pipeline(request).build_distributions();
    world.programs.fail_at = "md5sum";
    CHECK_THROWS_AS(world.pipeline(request).build_deb(), Unsure);
    world.programs.fail_at = "ProjectBuilder";
    world.programs.tags = head + "\trefs/tags/26.11.1\n";
    CHECK_THROWS_AS(world.pipeline().verify(Version{26, 11, 1}), Unsure);
}

TEST_CASE("which failures pass by themselves") {
    const auto system = [](int code) {
        return fs::filesystem_error("x", std::error_code(code, std::system_category()));
    };
    CHECK(may_pass(system(ENOSPC)));
    CHECK(may_pass(system(EDQUOT)));
    CHECK(may_pass(system(EIO)));
    CHECK(!may_pass(system(ENOENT)));
    CHECK(may_pass(std::bad_alloc()));
    CHECK(!may_pass(std::runtime_error("No space left on device")));
    CHECK(may_pass(Error::system("cannot write x", ENOSPC)));
    CHECK(!may_pass(Error::system("cannot write x", EACCES)));
    CHECK(!may_pass(Certain("the tests failed", "No space left on device")));
    CHECK(may_pass(Unsure(Error("x", "y"))));
    CHECK_THROWS_AS(nobodys_fault([] { throw Certain("x", "y"); }), Certain);
}

TEST_CASE("the room that is left is told of each disk once, and of what is not there yet") {
    const Scratch scratch;
    const auto all = rooms({scratch.path(), scratch.path() / "not/yet", "", "relative"});
    REQUIRE(all.size() == 1);
    CHECK(all.front().folders == scratch.path().string() + ", " + (scratch.path() / "not/yet").string());
    const Error told = with_room_told(Error("x", "y", "z"), {scratch.path()});
    CHECK(told.parts().hint.find("make room and do the same again; free are ") == 0);
    CHECK(told.parts().hint.ends_with(" MB in " + scratch.path().string() + "; z"));
    CHECK(with_room_told(told, {"/"}).parts().hint == told.parts().hint);
}

TEST_CASE("a git remote that lacks room is told of as such, and not the build host's own disks") {
    const Scratch scratch;
    const std::string words =
        "git push: exit status 1: remote: fatal: unable to write loose object file: No space left on device";
    const Error full("cannot reserve the number 26.9.3", words, "rights");
    CHECK(push_refused(full, "git@example.org:w.git").parts().hint ==
          "make room where the git remote is and do the same again");
    CHECK(push_refused(full, scratch.path().string())
              .parts()
              .hint.ends_with(" MB in " + scratch.path().string()));
    CHECK(push_refused(full, scratch.path().string()).parts().cause == words);
    const Error other("cannot reserve the number 26.9.3", "pre-receive hook declined", "rights");
    CHECK(push_refused(other, "git@example.org:w.git").parts().hint == "rights");
    CHECK(push_refused(other, scratch.path().string()).parts().hint == "rights");
    for (const char* said :
         {"remote: error: cannot update ref 'refs/tags/26.9.3': couldn't write '/srv/w.git/26.9.3.lock'",
          "E: You don't have enough free space in /var/cache/apt/archives/."})
        CHECK(may_pass(Error("x", said)));
}

TEST_CASE("a broken file of the builder's state is set aside, and no commit is blamed for it") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    for (const std::string broken : {"publication.json", "reservation.json"})
        for (const std::string& text :
             {std::string("{"), std::string("{}"), std::string("{\"version\": 3}")}) {
            CAPTURE(broken);
            World world;
            world.trigger();
            const fs::path state = fs::directory_iterator(world.folder.path() / "state")->path();
            put(state / broken, text);
            CHECK(world.trigger().post_receive(line) == Worked::unknown);
            CHECK(world.said.find("it was set aside as") != std::string::npos);
            CHECK(world.files.read(state / (broken + ".broken")) == text);
            CHECK(world.trigger().retry(head) == Worked::released);
        }
}

TEST_CASE("a number below one that exists is not built") {
    World world;
    world.programs.tags = std::string(40, 'd') + "\trefs/tags/26.11.4\n";
    Request request;
    request.version = Version{26, 11, 3};
    request.work = world.folder.path() / "dist";
    CHECK_THROWS_WITH_AS(world.pipeline(request).build_distributions(),
                         doctest::Contains("has the tag 26.11.4"), Error);
    // The tag's own commit may be built again.
    world.programs.tags += head + "\trefs/tags/26.11.3\n";
    world.programs.fail_at = "ProjectBuilder";
    CHECK_THROWS_WITH_AS(world.pipeline(request).build_distributions(),
                         doctest::Contains("cannot build warehouse"), Error);
}

TEST_CASE("what a service's own files ask for is done by their names, and by packages that the hosts get") {
    World world;
    world.programs.more_of_deb = "overlay = \"packaging\"\n";
    world.programs.sources = {{"packaging/usr/lib/sysusers.d/accounts.conf", "u w -\n"},
                              {"packaging/usr/lib/tmpfiles.d/b.conf", "d /run/w\n"},
                              {"packaging/usr/lib/tmpfiles.d/a.conf", "d /run/x\n"}};
    world.pipeline().release();
    const auto control = [&](const char* name) {
        return world.files.read(world.folder.path() / "scratch/package/DEBIAN" / name).value_or("");
    };
    CHECK(control("postinst")
              .find("    systemd-sysusers accounts.conf\n    systemd-tmpfiles --create a.conf b.conf\n") !=
          std::string::npos);
    CHECK(control("control").find("systemd | systemd-standalone-sysusers | systemd-sysusers, "
                                  "systemd | systemd-standalone-tmpfiles | systemd-tmpfiles") !=
          std::string::npos);
}

TEST_CASE("an overlay is looked over as everything else in the package is") {
    World world;
    world.programs.more_of_deb = "overlay = \"packaging\"\n";
    SUBCASE("byte code") {
        world.programs.sources = {{"packaging/usr/share/w/x.pyc", ""}};
    }
    SUBCASE("a name that is not UTF-8") {
        world.programs.sources = {{"packaging/usr/share/w/\xe9", ""}};
    }
    SUBCASE("maintainer scripts") {
        world.programs.sources = {{"packaging/DEBIAN/preinst", "#!/bin/sh\n"}};
    }
    SUBCASE("a unit of accounts with a name for a shell") {
        world.programs.sources = {{"packaging/usr/lib/sysusers.d/$(reboot).conf", ""}};
    }
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.published().empty());
}

TEST_CASE("an environment is taken from the cache for the same lock, with the files that it names") {
    World world;
    world.programs.sources = {{"requirements.txt", "-r more.txt\n"},
                              {"more.txt", "x==1\n-c limits.txt\n"},
                              {"limits.txt", "y<2\n"}};
    world.programs.fail_at = "md5sum";
    const auto made = [&] {
        CHECK_THROWS_AS(world.pipeline().release(), Error);
        return world.programs.times("-m venv --without-pip " +
                                    (world.folder.path() / "opt/warehouse").string());
    };
    CHECK(made() == 1);
    CHECK(made() == 1);
    world.programs.sources["more.txt"] = "x==2\n-c limits.txt\n";
    CHECK(made() == 2);
    world.programs.sources["limits.txt"] = "y<3\n";
    CHECK(made() == 3);
    CHECK(made() == 3);
}

TEST_CASE("an environment that names a folder of its build is not kept for later ones") {
    World world;
    world.programs.sources = {{"requirements.txt", "x==1\n"}};
    world.programs.leaks = true;
    CHECK_THROWS_WITH_AS(world.pipeline().release(), doctest::Contains("name a folder of this build"), Error);
    CHECK(!world.programs.ran("md5sum"));
    const fs::path state = fs::directory_iterator(world.folder.path() / "state")->path();
    for (const auto& entry : fs::recursive_directory_iterator(state))
        CHECK(entry.path().filename() != "module.py");
}

namespace {

Settings::Publish publish_settings(const World& world) {
    return read_settings({}, SettingsText{"build.toml", world.programs.host_settings()}, Need::repository)
        .publish;
}

}  // namespace

TEST_CASE("a suite whose link is lost is no new one: nothing of it is thrown away") {
    World world;
    world.pipeline().release();
    const fs::path link = world.folder.path() / "apt/dists/stable";
    const fs::path kept = world.folder.path() / "apt/generations/stable/1/InRelease";
    SUBCASE("the link is gone") {
        fs::remove(link);
    }
    SUBCASE("it leads nowhere") {
        fs::remove(link);
        fs::create_symlink("../generations/stable/7", link);
    }
    const Settings::Publish settings = publish_settings(world);
    AptMaintenance maintenance(world.programs, world.clock, settings);
    try {
        maintenance.add({"x.deb"});
        FAIL("added");
    } catch (const Error& error) {
        CHECK(error.parts().cause.find("does not lead to a generation") != std::string::npos);
        CHECK(error.parts().hint.find("dray-build repoint --to stable 1") == 0);
    }
    CHECK_THROWS_AS(maintenance.renew(true), Error);
    CHECK(fs::exists(kept));
    CHECK(maintenance.repoint(1));
    const SuiteContent content = AptSuite(world.programs, world.clock, settings, "stable").content();
    CHECK(content.packages.at("main/binary-amd64").find("Package: warehouse") != std::string::npos);
}

TEST_CASE("a first release that died before it was shown is no lost suite") {
    World world;
    put(world.folder.path() / "apt/generations/stable/1/InRelease", "left");
    CHECK_NOTHROW(world.pipeline().release());
    CHECK(fs::read_symlink(world.folder.path() / "apt/dists/stable") == "../generations/stable/1");
}

TEST_CASE("a clock that went back is said, and the repository's date goes on") {
    World world;
    world.pipeline().release();
    const Settings::Publish settings = publish_settings(world);
    std::string said;
    AptMaintenance maintenance(world.programs, world.clock, settings,
                               [&](const std::string& text) { said += text; });
    const AptSuite suite(world.programs, world.clock, settings, "stable");
    const auto before = suite.release()->date;
    maintenance.renew(true);
    CHECK(said.empty());
    world.clock.time -= std::chrono::hours(24);
    maintenance.renew(true);
    CHECK(said.find("the clock is 86402 s behind the suite stable") != std::string::npos);
    CHECK(suite.release()->date == before + std::chrono::seconds(2));
}

TEST_CASE("a hook is installed once, and never in the place of somebody's own") {
    const Scratch scratch;
    host::SystemFiles files;
    CHECK_THROWS_AS(install_hook(files, scratch.path(), {}), Error);
    put(scratch.path() / "HEAD", "ref: refs/heads/master\n");
    fs::create_directories(scratch.path() / "objects");
    const fs::path hook = install_hook(files, scratch.path(), "/etc/it's.toml");
    CHECK(files.read(hook)->find("--config '/etc/it'\\''s.toml'\n") != std::string::npos);
    CHECK((fs::status(hook).permissions() & fs::perms(0777)) == fs::perms(0755));
    CHECK_NOTHROW(install_hook(files, scratch.path(), {}));
    put(hook, "#!/bin/sh\nmail\n");
    CHECK_THROWS_AS(install_hook(files, scratch.path(), {}), Error);
}

TEST_CASE("single steps hand their products on in the work folder, and refuse changed ones") {
    World world;
    Request request;
    request.work = world.folder.path() / "dist";
    CHECK(world.pipeline(request).build_distributions().wheel == "warehouse-26.11.1-py3-none-any.whl");
    CHECK_THROWS_AS(world.pipeline(request).publish(), Error);
    CHECK(world.programs.published().empty());
    put(world.folder.path() / "dist/release.json",
        R"({"version": "26.11.1", "commit": ")" + head +
            R"(", "changes": [], "wheel": {"name": "warehouse-26.11.1-py3-none-any.whl", "sha256": "0"}})");
    CHECK_THROWS_AS(world.pipeline(request).build_deb(), Error);
}
