// What a transaction becomes when packages may come from certain sources alone.
#include "apt_helper/plan.h"

#include "apt_helper/kept_files.h"
#include "apt_world.h"
#include "error.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/depcache.h>
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

using namespace dray;
using host::AptChange;
using test::AptWorld;
using test::stanza;
using Changes = std::vector<AptChange>;

namespace {

std::string installed_stanza(const std::string& name, const std::string& version) {
    return "Package: " + name + "\nStatus: install ok installed\nVersion: " + version +
           "\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: made for a test\n\n";
}

/// What installing choir 1 would change when greeting may come from `internal` alone. `before` is done to the
/// cache first.
Changes solved(const std::function<void(pkgCacheFile&)>& before = {}) {
    pkgCacheFile cache;
    REQUIRE(cache.Open(nullptr, false));
    if (before) before(cache);
    const apt_helper::KeptFiles kept;
    apt_helper::solve(
        cache, {.install = {{"choir", "1"}}, .remove = {}, .from = {{"greeting", {"internal"}}}}, kept);
    return apt_helper::planned_changes(cache);
}

std::string refusal(const std::function<void(pkgCacheFile&)>& before = {}) {
    try {
        solved(before);
    } catch (const Error& error) {
        return error.text();
    }
    return "not refused";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a dependency takes what may come from certain sources alone from these, though others have more") {
    const AptWorld world;
    world.archive("internal", stanza("greeting", "3"));
    world.archive("other", stanza("greeting", "9") + stanza("choir", "1", "Depends: greeting\n"));
    CHECK(solved() == Changes{{"choir", "", "1"}, {"greeting", "", "3"}});
    world.installed(installed_stanza("greeting", "2"));
    CHECK(solved() == Changes{{"choir", "", "1"}});
}

TEST_CASE("a dependency that only another source can meet is refused, which is said") {
    const AptWorld world;
    world.archive("internal", stanza("greeting", "3"));
    world.archive("other", stanza("greeting", "9") + stanza("choir", "1", "Depends: greeting (>= 5)\n"));
    for (const auto* has : {"", "3"}) {
        world.installed(*has == '\0' ? "" : installed_stanza("greeting", has));
        const auto words = refusal();
        CHECK_MESSAGE(contains(words, "choir 1 Depends greeting (>= 5): "), words);
        CHECK_MESSAGE(contains(words, "greeting 9 from other, which the recipe does not allow"), words);
    }
}

TEST_CASE("of a dependency's choices the one is taken that no source is forbidden for") {
    const AptWorld world;
    world.archive("other", stanza("greeting", "9") + stanza("tune", "1") +
                               stanza("choir", "1", "Depends: greeting | tune\n"));
    CHECK(solved() == Changes{{"choir", "", "1"}, {"tune", "", "1"}});
}

TEST_CASE("what is installed from another source stays") {
    const AptWorld world;
    world.archive("internal", stanza("greeting", "3"));
    world.archive("other", stanza("greeting", "9") + stanza("choir", "1", "Depends: greeting (>= 5)\n"));
    world.installed(installed_stanza("greeting", "8"));
    CHECK(solved() == Changes{{"choir", "", "1"}});
}

TEST_CASE("whatever else has marked what may not come from its source, it is refused") {
    const AptWorld world;
    world.archive("other", stanza("greeting", "9") + stanza("choir", "1"));
    const auto words = refusal(
        [](pkgCacheFile& cache) { cache->MarkInstall(cache.GetPkgCache()->FindPkg("greeting"), false); });
    CHECK_MESSAGE(contains(words, "apt would take greeting 9 from other, which the recipe does not allow"),
                  words);
}
