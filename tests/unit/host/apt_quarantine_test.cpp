// What apt is told of versions in quarantine, and what comes of it.
#include "host/apt_quarantine.h"

#include "error.h"
#include "host/apt_poll.h"
#include "host/http_memory.h"
#include "host/memory_host.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using dray::Error;
using namespace dray::host;

namespace {

const std::string path = "/etc/apt/preferences.d/00dray-quarantine-warehouse.pref";

/// A host that runs version 2 of warehouse, of which apt knows four.
struct Pinned {
    Pinned() {
        for (const auto* const version : {"1", "2", "3", "4"})
            memory.apt.add_version("warehouse", version);
        memory.apt.put_installed("warehouse", "2");
    }
    bool forbid(const std::vector<QuarantinedVersion>& versions) {
        return set_quarantine(memory.files, memory.apt, "warehouse", versions);
    }
    std::string candidate() const { return memory.apt.status({.name = "warehouse"}).candidate; }

    MemoryHost memory;
};

}  // namespace

TEST_CASE("a version in quarantine is forbidden to apt, and the file says why") {
    Pinned host;
    CHECK(host.forbid({{"4", "it answers 500"}}));
    CHECK(host.memory.files.read(path) ==
          "Explanation: in quarantine on this host; `dray release-quarantine warehouse` ends it, and takes "
          "this file away\nExplanation: it answers 500\nPackage: warehouse\nPin: version 4\n"
          "Pin-Priority: -1\n");
    CHECK(host.memory.files.status(path)->mode == 0644);
    CHECK(host.candidate() == "3");
    CHECK(quarantined(host.memory.files, "warehouse") ==
          std::vector<QuarantinedVersion>{{"4", "it answers 500"}});
    CHECK(quarantined(host.memory.files, "other").empty());
}

TEST_CASE("of several versions in quarantine none comes back, and what runs stays") {
    Pinned host;
    host.forbid({{"3", ""}, {"4", "b"}});
    CHECK(quarantined(host.memory.files, "warehouse") ==
          std::vector<QuarantinedVersion>{{"3", ""}, {"4", "b"}});
    CHECK(host.candidate() == "2");
    CHECK(host.memory.apt.installed("warehouse") == "2");
    host.forbid({{"4", "b"}});
    CHECK(host.candidate() == "3");
}

TEST_CASE("a quarantine goes before what a recipe prefers") {
    Pinned host;
    host.memory.files.put("/etc/apt/preferences.d/a.pref",
                          "Package: warehouse\nPin: version 4\nPin-Priority: 1001\n");
    CHECK(host.candidate() == "4");
    host.forbid({{"4", ""}});
    CHECK(host.candidate() == "3");
}

TEST_CASE("setting the same quarantine again changes nothing, and an empty one takes the file away") {
    Pinned host;
    CHECK_FALSE(host.forbid({}));
    host.forbid({{"4", ""}});
    const auto changes = host.memory.changes();
    CHECK_FALSE(host.forbid({{"4", ""}}));
    CHECK(host.memory.changes() == changes);
    CHECK(host.forbid({}));
    CHECK_FALSE(host.memory.files.exists(path));
    CHECK(host.candidate() == "4");
}

TEST_CASE("an empty file in the quarantine's place is taken away too") {
    Pinned host;
    host.memory.files.put(path, "");
    CHECK(host.forbid({}));
    CHECK_FALSE(host.memory.files.exists(path));
}

TEST_CASE("the file's name is one that apt reads, for each package another") {
    CHECK(quarantine_path("libstdc++6:i386") ==
          "/etc/apt/preferences.d/00dray-quarantine-libstdc_p_p6_ci386.pref");
    for (const auto* const name : {"", "../x", "a b", "A", "a\nb", "*"})
        CHECK_THROWS_AS(quarantine_path(name), Error);
}

TEST_CASE("nothing but the comment can come of a reason, and no pattern of a version") {
    Pinned host;
    host.forbid({{"4", "line\nPackage: *\x7f"}});
    CHECK(host.memory.files.read(path)->find("Explanation: line Package: * \nPackage: warehouse\n") !=
          std::string::npos);
    for (const auto* const version : {"", "4*", "4\nPin: version *", "/4/"})
        CHECK_THROWS_AS(host.forbid({{version, ""}}), Error);
}

TEST_CASE("a quarantine is news to the short way") {
    dray::test::TemporaryFolder folder;
    SystemFiles files;
    ScriptedHttp http;
    ManualClock clock;
    AptPoll poll(files, http, clock, folder.path() / "poll.json");
    const AptQuestion question{.sources = {}, .packages = {{.name = "warehouse"}}};
    AptAnswer answer;
    answer.packages[{.name = "warehouse"}] = {"2", "4", ""};
    const auto preferences = folder.path() / "preferences.d";
    std::filesystem::create_directory(preferences);
    answer.survey = AptSurvey{
        .watched = {
            {.subject = "apt's preferences", .by_content = true, .of_choice = true, .paths = {preferences}}}};
    answer.survey->digests = settled_fingerprint(answer.survey->watched).digests;
    poll.keep(question, {}, answer, {});
    CHECK(poll.answer(question));
    files.write(preferences / quarantine_path("warehouse").filename(), "Package: warehouse\n", {});
    CHECK_FALSE(poll.answer(question));
    CHECK(poll.reason() == "apt's preferences changed");
}
