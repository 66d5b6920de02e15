// The order of Debian's versions, as dpkg --compare-versions has it.
#include "debian_version.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

TEST_CASE("versions are in the order of Debian Policy") {
    const std::vector<std::string> rising = {"0~~",     "0~~a",    "0~",      "0",      "1.0~rc1",  "1.0",
                                             "1.0-0.1", "1.0-1~a", "1.0-1",   "1.0-1a", "1.0-1+b1", "1.0-10",
                                             "1.0a",    "1.0+b1",  "1.0-1-1", "1.9",    "1.10",     "1.a",
                                             "1:0.1",   "1:0.1-1", "2:0",     "10:0"};
    for (std::size_t i = 0; i < rising.size(); ++i)
        for (std::size_t j = 0; j < rising.size(); ++j) {
            INFO(rising[i], " and ", rising[j]);
            CHECK((dray::compare_debian_versions(rising[i], rising[j]) <=> 0) == (i <=> j));
        }
}

TEST_CASE("a release is told without the target that it was built for") {
    CHECK(dray::without_target("26.11.3+deb12") == "26.11.3");
    CHECK(dray::without_target("26.11.3+ubuntu24.04") == "26.11.3");
    for (const char* other : {"26.11.3", "26.11.3+b1", "12.4+deb12u5", "1.2+dfsg-1+deb12", "1:26.11.3+deb12",
                              "+deb12", "26.11.3+deb", "26.11.3+deb12.", "26.11.3~rc1+deb12", "5.10+nmu1"}) {
        CAPTURE(other);
        CHECK(dray::without_target(other) == other);
    }
}

TEST_CASE("a release for a target is compared as the release, unless a target is asked for") {
    CHECK(dray::comparable("26.11.3+deb12", "26.11.3") == "26.11.3");
    CHECK(dray::comparable("26.11.3+deb12", "26.11.*") == "26.11.3");
    CHECK(dray::comparable("26.11.3+deb12", "26.11.3+deb13") == "26.11.3+deb12");
    CHECK(dray::comparable("26.11.3+deb12", "26.11.3+*") == "26.11.3+deb12");
    // What dpkg says of the two: the later one, and before the next release.
    CHECK(dray::compare_debian_versions("26.11.3", "26.11.3+deb12") < 0);
    CHECK(dray::compare_debian_versions("26.11.3+deb12", "26.11.3+deb13") < 0);
    CHECK(dray::compare_debian_versions("26.11.3+deb13", "26.11.4") < 0);
}

TEST_CASE("zeros before a number, an epoch of zero and a revision of zero make no difference") {
    for (const auto& same : std::vector<std::pair<std::string, std::string>>{
             {"1.010", "1.10"}, {"0:1", "1"}, {"1-0", "1"}, {"1.0-00", "1.0"}, {"", "0"}, {"00:1", "1"}})
        CHECK(dray::compare_debian_versions(same.first, same.second) == 0);
}
