// When the client starts dray-apt, what it asks of it, and when it need not.
#include "host/apt_client.h"

#include "error.h"
#include "host/clock_memory.h"
#include "host/file_memory.h"
#include "host/http_memory.h"
#include "host/process_memory.h"
#include "host/systemd_memory.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace dray::host;
namespace fs = std::filesystem;

namespace {

/// A host whose dray-apt is played: it knows version 2 of every package, and watches dpkg's status.
class World {
  public:
    World() {
        std::ofstream(folder.path() / "status") << "Package: warehouse\nStatus: install ok installed\n"
                                                   "Architecture: all\nVersion: 1\n";
        processes.answer_others([this](const Command& command) {
            requests.push_back(request_from_json(command.input));
            return Result{.output = to_json(answer(requests.back()))};
        });
        begin_run();
    }

    void begin_run() {
        client.reset();
        poll.emplace(system_files, http, clock, folder.path() / "poll.json");
        client.emplace(
            processes, systemd, *poll,
            AptPaths{.helper = "/dray-apt", .runtime = folder.path() / "run", .dpkg = folder.path()});
        client->expect_source("internal");
        client->expect_package({.name = "warehouse"});
    }

    AptAnswer answer(const AptRequest& request) const {
        AptAnswer answer;
        answer.id = request.id;
        for (const auto& source : request.sources)
            answer.sources.push_back({source, Freshness::current, ""});
        for (const auto& wish : request.packages)
            answer.packages[wish] = {"", "2", "", "12ab", "1.5"};
        if (request.survey) {
            answer.survey = AptSurvey{.watched = {{.subject = std::string(dpkg_status_subject),
                                                   .of_choice = true,
                                                   .paths = {folder.path() / "status"}}}};
            answer.survey->digests = settled_fingerprint(answer.survey->watched).digests;
        }
        return answer;
    }

    dray::test::TemporaryFolder folder;
    MemoryFiles files;
    SystemFiles system_files;
    ScriptedProcesses processes;
    MemorySystemd systemd{files};
    ScriptedHttp http;
    ManualClock clock;
    std::vector<AptRequest> requests;
    std::optional<AptPoll> poll;
    std::optional<AptClient> client;
};

}  // namespace

TEST_CASE("a run asks apt once for all it expects, and the next one not at all") {
    World world;
    CHECK(world.client->status({.name = "warehouse"}).candidate == "2");
    CHECK(world.client->story() == "asked apt: nothing is known of its last answer");
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].sources == std::vector<std::string>{"internal"});
    CHECK(world.requests[0].survey);
    world.begin_run();
    const auto status = world.client->status({.name = "warehouse"});
    CHECK(status.candidate == "2");
    CHECK(status.installed == "1");
    CHECK(status.sha256 == "12ab");
    CHECK(status.schema_floor == "1.5");
    CHECK(world.requests.size() == 1);
    REQUIRE(world.client->verdicts().size() == 1);
    CHECK(world.client->verdicts()[0].freshness == Freshness::current);
    CHECK(world.client->story() == "did without apt: nothing that apt's answer rests on has changed");
}

TEST_CASE("a run that asks nothing has nothing to tell") {
    const World world;
    CHECK(world.client->story().empty());
    CHECK(world.requests.empty());
}

TEST_CASE("a question that comes late is put to apt without another refresh, and answered the next time") {
    World world;
    world.client->status({.name = "warehouse"});
    for (int run = 0; run < 2; ++run) {
        world.begin_run();
        CHECK(world.client->status({.name = "warehouse"}).candidate == "2");
        CHECK(world.client->status({.name = "nginx"}).candidate == "2");
    }
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[1].sources.empty());
}

TEST_CASE("a file that was written is seen by apt, not by the short way") {
    World world;
    world.client->status({.name = "warehouse"});
    world.begin_run();
    world.client->status({.name = "warehouse"});
    world.client->file_changed("/etc/apt/sources.list.d/internal.sources", "Types: deb");
    world.client->status({.name = "warehouse"});
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[1].sources == std::vector<std::string>{"internal"});
}

TEST_CASE("what dray-apt is asked to keep is answered, and costs no answer known before") {
    World world;
    world.client->status({.name = "warehouse"});
    const KeptPackage kept{
        .name = "warehouse", .version = "1", .path = "/kept/w.deb", .sha256 = "12ab", .size = 7};
    AptRequest asked;
    world.systemd.set_booted(false);
    world.processes.answer_others([&](const Command& command) {
        asked = request_from_json(*world.system_files.read(command.argv.at(2)));
        std::ofstream(command.argv.at(4)) << to_json(AptAnswer{.id = asked.id, .kept = kept});
        return Result{};
    });
    CHECK(world.client->fetch("warehouse", "1", "/kept", {}) == kept);
    CHECK(asked.verb == AptVerb::fetch);
    CHECK(asked.fetch.name == "warehouse");
    CHECK(asked.fetch.version == "1");
    CHECK(asked.fetch.folder == "/kept");
    world.client->status({.name = "warehouse"});
    CHECK(world.requests.size() == 1);
}

