// Unit tests of the order of the steps, and of what is visible when one of them fails.
#include "builder/pipeline.h"

#include "builder/scratch.h"
#include "error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <functional>

using namespace dray;
using namespace dray::builder;
namespace fs = std::filesystem;

namespace {

const std::string head(40, 'c');

/// 23 November 2026; waiting takes no time.
class FixedClock final : public host::Clock {
  public:
    host::Time now() const override { return std::chrono::sys_days(std::chrono::year(2026) / 11 / 23); }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    void sleep(std::chrono::milliseconds) const override {}
};

void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

/// A build host whose programs do just enough: they leave the files that the next step wants.
class FakeBuildHost final : public host::Processes {
  public:
    explicit FakeBuildHost(fs::path world) : world_(std::move(world)) {}

    std::string tags;          ///< what git ls-remote answers
    std::string fail_at;       ///< a command whose text holds this ends with status 1
    std::string then_fail_at;  ///< and after that also one that holds this
    std::string settings() const {
        return "[service]\nname = \"warehouse\"\n[test]\ncommand = [\"run-tests\"]\n"
               "[python]\ninterpreter = \"/bin/sh\"\n"
               "[deb]\npackage = \"warehouse\"\nprefix = \"" +
               (world_ / "opt/warehouse").string() +
               "\"\nmaintainer = \"A <a@example.org>\"\ndescription = \"an index\"\n"
               "[publish]\nindex = \"" +
               (world_ / "index").string() + "\"\napt = \"" + (world_ / "apt").string() +
               "\"\nsigning_key = \"0123456789ABCDEF\"\n";
    }

    host::Result run(const host::Command& command) const override {
        const std::string text = command.text();
        ran_.push_back(text);
        if (!then_fail_at.empty() && ran(fail_at) && text.find(then_fail_at) != std::string::npos)
            return {.exit_code = 1, .errors = "gone\n"};
        if (!fail_at.empty() && text.find(fail_at) != std::string::npos)
            return {.exit_code = 1, .errors = "broken\n"};
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
        if (has("rev-parse")) return head + "\n";
        if (has(" show ")) return "1793472305\nDev <dev@example.org>\nA change\n";
        if (has("ls-tree")) return "dray-build.toml\n";
        if (has("cat-file")) return settings();
        if (has("ls-remote")) return tags;
        if (has(" log ")) return "A change\n";
        if (has(" archive ")) put(archive(text), "");
        if (has("tar --extract --no-same-owner")) {
            put(command.directory / "pyproject.toml", "[project]\nversion = \"0\"\n");
            put(command.directory / "requirements.txt", "");
        }
        if (has("dpkg-query")) return "python3.11-minimal: /usr/bin/python3.11\n";
        if (has("find_spec")) return "CPython 3 11\n";
        if (has("ProjectBuilder")) {
            put(fs::path(last) / "warehouse-26.11.1.tar.gz", "sdist");
            put(fs::path(last) / "warehouse-26.11.1-py3-none-any.whl", "wheel");
        }
        if (has("PKG-INFO")) return "Name: warehouse\nVersion: 26.11.1\n";
        if (has("sha256sum")) return digests(command);
        if (has("gzip -9n ")) fs::rename(last, last + ".gz");
        if (has("gzip -9nk")) fs::copy_file(last, last + ".gz");
        if (has("xz ")) fs::copy_file(last, last + ".xz");
        if (has("dpkg-deb")) put(last, "package");
        if (has("apt-ftparchive")) return "Package: warehouse\nVersion: 26.11.1\nArchitecture: all\n";
        if (has("print-architecture")) return "amd64\n";
        if (has("gpg")) return "signed\n" + command.input;
        return {};
    }

    static std::string archive(const std::string& text) {
        const std::size_t begin = text.find("--output=") + 9;
        return text.substr(begin, text.find(' ', begin) - begin);
    }

    static std::string digests(const host::Command& command) {
        std::string lines;
        for (std::size_t i = 2; i < command.argv.size(); ++i) {
            char size[65];
            std::snprintf(size, sizeof size, "%064zx", std::hash<std::string>()(command.argv[i]));
            lines += std::string(size) + "  " + command.argv[i] + "\n";
        }
        return lines;
    }

