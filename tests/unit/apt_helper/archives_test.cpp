// apt's archives keep what runs and what ran before, and nothing older.
#include "apt_helper/archives.h"

#include "apt_world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace dray;
namespace fs = std::filesystem;

TEST_CASE("of a package that was changed older files go, and those of others stay") {
    const test::AptWorld world;
    const auto folder = world.path() / "cache/archives";
    for (const char* name :
         {"greeting_1_all.deb", "greeting_2_all.deb", "greeting_1%3a3_all.deb", "greeting_2.1_all.deb",
          "greeting-more_1_all.deb", "voice_1_amd64.deb", "greeting_1.txt"})
        std::ofstream(folder / name) << "content";
    apt_helper::prune_archives({{"greeting", "2", "1:3"}, {"voice:amd64", "1", ""}});
    std::set<std::string> left;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file()) left.insert(entry.path().filename());
    CHECK(left == std::set<std::string>{"greeting_2_all.deb", "greeting_1%3a3_all.deb",
                                        "greeting-more_1_all.deb", "voice_1_amd64.deb", "greeting_1.txt"});
}
