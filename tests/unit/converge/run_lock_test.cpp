// The run lock is held by one at a time.
#include "converge/run_lock.h"

#include "error.h"
#include "recipe_folder.h"

#include <doctest/doctest.h>

#include <unistd.h>

using dray::converge::lock_holder;
using dray::converge::RunLock;

TEST_CASE("a second run does not get the lock, and learns who holds it") {
    const dray::test::RecipeFolder folder;
    const auto file = folder.path() / "run" / "lock";
    {
        const auto held = RunLock::take(file, false);
        REQUIRE(held);
        CHECK(!RunLock::take(file, false));
        CHECK(lock_holder(file) == "process " + std::to_string(::getpid()));
    }
    CHECK(RunLock::take(file, false));
}

TEST_CASE("a lock file that is a link is not followed") {
    const dray::test::RecipeFolder folder;
    std::filesystem::create_symlink(folder.path() / "elsewhere", folder.path() / "lock");
    CHECK_THROWS_AS(RunLock::take(folder.path() / "lock", false), dray::Error);
    CHECK(!std::filesystem::exists(folder.path() / "elsewhere"));
}
