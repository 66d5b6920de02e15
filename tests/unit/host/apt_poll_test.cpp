// When the short way is taken, and when apt has to be asked.
#include "host/apt_poll.h"

#include "host/clock_memory.h"
#include "host/http_memory.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

using namespace dray::host;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto release_text = "signed";
const std::string uri = "http://repository.test/InRelease";

/// An answer a minute after the file was last modified.
HttpResponse old_file(int status, const std::string& body) {
    return {.status = status,
            .body = body,
            .headers = {{"etag", "\"abc\""},
                        {"last-modified", "Mon, 23 Nov 2026 12:00:00 GMT"},
                        {"date", "Mon, 23 Nov 2026 12:01:00 GMT"}}};
}

/// A host of which apt has been asked once.
struct PolledWorld {
    PolledWorld() {
        fs::create_directory(lists);
        std::ofstream(lists / "InRelease") << release_text;
        AptAnswer answer;
        answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
        answer.survey = survey();
        begin_run();
        poll->keep(question, verdicts, answer, {"internal"});
        begin_run();
    }

    AptSurvey survey() const {
        AptSurvey survey;
        survey.watched = {{.subject = "the lists", .paths = {lists}},
                          {.subject = "the status", .of_choice = true, .paths = {folder.path() / "status"}}};
        survey.digests = settled_fingerprint(survey.watched).digests;
        survey.releases = {{.uri = uri,
                            .file = lists / "InRelease",
                            .sources = {"internal"},
                            .holds_until = 1795458869 + 3600}};  // an hour after the clock's beginning
        return survey;
    }

    void begin_run() { poll.emplace(files, http, clock, state); }

    /// Why apt has to be asked; "" when it has not.
    std::string reason() {
        begin_run();
        return poll->answer(question) ? "" : poll->reason();
    }

    dray::test::TemporaryFolder folder;
    fs::path lists = folder.path() / "lists";
    fs::path state = folder.path() / "poll.json";
    SystemFiles files;
    ScriptedHttp http;
    ManualClock clock;
    AptQuestion question{.sources = {{"internal", default_max_age}}, .packages = {{.name = "warehouse"}}};
    std::vector<SourceVerdict> verdicts = {{"internal", Freshness::current, ""}};
    std::optional<AptPoll> poll;
};

/// A host that has taken the short way once, and learnt the repository's validators.
struct Polled : PolledWorld {
    Polled() {
        http.answer(uri, old_file(200, release_text));
        REQUIRE(reason().empty());
        http = {};
        http.answer(uri, {.status = 304});
    }
};

}  // namespace

TEST_CASE("the first poll gets the whole file, and answers when apt has just this one") {
    PolledWorld world;
    world.http.answer(uri, old_file(200, release_text));
    const auto answers = world.poll->answer(world.question);
    REQUIRE(answers);
    CHECK_FALSE(world.http.request().headers.contains("If-None-Match"));
    CHECK(world.http.request().headers.at("Cache-Control") == "max-age=0");
    CHECK(answers->packages.at({.name = "warehouse"}).candidate == "2");
    REQUIRE(answers->sources.size() == 1);
    CHECK(answers->sources[0].source == "internal");
    CHECK(answers->sources[0].freshness == Freshness::current);
    CHECK(world.poll->reason() == "nothing has changed, here or in 1 repository");
}

TEST_CASE("a poll that is expected asks at once, and not again") {
    Polled world;
    world.begin_run();
    world.http.ask_ahead();
    world.poll->expect();
    CHECK(world.http.asked().size() == 1);
    CHECK(world.poll->answer(world.question));
    CHECK(world.http.asked().size() == 1);
    world.begin_run();
    std::ofstream(world.state) << "{";
    world.poll->expect();
    CHECK(world.http.asked().size() == 1);
    CHECK_FALSE(world.poll->answer(world.question));
    CHECK(world.poll->reason().find("could not be read") != std::string::npos);
}

