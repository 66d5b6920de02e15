// Unit tests of which pushes are released, and of what becomes of the others.
#include "builder/trigger.h"

#include "builder/push_spool.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/file.h"
#include "host/interrupt.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::head;
using dray::test::put;
using dray::test::World;
namespace fs = std::filesystem;

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

TEST_CASE("a run that is stopped has no result: its push waits, no attempt is lost, and no number is taken") {
    const std::string line = std::string(40, '1') + " " + head + " refs/heads/master\n";
    for (const std::string at : {"run-tests", "ProjectBuilder", "dpkg-deb", "--force-with-lease"}) {
        CAPTURE(at);
        World world;
        world.programs.more_of_host = "announce = [\"tell-everybody\"]\n";
        world.programs.stop_at = at;
        {
            const host::InterruptGuard signals;
            CHECK_THROWS_WITH_AS(world.trigger().post_receive(line),
                                 doctest::Contains("stopped by signal SIGINT"), Error);
        }
        CHECK(world.programs.reserved().empty());
        CHECK(world.trigger().status().find("waiting      cccccccccccc\n") != std::string::npos);
        CHECK(world.trigger().history().find(" unknown ") != std::string::npos);
        CHECK(!world.programs.ran("tell-everybody"));
        world.programs.stop_at.clear();
        CHECK(world.trigger().post_receive() == Worked::released);
    }
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
    std::string history;
    const auto has = [&](const std::string& text) { return history.find(text) != std::string::npos; };
    SUBCASE("unknown at first") {
        world.programs.fail_at = "ls-remote";
        CHECK(world.trigger().post_receive() == Worked::unknown);
        world.programs.fail_at.clear();
        // It is not due yet, and those before it are not released in its place.
        CHECK(world.trigger().post_receive() == Worked::nothing);
        history = world.trigger().history();
        CHECK(has("444444444444  unknown"));
        CHECK(!has("222222222222"));
        CHECK(!has("333333333333"));
        world.clock.time += std::chrono::minutes(5);
    }
    SUBCASE("unknown for good") {
        result = "unknown";
        world.programs.fail_at = "ls-remote";
        for (int attempt = 1; attempt < 5; ++attempt) {
            CHECK(world.trigger().post_receive() == Worked::unknown);
            world.clock.time += std::chrono::minutes(5);
        }
    }
    const std::map<std::string, Worked> expected{
        {"released", Worked::released}, {"failed", Worked::failed}, {"unknown", Worked::unknown}};
    CHECK(world.trigger().post_receive() == expected.at(result));
    CHECK(world.programs.times("run-tests") == (result == "unknown" ? 0 : 1));
    history = world.trigger().history();
    CHECK(has("222222222222  folded"));
    CHECK(has("333333333333  folded"));
    CHECK(has("into 444444444444"));
    CHECK(has("444444444444  " + result));
    CHECK(world.trigger().status().find("waiting") == std::string::npos);
}

TEST_CASE("a commit that somebody asks for is no newer than those that wait: none of them is a part of it") {
    World world;
    std::string result = "released";
    SUBCASE("each is released") {}
    SUBCASE("the newest alone is") {
        world.programs.more_of_host = "order = \"newest\"\n";
    }
    SUBCASE("the newest alone is, and what is asked for fails") {
        world.programs.more_of_host = "order = \"newest\"\n";
        result = "failed";
    }
    const std::string line = std::string(40, '1') + " " + std::string(40, '4') + " refs/heads/master\n";
    world.programs.fail_at = "ls-remote";
    CHECK(world.trigger().post_receive(line) == Worked::unknown);
    world.programs.fail_at = result == "failed" ? "run-tests" : "";
    CHECK(world.trigger().retry(head) == (result == "failed" ? Worked::failed : Worked::released));
    const std::string history = world.trigger().history();
    CHECK(history.find("cccccccccccc  " + result) != std::string::npos);
    CHECK(history.find("folded") == std::string::npos);
    CHECK(world.trigger().status().find("waiting      444444444444") != std::string::npos);
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

TEST_CASE("a hook is installed once, and never in the place of somebody's own") {
    const Scratch scratch;
    host::SystemFiles files;
    CHECK_THROWS_AS(install_hook(files, scratch.path(), {}), Error);
    put(scratch.path() / "HEAD", "ref: refs/heads/master\n");
    fs::create_directories(scratch.path() / "objects");
    const fs::path hook = install_hook(files, scratch.path(), "/etc/it's.toml");
    CHECK(files.read(hook)->find("--config '/etc/it'\\''s.toml'\n") != std::string::npos);
    CHECK((fs::status(hook).permissions() & fs::perms(0777)) == fs::perms(0755));
    // git runs the hook in another folder than that in which somebody has installed it.
    const fs::path before = fs::current_path();
    put(scratch.path() / "settings/build.toml", "");
    fs::current_path(scratch.path() / "settings");
    install_hook(files, scratch.path(), "../settings/build.toml");
    fs::current_path(before);
    CHECK(files.read(hook)->find("--config '" +
                                 fs::canonical(scratch.path() / "settings/build.toml").string() + "'\n") !=
          std::string::npos);
    CHECK_NOTHROW(install_hook(files, scratch.path(), {}));
    put(hook, "#!/bin/sh\nmail\n");
    CHECK_THROWS_AS(install_hook(files, scratch.path(), {}), Error);
}
