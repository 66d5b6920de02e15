// Unit tests of git and a remote: its time, its questions, and what it says when it is not reached.
#include "builder/git_transport.h"

#include "builder/scratch.h"
#include "builder/unsure.h"
#include "error.h"
#include "pipeline_world.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::World;

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
