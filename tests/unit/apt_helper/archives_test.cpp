// apt's archives keep what runs and what ran before, and nothing older; what is in them is found by its name.
#include "apt_helper/archives.h"

#include "apt_world.h"

#include <apt-pkg/configuration.h>
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

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

TEST_CASE("a package's files are found by their names, those of the latest date first") {
    const test::AptWorld world;
    const auto folder = world.path() / "cache/archives";
    const auto native = _config->Find("APT::Architecture");
    const auto now = fs::file_time_type::clock::now();
    int age = 0;
    const auto put = [&](const std::string& name) {
        std::ofstream(folder / name) << "content";
        fs::last_write_time(folder / name, now - std::chrono::seconds(++age));
        return folder / name;
    };
    const auto second = put("greeting_2_all.deb");
    const auto epoch = put("greeting_1%3a2_" + native + ".deb");
    const auto foreign = put("greeting_2_m68k.deb");
    for (const char* name :
         {"greeting-more_2_all.deb", "greeting_2.deb", "greeting_2_all.deb.new", "greetin_2_all.deb"})
        put(name);
    fs::create_directory(folder / "greeting_3_all.deb");

    using apt_helper::archived_packages;
    using apt_helper::ArchivedPackage;
    CHECK(archived_packages("greeting", "") ==
          std::vector<ArchivedPackage>{{second, "2", "all"}, {epoch, "1:2", native}});
    CHECK(archived_packages("greeting", "1:2") == std::vector<ArchivedPackage>{{epoch, "1:2", native}});
    CHECK(archived_packages("greeting:m68k", "2") ==
          std::vector<ArchivedPackage>{{second, "2", "all"}, {foreign, "2", "m68k"}});
    CHECK(archived_packages("greeting", "4").empty());
    CHECK(archived_packages("choir", "").empty());
}