TEST_CASE("what is downloaded ahead of a transaction costs no answer known before") {
    World world;
    world.client->status({.name = "warehouse"});
    AptRequest asked;
    AptAnswer answer;
    world.systemd.set_booted(false);
    world.processes.answer_others([&](const Command& command) {
        asked = request_from_json(*world.system_files.read(command.argv.at(2)));
        answer.id = asked.id;
        std::ofstream(command.argv.at(4)) << to_json(answer);
        return Result{};
    });
    world.client->download({.install = {{"warehouse", "2"}}, .remove = {}}, {});
    CHECK(asked.verb == AptVerb::download);
    CHECK(asked.transaction.install.at("warehouse") == "2");
    world.client->status({.name = "warehouse"});
    CHECK(world.requests.size() == 1);
    answer.failure = {.attempt = "cannot download", .cause = "404", .hint = "", .lists_outdated = true};
    CHECK_THROWS_AS(world.client->download({}, {}), dray::host::ListsOutdated);
    answer.failure = {.attempt = "cannot download", .cause = "refused", .hint = "", .unreachable = true};
    CHECK_THROWS_AS(world.client->download({}, {}), dray::host::RepositoryUnreachable);
    CHECK_THROWS_AS(world.client->apply({}, {}), dray::host::RepositoryUnreachable);
    answer.failure = {.attempt = "cannot change", .cause = "more", .hint = "", .beyond_plan = true};
    CHECK_THROWS_AS(world.client->download({}, {}), dray::host::BeyondPlan);
}

TEST_CASE("what a wish lets come from certain sources alone, no change of the run brings from others") {
    World world;
    world.client->expect_package({.name = "greeting", .from = {"internal"}});
    world.client->expect_package({.name = "greeting", .version = ">= 2", .from = {"mirror"}});
    world.client->expect_package({.name = "warehouse", .from = {"internal"}});
    std::vector<AptRequest> asked;
    world.systemd.set_booted(false);
    world.processes.answer_others([&](const Command& command) {
        asked.push_back(request_from_json(*world.system_files.read(command.argv.at(2))));
        std::ofstream(command.argv.at(4)) << to_json(AptAnswer{.id = asked.back().id});
        return Result{};
    });
    const Transaction transaction{
        .install = {{"warehouse", "2"}}, .remove = {}, .from = {{"warehouse", {"own"}}}};
    world.client->download(transaction, {});
    world.client->apply(transaction, {});
    world.client->repair({});
    REQUIRE(asked.size() == 3);
    using From = std::map<std::string, std::set<std::string>>;
    const From with_own = {{"greeting", {"internal", "mirror"}}, {"warehouse", {"own"}}};
    CHECK(asked[0].transaction.from == with_own);
    CHECK(asked[1].transaction.from == with_own);
    CHECK(asked[2].transaction.from ==
          From{{"greeting", {"internal", "mirror"}}, {"warehouse", {"internal"}}});
}

TEST_CASE("a dry run keeps and downloads no package") {
    World world;
    world.client->rehearse();
    CHECK_THROWS_WITH_AS(world.client->download({}, {}), "cannot download packages: this is a dry run",
                         dray::Error);
    CHECK_THROWS_WITH_AS(world.client->fetch("warehouse", "1", "/kept", {}),
                         "cannot keep a package: this is a dry run", dray::Error);
    CHECK(world.requests.empty());
}

TEST_CASE("a field of an installed package is read without dray-apt") {
    World world;
    std::ofstream(world.folder.path() / "status", std::ios::app)
        << "Dray-Schema-Floor: 1.5\n\nPackage: gone\nStatus: deinstall ok config-files\n"
           "Dray-Schema-Floor: 2\n";
    CHECK(world.client->installed_field("warehouse", schema_floor_field) == "1.5");
    CHECK(world.client->installed_field("gone", schema_floor_field).empty());
    CHECK(world.client->installed_field("never", schema_floor_field).empty());
    CHECK(world.requests.empty());
}

TEST_CASE("a dry run plans on with the files of the transactions before") {
    World world;
    world.client->rehearse();
    Transaction first;
    first.install["warehouse"] = "1";
    first.files["warehouse"] = {.name = "warehouse", .version = "1", .path = "/kept/w.deb", .sha256 = "12ab"};
    world.client->apply(first, {});
    Transaction other;
    other.install["nginx"] = "1";
    world.client->apply(other, {});
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[1].transaction.files == first.files);
    Transaction newest;
    newest.install["warehouse"] = "2";
    world.client->apply(newest, {});
    CHECK(world.requests[2].transaction.files.empty());
}

