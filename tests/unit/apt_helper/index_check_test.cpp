// What libapt cannot read is no index, whoever has signed it.
#include "apt_helper/index_check.h"

#include "apt_world.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using dray::apt_helper::index_defect;
using dray::test::AptWorld;
using dray::test::stanza;

namespace {

std::string defect_of_index(const std::string& content) {
    const AptWorld world;
    const auto file = world.path() / "x_Packages";
    std::ofstream(file, std::ios::binary) << content;
    return index_defect(file);
}

}  // namespace

TEST_CASE("an index is what can be read to its end, and an empty one is one") {
    CHECK(defect_of_index("").empty());
    CHECK(defect_of_index(stanza("greeting", "1") + "\n" + stanza("greeting", "2")).empty());
    CHECK_FALSE(defect_of_index("Origin: tests\nSuite: stable\n").empty());
    CHECK_FALSE(defect_of_index("<html><h1>Please log in</h1></html>\n").empty());
    CHECK_FALSE(defect_of_index(std::string(3000, '\x9c')).empty());
    CHECK_FALSE(defect_of_index(stanza("greeting", "1") + "\n" + "noise without a colon\n").empty());
    CHECK_FALSE(index_defect("/nonexistent/x_Packages").empty());
}
