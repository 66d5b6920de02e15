// What dray and dray-apt say to each other survives the way there and back.
#include "host/apt_protocol.h"

#include "error.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace dray::host;

TEST_CASE("a request comes out of its JSON as it went in") {
    AptRequest request;
    request.id = "42";
    request.verb = AptVerb::install;
    request.sources = {"internal"};
    request.max_age = {{"internal", std::chrono::seconds(60)}};
    request.packages = {{"warehouse", ">= 26.11.3", Hold::own, {"internal"}}};
    request.survey = true;
    request.rehearsal = AptRehearsal{
        "/run/dray/rehearsal-1",
        {{"/etc/apt/sources.list.d/a.sources", "Types: deb\n"}, {"/etc/apt/preferences.d/b.pref", ""}}};
    request.transaction = {.install = {{"warehouse", "26.11.3"}},
                           .remove = {"nginx"},
                           .purge = true,
                           .allow_downgrade = true,
                           .use_reserved_blocks = true,
                           .may_remove = {"apache2"},
                           .hold = {{"warehouse", true}, {"curl", false}},
                           .replace_conffiles = true,
                           .from = {{"warehouse", {"internal"}}},
                           .files = {{"warehouse:all",
                                      {.name = "warehouse",
                                       .version = "26.11.3",
                                       .path = "/kept/w.deb",
                                       .sha256 = "12ab",
                                       .size = 5'000'000'000}}},
                           .announced = {{{"warehouse", "26.11.2", "26.11.3"}, {"nginx", "1", ""}}}};
    request.lock_wait = std::chrono::seconds(7);
    const AptRequest read = request_from_json(to_json(request));
    CHECK(read.id == "42");
    CHECK(read.verb == AptVerb::install);
    CHECK(read.sources == request.sources);
    REQUIRE(read.packages.size() == 1);
    CHECK(read.packages[0].name == "warehouse");
    CHECK(read.packages[0].version == ">= 26.11.3");
    CHECK(read.packages[0].hold == Hold::own);
    CHECK(read.packages[0].from == std::set<std::string>{"internal"});
    CHECK(read.max_age == request.max_age);
    CHECK(read.survey);
    REQUIRE(read.rehearsal);
    CHECK(read.rehearsal->folder == "/run/dray/rehearsal-1");
    CHECK(read.rehearsal->files == request.rehearsal->files);
    CHECK(read.transaction.install == request.transaction.install);
    CHECK(read.transaction.remove == request.transaction.remove);
    CHECK(read.transaction.purge);
    CHECK(read.transaction.allow_downgrade);
    CHECK(read.transaction.use_reserved_blocks);
    CHECK(read.transaction.may_remove == request.transaction.may_remove);
    CHECK(read.transaction.hold == request.transaction.hold);
    CHECK(read.transaction.replace_conffiles);
    CHECK(read.transaction.from == request.transaction.from);
    CHECK(read.transaction.files == request.transaction.files);
    CHECK(read.transaction.announced == request.transaction.announced);
    CHECK(read.lock_wait == std::chrono::seconds(7));
}

TEST_CASE("a request for a package to keep comes out of its JSON as it went in") {
    const AptRequest request{
        .id = "1", .verb = AptVerb::fetch, .fetch = {.name = "a", .version = "1:2", .folder = "/kept"}};
    const AptRequest read = request_from_json(to_json(request));
    CHECK(read.verb == AptVerb::fetch);
    CHECK(read.fetch.name == "a");
    CHECK(read.fetch.version == "1:2");
    CHECK(read.fetch.folder == "/kept");
    CHECK(read.kept.empty());
    const KeptPackage kept{.name = "a", .version = "1:2", .path = "/kept/a.deb", .sha256 = "0f", .size = 3};
    CHECK(answer_from_json(to_json(AptAnswer{.id = "1", .kept = kept})).kept == kept);
    const AptRequest repair{.id = "1", .verb = AptVerb::repair, .kept = {kept}};
    CHECK(request_from_json(to_json(repair)).kept == repair.kept);
}

TEST_CASE("an answer comes out of its JSON as it went in") {
    AptAnswer answer;
    answer.id = "42";
    answer.sources = {{"internal", Freshness::current, "", "it is old"},
                      {"other", Freshness::untrusted, "BADSIG"},
                      {"third", Freshness::no_room, "28: No space left on device"}};
    answer.packages[{"warehouse", "latest"}] = {"26.11.2", "26.11.3", "", "12ab", "26.11"};
    answer.survey = AptSurvey{.obstacle = "a proxy is set",
                              .watched = {{.subject = "the lists", .of_choice = true, .paths = {"/lists"}}},
                              .digests = {{"the lists", "12ab"}},
                              .releases = {{.uri = "http://a.test/InRelease",
                                            .file = "/lists/InRelease",
                                            .sources = {"internal"},
                                            .holds_until = 42}}};
    answer.result.changes = {{"warehouse", "26.11.2", "26.11.3"}};
    answer.result.sizes = {.download = 60'000'000, .growth = -5};
    answer.result.kept_conffiles = {"/etc/a"};
    answer.result.replaced_conffiles = {"/etc/b"};
    answer.result.outdated_services = {"nginx.service (libssl.so.3)"};
    answer.explanations = {{.status = {"1", "2", "held", "0f", "1"},
                            .versions = {{.version = "2",
                                          .priority = -1,
                                          .origins = {"installed"},
                                          .candidate = true,
                                          .words = "the candidate"}}}};
    answer.done = {"reinstall greeting 1"};
    answer.failure = AptFailure{"cannot change packages", "because", "do this", true, true};
    const AptAnswer read = answer_from_json(to_json(answer));
    CHECK(read.id == "42");
    REQUIRE(read.survey);
    CHECK(read.survey->obstacle == "a proxy is set");
    CHECK(read.survey->watched == answer.survey->watched);
    CHECK(read.survey->digests == answer.survey->digests);
    REQUIRE(read.survey->releases.size() == 1);
    CHECK(read.survey->releases[0].uri == "http://a.test/InRelease");
    CHECK(read.survey->releases[0].file == "/lists/InRelease");
    CHECK(read.survey->releases[0].sources == std::vector<std::string>{"internal"});
    CHECK(read.survey->releases[0].holds_until == 42);
    REQUIRE(read.sources.size() == 3);
    CHECK(read.sources[1].source == "other");
    CHECK(read.sources[1].freshness == Freshness::untrusted);
    CHECK(read.sources[2].freshness == Freshness::no_room);
    CHECK(read.sources[1].message == "BADSIG");
    CHECK(read.sources[0].warning == "it is old");
    CHECK(read.result.outdated_services == answer.result.outdated_services);
    REQUIRE(read.explanations.size() == 1);
    CHECK(read.explanations[0].status.reason == "held");
    CHECK(read.explanations[0].status.sha256 == "0f");
    CHECK(read.explanations[0].status.schema_floor == "1");
    REQUIRE(read.explanations[0].versions.size() == 1);
    CHECK(read.explanations[0].versions[0].version == "2");
    CHECK(read.explanations[0].versions[0].priority == -1);
    CHECK(read.explanations[0].versions[0].origins == std::vector<std::string>{"installed"});
    CHECK(read.explanations[0].versions[0].candidate);
    CHECK(read.explanations[0].versions[0].words == "the candidate");
    CHECK(read.packages.at({"warehouse", "latest"}).candidate == "26.11.3");
    CHECK(read.packages.at({"warehouse", "latest"}).sha256 == "12ab");
    CHECK(read.packages.at({"warehouse", "latest"}).schema_floor == "26.11");
    CHECK(read.result.changes == answer.result.changes);
    CHECK(read.result.sizes == answer.result.sizes);
    CHECK(read.result.kept_conffiles == answer.result.kept_conffiles);
    CHECK(read.result.replaced_conffiles == answer.result.replaced_conffiles);
    CHECK(read.done == answer.done);
    REQUIRE(read.failure);
    CHECK(read.failure->attempt == "cannot change packages");
    CHECK(read.failure->hint == "do this");
    CHECK(read.failure->dpkg_ran);
    CHECK(read.failure->lists_outdated);
}

TEST_CASE("an answer without a failure has none") {
    CHECK_FALSE(answer_from_json(to_json(AptAnswer{.id = "1"})).failure);
}

TEST_CASE("the answer to somebody else's request is an error") {
    const auto text = to_json(AptAnswer{.id = "1"});
    CHECK(answer_from_json(text, "1").id == "1");
    CHECK_THROWS_AS(answer_from_json(text, "2"), dray::Error);
}

TEST_CASE("an older agent finds in an answer all that it looks for") {
    // dray upgrades itself: the agent of before goes on with the helper of after. What version 0.1.0 demands.
    AptAnswer answer{.id = "1", .sources = {{"internal", Freshness::current, ""}}};
    answer.packages[{"warehouse", "latest"}] = {"1", "2", ""};
    answer.result.changes = {{"warehouse", "1", "2"}};
    answer.survey = AptSurvey{.releases = {{.uri = "u", .file = "f", .holds_until = 43},
                                           {.uri = "v", .file = "g", .holds_until = 42},
                                           {.uri = "w", .file = "h"}}};
    answer.failure = AptFailure{"a", "b", "c"};
    const auto value = nlohmann::json::parse(to_json(answer));
    for (const char* key : {"id", "sources", "packages", "changes", "kept_conffiles", "replaced_conffiles",
                            "done", "survey", "failure"})
        CHECK_MESSAGE(value.contains(key), key);
    for (const char* key : {"source", "freshness", "message"})
        CHECK_MESSAGE(value["sources"][0].contains(key), key);
    for (const char* key : {"name", "from", "to"})
        CHECK_MESSAGE(value["changes"][0].contains(key), key);
    for (const char* key : {"obstacle", "watched", "digests", "releases", "holds_until"})
        CHECK_MESSAGE(value["survey"].contains(key), key);
    CHECK(value["survey"]["holds_until"] == 42);
    for (const char* key : {"attempt", "cause", "hint", "dpkg_ran"})
        CHECK_MESSAGE(value["failure"].contains(key), key);
}

TEST_CASE("bytes that are not UTF-8 do not keep an answer from being written") {
    AptAnswer answer;
    answer.id = "1";
    answer.failure = AptFailure{"cannot change packages", "caf\xe9", "", false};
    CHECK(answer_from_json(to_json(answer)).failure->cause == "caf\xef\xbf\xbd");
}

TEST_CASE("what is no request or no answer is an error") {
    for (const auto* text : {"", "{", "[]", "{}", "null", R"({"id": 3})"}) {
        CHECK_THROWS_AS(request_from_json(text), dray::Error);
        CHECK_THROWS_AS(answer_from_json(text), dray::Error);
    }
}

TEST_CASE("a request of an older agent is understood") {
    const AptRequest read = request_from_json(
        R"({"id":"1","verb":"install","sources":[],"packages":[{"name":"a","version":"latest"}],"lock_wait":9,
            "transaction":{"install":{"a":"1"},"remove":[],"purge":false,"allow_downgrade":false}})");
    CHECK(read.packages[0].hold == Hold::respect);
    CHECK(read.transaction.may_remove.empty());
    CHECK_FALSE(read.transaction.replace_conffiles);
    CHECK(read.transaction.files.empty());
    CHECK_FALSE(read.transaction.announced);
}

TEST_CASE(
    "what goes beyond an announcement is another package or another version, whatever is there before") {
    using Changes = std::vector<dray::host::AptChange>;
    const Changes announced = {{"a", "", "1"}, {"b", "1", "2"}, {"c", "1", ""}};
    CHECK(beyond(announced, {{"b", "", "2"}, {"c", "2", ""}}).empty());
    CHECK(beyond(announced, {{"a", "", "2"}, {"d", "", "1"}, {"b", "1", ""}}) ==
          Changes{{"a", "", "2"}, {"d", "", "1"}, {"b", "1", ""}});
    CHECK(beyond({}, announced) == announced);
    CHECK(changes_text(announced) == "install a 1, take b from 1 to 2, remove c 1");
}

TEST_CASE("what a transaction names itself needs no other announcement, and what it brings along does") {
    using Changes = std::vector<dray::host::AptChange>;
    const Changes changes = {{"a", "1", "2"}, {"b", "1", ""}, {"c", "", "1"}};
    CHECK(unannounced({.install = {{"a", "2"}}, .remove = {"b"}}, changes).empty());
    CHECK(unannounced({.install = {{"a", "2"}}, .remove = {"b"}, .announced = Changes{}}, changes) ==
          Changes{{"c", "", "1"}});
    CHECK(unannounced({.install = {{"a", "3"}}, .remove = {"b"}, .announced = Changes{{"c", "", "1"}}},
                      changes) == Changes{{"a", "1", "2"}});
    CHECK(unannounced({.install = {{"b", "2"}}, .remove = {"c"}, .announced = Changes{{"a", "1", "2"}}},
                      changes) == Changes{{"b", "1", ""}, {"c", "", "1"}});
}

TEST_CASE("an unknown verb or verdict is an error and not the first one known") {
    std::string request = to_json(AptRequest{.id = "1"});
    request.replace(request.find("\"query\""), 7, "\"purge\"");
    CHECK_THROWS_AS(request_from_json(request), dray::Error);
    std::string answer = to_json(AptAnswer{.id = "1", .sources = {{"internal", Freshness::current, ""}}});
    answer.replace(answer.find("\"current\""), 9, "\"perfect\"");
    CHECK_THROWS_AS(answer_from_json(answer), dray::Error);
}

TEST_CASE("changes are told in words") {
    CHECK(change_text({"warehouse", "", "1"}) == "install warehouse 1");
    CHECK(change_text({"warehouse", "1", "2"}) == "take warehouse from 1 to 2");
    CHECK(change_text({"warehouse", "1", "1"}) == "reinstall warehouse 1");
    CHECK(change_text({"warehouse", "1", ""}) == "remove warehouse 1");
    CHECK(change_text({"warehouse", "", ""}) == "purge warehouse");
}