TEST_CASE("a dry run asks apt, and leaves what is known as it is") {
    World world;
    world.client->status({.name = "warehouse"});
    const auto known = world.system_files.read(world.folder.path() / "poll.json");
    world.begin_run();
    world.client->rehearse();
    world.client->status({.name = "warehouse"});
    REQUIRE(world.requests.size() == 2);
    CHECK_FALSE(world.requests[1].survey);
    CHECK(world.requests[1].rehearsal);
    CHECK(world.system_files.read(world.folder.path() / "poll.json") == known);
    CHECK(world.client->story() == "asked apt, as this is a dry run");
}

TEST_CASE("what dray-apt has finished for a run that is gone is told once") {
    World world;
    CHECK(world.client->unreported().empty());
    const auto folder = world.folder.path() / "run/apt";
    fs::create_directories(folder);
    AptAnswer answer{.id = "1"};
    answer.result.changes = {{"warehouse", "1", "2"}};
    answer.result.kept_conffiles = {"/etc/a"};
    answer.failure = AptFailure{"cannot change packages", "because", ""};
    std::ofstream(folder / "1.answer") << to_json(answer);
    CHECK(world.client->unreported() ==
          std::vector<std::string>{"take warehouse from 1 to 2",
                                   "kept /etc/a, as it was changed here; the new one is /etc/a.dpkg-dist",
                                   "cannot change packages: because"});
    CHECK(world.client->unreported().empty());
    CHECK(fs::exists(folder / "1.told"));
}

TEST_CASE("a run's own answer is told by the run, and by no other") {
    World world;
    world.processes.answer_others([](const Command& command) {
        // As dray-apt, which is handed files: --request FILE --answer FILE --log FILE --detach.
        const fs::path request = command.argv.at(2);
        const fs::path answer = command.argv.at(4);
        std::ofstream(answer) << to_json(AptAnswer{.id = request.stem().string()});
        return Result{};
    });
    world.systemd.set_booted(false);
    Transaction transaction;
    transaction.install = {{"warehouse", "2"}};
    world.client->apply(transaction, {});
    CHECK(world.client->unreported().empty());
}

TEST_CASE("a transaction that brings the candidate costs no other question, in this run and the next") {
    World world;
    world.client->status({.name = "warehouse"});
    std::string version = "2";
    world.systemd.set_booted(false);
    world.processes.answer_others([&](const Command& command) {
        if (command.argv.size() < 2) {
            world.requests.push_back(request_from_json(command.input));
            return Result{.output = to_json(world.answer(world.requests.back()))};
        }
        std::ofstream(world.folder.path() / "status") << "Package: warehouse\nStatus: install ok installed\n"
                                                         "Architecture: all\nVersion: "
                                                      << version << "\n";
        std::ofstream(command.argv.at(4))
            << to_json(AptAnswer{.id = fs::path(command.argv.at(2)).stem().string()});
        return Result{};
    });
    world.client->apply({.install = {{"warehouse", "2"}}, .remove = {}}, {});
    CHECK(world.client->status({.name = "warehouse"}).installed == "2");
    world.begin_run();
    CHECK(world.client->status({.name = "warehouse"}).installed == "2");
    CHECK(world.requests.size() == 1);

    version = "1.5";
    world.client->apply({.install = {{"warehouse", "1.5"}}, .remove = {}}, {});
    world.client->status({.name = "warehouse"});
    REQUIRE(world.requests.size() == 2);
    CHECK(world.requests[1].sources.empty());
}

TEST_CASE("locks are waited for as long as the run says, and else for ten minutes") {
    World world;
    std::chrono::seconds wait = std::chrono::minutes(10);
    SUBCASE("the run says nothing") {}
    SUBCASE("the run says so") {
        wait = std::chrono::seconds(7);
        world.client->set_lock_wait(wait);
    }
    world.client->status({.name = "warehouse"});
    REQUIRE(world.requests.size() == 1);
    CHECK(world.requests[0].lock_wait == wait);
}

TEST_CASE("a change that has failed half-way tells what became of conffiles, too") {
    World world;
    world.systemd.set_booted(false);
    world.processes.answer_others([&](const Command& command) {
        AptAnswer answer{.id = request_from_json(*world.system_files.read(command.argv.at(2))).id};
        answer.result.kept_conffiles = {"/etc/a"};
        answer.failure = AptFailure{"cannot change packages", "postinst failed", "", true};
        std::ofstream(command.argv.at(4)) << to_json(answer);
        return Result{};
    });
    std::string words;
    try {
        world.client->apply({.install = {{"warehouse", "2"}}, .remove = {}}, {});
    } catch (const dray::Error& error) {
        words = error.text();
    }
    CHECK_MESSAGE(words.find("postinst failed; kept /etc/a, as it was changed here") != std::string::npos,
                  words);
}