TEST_CASE("a mark is there while the short way has a repository to ask") {
    PolledWorld world;
    const auto mark = world.folder.path() / "poll.asks";
    const auto keep = [&world](const AptSurvey& survey) {
        AptAnswer answer;
        answer.survey = survey;
        world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    };
    CHECK(fs::exists(mark));
    auto survey = world.survey();
    survey.obstacle = "a proxy";
    keep(survey);
    CHECK_FALSE(fs::exists(mark));
    keep(world.survey());
    CHECK(fs::exists(mark));
    world.question.sources.clear();
    world.verdicts.clear();
    survey = world.survey();
    survey.releases.clear();
    keep(survey);
    CHECK(fs::exists(world.state));
    CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("later polls ask with what came with that file") {
    Polled world;
    CHECK(world.reason().empty());
    CHECK(world.http.request().headers.at("If-None-Match") == "\"abc\"");
    CHECK(world.http.request().headers.at("If-Modified-Since") == "Mon, 23 Nov 2026 12:00:00 GMT");
    CHECK(world.http.asked().size() == 1);
}

TEST_CASE("other bytes than apt's are for apt to judge") {
    PolledWorld world;
    world.http.answer(uri, old_file(200, "other!"));
    CHECK(world.reason() == uri + " has changed");
    // What came with them is not kept.
    world.http = {};
    world.http.answer(uri, {.status = 304});
    CHECK(world.reason() == uri + " answers 304");
    CHECK_FALSE(world.http.request().headers.contains("If-None-Match"));
}

TEST_CASE("an answer that is no answer is for apt to judge") {
    Polled world;
    for (const int status : {204, 301, 302, 403, 404, 500, 503}) {
        world.http = {};
        world.http.answer(uri, {.status = status});
        CHECK(world.reason() == uri + " answers " + std::to_string(status));
    }
    world.http = {};
    world.http.fail(uri, "Connection refused");
    CHECK(world.reason() == "cannot get " + uri + ": Connection refused");
    world.http = {};
    world.http.answer(uri, {.status = 304});
    CHECK(world.reason().empty());
}

TEST_CASE("the same bytes with other validators are no news") {
    Polled world;
    auto answer = old_file(200, release_text);
    answer.headers["etag"] = "\"def\"";
    world.http = {};
    world.http.answer(uri, answer);
    world.http.answer(uri, {.status = 304});
    CHECK(world.reason().empty());
    CHECK(world.reason().empty());
    CHECK(world.http.request().headers.at("If-None-Match") == "\"def\"");
}

TEST_CASE("a validator is reliable when the file is older than the granularity of the server's clock") {
    auto response = old_file(200, "");
    CHECK(reliable_validator(response).etag == "\"abc\"");
    response.headers["date"] = "Mon, 23 Nov 2026 12:00:02 GMT";
    CHECK_FALSE(reliable_validator(response).empty());
    response.headers["date"] = "Mon, 23 Nov 2026 12:00:01 GMT";
    CHECK(reliable_validator(response).empty());
    response.headers["date"] = "Mon, 23 Nov 2026 11:00:00 GMT";
    CHECK(reliable_validator(response).empty());
    response.headers.erase("date");
    CHECK(reliable_validator(response).empty());
    response = old_file(200, "");
    response.headers["etag"] = "W/\"abc\"";
    CHECK(reliable_validator(response).etag.empty());
    CHECK_FALSE(reliable_validator(response).empty());
    response.headers["last-modified"] = "yesterday";
    CHECK(reliable_validator(response).empty());
}

TEST_CASE("a change on the host is for apt to judge, and named") {
    Polled world;
    std::ofstream(world.folder.path() / "status") << "installed";
    CHECK(world.reason() == "the status changed");
    fs::remove(world.lists / "InRelease");
    CHECK(world.reason() == "the lists and the status changed");
}

TEST_CASE("no source needs a refresh when apt has only to choose anew, and its repository is as it was") {
    Polled world;
    SUBCASE("as packages have changed") {
        std::ofstream(world.folder.path() / "status") << "installed";
        CHECK(world.reason() == "the status changed");
    }
    SUBCASE("as another package is asked for") {
        world.question.packages.insert({.name = "nginx"});
        CHECK(world.reason() == "nginx was not asked for before");
    }
    REQUIRE(world.poll->unchanged().size() == 1);
    CHECK(world.poll->unchanged()[0].source == "internal");

    world.http = {};
    world.http.answer(uri, old_file(200, "other!"));
    CHECK(world.reason().ends_with(" and " + uri + " has changed"));
    CHECK(world.poll->unchanged().empty());

    fs::create_directory(world.lists / "more");
    CHECK(world.reason().starts_with("the lists"));
    CHECK(world.poll->unchanged().empty());
}

TEST_CASE("another question is for apt") {
    Polled world;
    world.question.packages.insert({.name = "nginx"});
    CHECK(world.reason() == "nginx was not asked for before");
    world.question.packages = {};
    CHECK(world.reason().empty());
    world.question.sources["other"] = default_max_age;
    CHECK(world.reason() == "other sources are declared");
    world.question.sources = {{"internal", std::chrono::hours(1)}};
    CHECK(world.reason() == "other sources are declared");
}

TEST_CASE("dates that pass are for apt to judge") {
    Polled world;
    world.clock.advance(59min);
    CHECK(world.reason().empty());
    world.clock.advance(2min);
    CHECK(world.reason() == "a key, a signature or a Valid-Until has expired");
}

TEST_CASE("apt is asked once a day, and when the clock was set back") {
    PolledWorld world;
    auto survey = world.survey();
    survey.releases[0].holds_until = 0;
    AptAnswer answer;
    answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
    answer.survey = survey;
    world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    world.http.answer(uri, old_file(200, release_text));
    world.clock.advance(24h - 1s);
    CHECK(world.reason().empty());
    world.clock.advance(1s);
    CHECK(world.reason() == "the last time was a day ago");
    world.clock.advance(-25h);
    CHECK(world.reason() == "the clock was set back");
}

TEST_CASE("an obstacle stands until apt was asked again") {
    Polled world;
    AptAnswer answer;
    answer.survey = world.survey();
    answer.survey->obstacle = "a proxy is set";
    world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    CHECK(world.reason() == "a proxy is set");
    CHECK(world.http.asked().empty());
}

TEST_CASE("validators survive a run that asked apt for another reason") {
    Polled world;
    AptAnswer answer;
    answer.packages = {{{.name = "warehouse"}, {"2", "2", ""}}};
    answer.survey = world.survey();
    world.reason();
    world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    CHECK(world.reason().empty());
    CHECK(world.http.request().headers.contains("If-None-Match"));
}

TEST_CASE("answers are not kept when a source is not current") {
    PolledWorld world;
    fs::remove(world.state);
    world.begin_run();
    AptAnswer answer;
    answer.survey = world.survey();
    world.verdicts[0].freshness = Freshness::expired;
    world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    CHECK(world.reason() == "nothing is known of its last answer");
}

TEST_CASE("answers after a change of packages rest on the run's refresh") {
    Polled world;
    REQUIRE(world.reason().empty());
    std::ofstream(world.folder.path() / "status") << "installed";
    AptAnswer answer;
    answer.packages = {{{.name = "warehouse"}, {"2", "2", ""}}};
    answer.survey = world.survey();
    answer.survey->releases.clear();  // as nothing was refreshed
    world.poll->keep(world.question, world.verdicts, answer, {});
    CHECK(world.reason().empty());
    CHECK(world.http.asked().size() == 2);

    SUBCASE("but not when something else has changed as well") {
        fs::create_directory(world.lists / "more");
        answer.survey = world.survey();
        world.poll->keep(world.question, world.verdicts, answer, {});
        CHECK(world.reason() == "the lists changed during a run");
    }
}

TEST_CASE("a warning about a source is told again on the short way") {
    PolledWorld world;
    world.verdicts[0].warning = "nobody keeps it up";
    AptAnswer answer;
    answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
    answer.survey = world.survey();
    world.poll->keep(world.question, world.verdicts, answer, {"internal"});
    world.http.answer(uri, old_file(200, release_text));
    world.begin_run();
    const auto answers = world.poll->answer(world.question);
    REQUIRE(answers);
    CHECK(answers->sources[0].warning == "nobody keeps it up");
}

TEST_CASE("without declared sources no server is asked") {
    PolledWorld world;
    world.question.sources.clear();
    AptAnswer answer;
    answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
    answer.survey = world.survey();
    answer.survey->releases.clear();
    world.poll->keep(world.question, {}, answer, {});
    world.begin_run();
    CHECK(world.poll->answer(world.question));
    CHECK(world.poll->reason() == "nothing that apt's answer rests on has changed");
    CHECK(world.http.asked().empty());
}

TEST_CASE("a broken state file is set aside, and one of another format is rebuilt") {
    Polled world;
    std::ofstream(world.state) << "{\"format\": 3, \"obstacle\": \"\"}";
    CHECK(world.reason() == "nothing is known of its last answer");
    for (const auto* const text : {"", "garbage", "[]", "{}", "{\"format\": 4}"}) {
        std::ofstream(world.state) << text;
        CHECK(world.reason().starts_with("what was known of it could not be read: "));
        CHECK(world.files.read(world.state.string() + ".corrupt") == text);
        CHECK_FALSE(fs::exists(world.state));
    }
    CHECK(world.reason() == "nothing is known of its last answer");
}

TEST_CASE("only its owner can read the state file") {
    const PolledWorld world;
    CHECK(world.files.status(world.state)->mode == 0600);
}

namespace {

/// A run that has apt's answers, and changes packages.
struct Changing : PolledWorld {
    Changing() {
        std::ofstream(folder.path() / "status") << "1";
        keep();
    }

    void keep() {
        AptAnswer answer;
        answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
        answer.survey = survey();
        answer.survey->watched[1].subject = dpkg_status_subject;
        answer.survey->digests = settled_fingerprint(answer.survey->watched).digests;
        poll->keep(question, verdicts, answer, {"internal"});
    }

    /// Whether what is said after the change is kept.
    bool kept() {
        return poll->keep_after_change([] {
                       return AptAnswers{{{.name = "warehouse"}, {"2", "2", ""}}};
                   })
            .has_value();
    }
};

}  // namespace

TEST_CASE("after a change of packages apt's answers are kept without it, and hold in the next run") {
    Changing world;
    world.poll->note_change_ahead();
    std::ofstream(world.folder.path() / "status") << "2";
    REQUIRE(world.kept());
    world.http.answer(uri, old_file(200, release_text));
    world.begin_run();
    const auto answers = world.poll->answer(world.question);
    REQUIRE(answers);
    CHECK(answers->packages.at({.name = "warehouse"}).installed == "2");
    std::ofstream(world.folder.path() / "status") << "3";
    CHECK(world.kept());
    std::ofstream(world.folder.path() / "status") << "4";
    CHECK(world.reason() == "dpkg's status changed");
}

TEST_CASE("after a change of packages apt is asked when its answers may be others") {
    Changing world;
    SUBCASE("as something else has changed as well") {
        std::ofstream(world.lists / "InRelease") << "other signed";
        CHECK_FALSE(world.kept());
    }
    SUBCASE("as something changes meanwhile") {
        CHECK_FALSE(world.poll->keep_after_change([&] {
            std::ofstream(world.folder.path() / "status") << "3";
            return AptAnswers{};
        }));
    }
    SUBCASE("as somebody else had changed packages before") {
        std::ofstream(world.folder.path() / "status") << "1, held";
        world.poll->note_change_ahead();
        std::ofstream(world.folder.path() / "status") << "2";
    }
    SUBCASE("by who knows") {
        CHECK_FALSE(world.poll->keep_after_change([] { return std::nullopt; }));
    }
    SUBCASE("as apt was not asked in this run") {
        world.begin_run();
        CHECK_FALSE(world.kept());
    }
    SUBCASE("as a source is not current") {
        world.verdicts[0].freshness = Freshness::unreachable;
        world.keep();
        CHECK_FALSE(world.kept());
    }
    CHECK_FALSE(world.kept());
}

namespace {

/// A host that declares three sources, all polled before. `one` and `three` are of repositories of their own,
/// and `two` is of both.
struct ThreeSources : PolledWorld {
    ThreeSources() {
        std::ofstream(lists / "Other") << "other signed";
        question.sources["three"] = question.sources["two"] = question.sources["one"] = default_max_age;
        question.sources.erase("internal");
        verdicts = {{"one", Freshness::current, ""},
                    {"three", Freshness::current, "", "nobody keeps it up"},
                    {"two", Freshness::current, ""}};
        keep({"one", "two", "three"});
        http.answer(uri, old_file(200, release_text));
        http.answer(other, old_file(200, "other signed"));
        REQUIRE(reason().empty());
        http = {};
        http.answer(uri, {.status = 304});
        http.answer(other, old_file(200, "other changed"));
        begin_run();
        REQUIRE_FALSE(poll->answer(question));
    }

    AptSurvey survey() const {
        AptSurvey survey;
        survey.watched = {{.subject = std::string(apt_lists_subject), .paths = {lists}},
                          {.subject = "the keyrings", .paths = {folder.path() / "keyrings"}}};
        survey.digests = settled_fingerprint(survey.watched).digests;
        survey.releases = {{.uri = uri, .file = lists / "InRelease", .sources = {"one", "two"}},
                           {.uri = other, .file = lists / "Other", .sources = {"three", "two"}}};
        return survey;
    }

    /// What apt answers after a refresh of the named sources.
    void keep(const std::set<std::string>& refreshed) {
        AptAnswer answer;
        answer.packages = {{{.name = "warehouse"}, {"1", "2", ""}}};
        answer.survey = survey();
        if (!refreshed.contains("one"))
            std::erase_if(answer.survey->releases, [](const auto& each) { return each.uri == uri; });
        poll->keep(question, verdicts, answer, refreshed);
    }

    const std::string other = "http://other.test/InRelease";
};

}  // namespace

TEST_CASE("only the sources whose repositories have changed are for apt to refresh") {
    ThreeSources world;
    REQUIRE(world.poll->unchanged().size() == 1);
    CHECK(world.poll->unchanged()[0].source == "one");
    std::ofstream(world.lists / "Other") << "other changed";
    world.keep({"two", "three"});
    CHECK(world.poll->unchanged().empty());
    world.http = {};
    world.http.answer(uri, {.status = 304});
    world.http.answer(world.other, old_file(200, "other changed"));
    CHECK(world.reason().empty());
}

TEST_CASE("a change of the host, or another question, is for apt to judge of all sources") {
    ThreeSources world;
    std::ofstream(world.folder.path() / "keyrings") << "a key";
    CHECK(world.reason() == "the keyrings changed");
    CHECK(world.poll->unchanged().empty());
}

TEST_CASE("a refresh of some sources does not vouch for the others under other keys, nor for longer") {
    ThreeSources world;
    std::ofstream(world.lists / "Other") << "other changed";

    SUBCASE("other keys") {
        std::ofstream(world.folder.path() / "keyrings") << "a key";
        world.keep({"two", "three"});
        CHECK(world.reason() == "the keyrings changed during a run");
    }
    SUBCASE("other lists of the others") {
        std::ofstream(world.lists / "InRelease") << "somebody's";
        world.keep({"two", "three"});
        CHECK(world.reason() == "apt's lists changed during a run");
    }
    SUBCASE("for longer") {
        world.clock.advance(23h);
        world.keep({"two", "three"});
        world.clock.advance(1h);
        CHECK(world.reason() == "the last time was a day ago");
    }
}
