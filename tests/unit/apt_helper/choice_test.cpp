// Which version a wish leads to: apt's priorities first, whatever the form of the wish.
#include "apt_helper/choice.h"

#include "apt_helper/candidates.h"
#include "apt_world.h"

#include <apt-pkg/configuration.h>
#include <doctest/doctest.h>

#include <string>

using namespace dray;
using apt_helper::candidates;
using test::AptWorld;
using test::stanza;

namespace {

std::string candidate(const host::PackageWish& wish) {
    return candidates({wish}).at(wish).candidate;
}

std::string installed_stanza(const std::string& version) {
    return "Package: greeting\nStatus: install ok installed\nVersion: " + version +
           "\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: made for a test\n\n";
}

constexpr auto experimental = "NotAutomatic: yes\n";
constexpr auto backports = "NotAutomatic: yes\nButAutomaticUpgrades: yes\n";

}  // namespace

TEST_CASE("a range takes the highest version of the highest priority, and no experimental one above it") {
    const AptWorld world;
    world.archive("stable", stanza("greeting", "1") + stanza("greeting", "2"));
    world.archive("backports", stanza("greeting", "3"), backports);
    world.archive("experimental", stanza("greeting", "4"), experimental);
    CHECK(candidate({.name = "greeting"}) == "2");
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "2");
    CHECK(candidate({.name = "greeting", .version = "<< 2"}) == "1");
    CHECK(candidate({.name = "greeting", .version = ">= 3"}) == "3");  // of these backports has the priority
    CHECK(candidate({.name = "greeting", .version = "= 4"}) == "4");
    CHECK(candidate({.name = "greeting", .version = "*"}) == "2");
}

TEST_CASE("a range obeys the default release") {
    const AptWorld world;
    world.archive("stable", stanza("greeting", "1"));
    world.archive("testing", stanza("greeting", "2"));
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "2");
    _config->Set("APT::Default-Release", "stable");
    CHECK(candidate({.name = "greeting"}) == "1");
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "1");
    CHECK(candidate({.name = "greeting", .version = ">= 2"}) == "2");
}

TEST_CASE("pins decide among the versions that fit, and forbid") {
    const AptWorld world;
    world.archive("stable", stanza("greeting", "1") + stanza("greeting", "2") + stanza("greeting", "3"));
    world.preferences(
        "Package: greeting\nPin: version 2\nPin-Priority: 700\n\n"
        "Package: greeting\nPin: version 3\nPin-Priority: -1\n");
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "2");
    CHECK(candidate({.name = "greeting", .version = "<< 2"}) == "1");
    CHECK(candidate({.name = "greeting", .version = "= 3"}).empty());
}

TEST_CASE("what is installed is not gone back from while it fits") {
    const AptWorld world;
    world.archive("stable", stanza("greeting", "1") + stanza("greeting", "2"));
    world.installed(installed_stanza("3"));
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "3");
    CHECK(candidate({.name = "greeting", .version = "<< 3"}) == "2");
    world.preferences("Package: greeting\nPin: version 1\nPin-Priority: 1001\n");
    CHECK(candidate({.name = "greeting", .version = ">= 1"}) == "1");
}

TEST_CASE("of a package that only certain sources may bring, others are not looked at") {
    const AptWorld world;
    world.archive("internal", stanza("greeting", "1"));
    world.archive("other", stanza("greeting", "9"));
    CHECK(candidate({.name = "greeting"}) == "9");
    CHECK(candidate({.name = "greeting", .from = {"internal"}}) == "1");
    CHECK(candidate({.name = "greeting", .version = ">= 1", .from = {"internal"}}) == "1");
    const host::PackageWish wish{.name = "greeting", .version = ">= 2", .from = {"internal"}};
    CHECK(candidates({wish}).at(wish).reason ==
          "no version fits \">= 2\" (there are 1; other sources have 9)");
}

TEST_CASE("an explanation tells of each version why it is not taken") {
    const AptWorld world;
    world.archive("stable", stanza("greeting", "1") + stanza("greeting", "2"));
    world.archive("experimental", stanza("greeting", "4"), experimental);
    const auto explanation =
        apt_helper::explanations({host::PackageWish{.name = "greeting", .version = ">= 2"}}).at(0);
    REQUIRE(explanation.versions.size() == 3);
    CHECK(explanation.versions[0].words == "has priority 1; the candidate has priority 500");
    CHECK(explanation.versions[1].words ==
          "the candidate: of the versions that fit, the highest of the highest priority");
    CHECK(explanation.versions[2].words == "does not fit \">= 2\"");
}