    fs::path world_;
    mutable std::vector<std::string> ran_;
};

/// A build host, and a pipeline on it.
struct World {
    Scratch folder;
    FakeBuildHost programs{folder.path()};
    host::SystemFiles files;
    FixedClock clock;
    std::string said;
    Progress progress{clock, [this](std::string_view text) { said += text; }};

    Pipeline pipeline(Request request = {}) {
        fs::create_directories(folder.path() / "scratch");
        return Pipeline({programs, files, clock}, progress, std::move(request), folder.path() / "scratch");
    }
};

}  // namespace

TEST_CASE("a release does its steps in order, and pushes the tag last") {
    World world;
    CHECK(world.pipeline().release().version.text() == "26.11.1");
    std::vector<std::string> names;
    for (const auto& step : world.progress.steps())
        names.push_back(step.name);
    CHECK(names == std::vector<std::string>{"source", "tests", "version", "distributions", "environment",
                                            "package", "publish"});
    CHECK(world.programs.position("run-tests") < world.programs.position("ProjectBuilder"));
    CHECK(world.programs.position("ProjectBuilder") < world.programs.position("dpkg-deb"));
    CHECK(world.programs.position("--dry-run") < world.programs.position("apt-ftparchive"));
    CHECK(world.programs.position("gpg") < world.programs.position("push --quiet -- "));
    CHECK(!world.programs.ran("--force "));
    CHECK(!fs::exists(world.folder.path() / "opt"));
}

TEST_CASE("what is published is the index's files, the package, and the indices by name and by hash") {
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
    CHECK(has("apt/dists/stable/InRelease"));
    CHECK(has("apt/dists/stable/main/binary-amd64/Packages.xz"));
    CHECK(published.size() == 12);
}

TEST_CASE("when a step fails nothing is published and no tag is pushed") {
    for (const std::string& step :
         std::vector<std::string>{"run-tests", "dpkg-query", "ProjectBuilder", "-m venv", "-m pip", "md5sum",
                                  "dpkg-deb", "--annotate", "--dry-run", "apt-ftparchive", "xz -6k", "gpg"}) {
        CAPTURE(step);
        World world;
        world.programs.fail_at = step;
        CHECK_THROWS_AS(world.pipeline().release(), Error);
        CHECK(world.programs.ran(step));
        CHECK(world.programs.published().empty());
        CHECK(!world.programs.ran("push --quiet -- "));
        CHECK(world.said.find("failed\n") != std::string::npos);
    }
}

TEST_CASE("when the remote refuses the tag, what was visible before is visible again") {
    World world;
    put(world.folder.path() / "index/index.html", "before");
    put(world.folder.path() / "apt/dists/stable/InRelease", "Origin: dray\n");
    world.programs.fail_at = "push --quiet -- ";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
    CHECK(world.programs.ran("push --quiet -- "));
    CHECK(world.programs.published() ==
          std::vector<std::string>{"apt/dists/stable/InRelease", "index/index.html"});
    CHECK(world.files.read(world.folder.path() / "index/index.html", 100) == "before");
    CHECK(world.files.read(world.folder.path() / "apt/dists/stable/InRelease", 100) == "Origin: dray\n");
}

TEST_CASE(
    "when nobody knows whether the tag arrived, the products are kept and the error says how to go on") {
    World world;
    world.programs.fail_at = "push --quiet -- ";
    world.programs.then_fail_at = "ls-remote";
    try {
        world.pipeline().release();
        FAIL("released");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("warehouse 26.11.1 is published in part") == 0);
        CHECK(error.parts().hint.find((world.folder.path() / "warehouse-26.11.1").string()) !=
              std::string::npos);
    }
    CHECK(fs::exists(world.folder.path() / "warehouse-26.11.1/release.json"));
    CHECK(world.programs.published().size() == 12);
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
    world.programs.tags = head + "\trefs/tags/26.11.1\n";
    CHECK_THROWS_AS(world.pipeline().release(), Error);
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
        CHECK(!world.pipeline().post_receive(line));
        CHECK(!world.programs.ran("run-tests"));
    }
    World world;
    const auto products = world.pipeline().post_receive(old + " " + head + " refs/heads/master\n");
    REQUIRE(products);
    CHECK(products->version.text() == "26.11.1");
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
