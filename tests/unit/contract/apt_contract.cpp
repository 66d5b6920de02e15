// What every Apt does.
#include "error.h"
#include "subject.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>

using dray::Error;
using dray::host::AptChange;
using dray::host::Hold;
using dray::host::Transaction;
using dray::test::Subject;
using Changes = std::vector<AptChange>;

namespace {

struct WithSource : Subject {
    WithSource() { declare_source(); }
    dray::host::Apt& apt = host().apt();

    Changes install(const std::map<std::string, std::string>& packages, Transaction rest = {}) {
        rest.install = packages;
        return apt.apply(rest, {}).changes;
    }
    std::string candidate(const std::string& version, Hold hold = Hold::respect) {
        return apt.status({.name = "greeting", .version = version, .hold = hold}).candidate;
    }
};

}  // namespace

TEST_CASE("a package of which no source is known has no candidate, and a reason for that") {
    Subject subject;
    const auto status = subject.host().apt().status({.name = "greeting"});
    CHECK(status.candidate == "");
    CHECK(status.installed == "");
    CHECK(status.reason == "no source has it");
    CHECK_FALSE(subject.host().apt().needs_repair());
}

TEST_CASE("the candidate is the highest version that fits the wish") {
    WithSource subject;
    CHECK(subject.candidate("latest") == "2");
    CHECK(subject.candidate("= 1") == "1");
    CHECK(subject.candidate(">= 1") == "2");
    CHECK(subject.candidate("<< 2") == "1");
    CHECK(subject.candidate("1*") == "1");
    CHECK(subject.candidate(">= 1, << 2") == "1");
    CHECK(subject.candidate("1*, >= 1") == "1");
    CHECK(subject.candidate(">> 1, << 2") == "");
    const auto none = subject.apt.status({.name = "greeting", .version = "3*"});
    CHECK(none.candidate == "");
    CHECK(none.reason.starts_with("no version fits"));
    REQUIRE(subject.apt.verdicts().size() == 1);
    CHECK(subject.apt.verdicts()[0].source == Subject::source);
    CHECK(subject.apt.verdicts()[0].freshness == dray::host::Freshness::current);
}

TEST_CASE("a package is installed, upgraded, and downgraded only when that is allowed") {
    WithSource subject;
    CHECK(subject.install({{"greeting", "1"}}) == Changes{{"greeting", "", "1"}});
    CHECK(subject.apt.installed("greeting") == "1");
    CHECK(subject.apt.status({.name = "greeting"}).installed == "1");
    CHECK(subject.candidate("latest") == "2");
    CHECK(subject.install({{"greeting", "2"}}) == Changes{{"greeting", "1", "2"}});
    CHECK_THROWS_AS(subject.install({{"greeting", "1"}}), Error);
    CHECK(subject.apt.installed("greeting") == "2");
    CHECK(subject.install({{"greeting", "1"}}, {.install = {}, .remove = {}, .allow_downgrade = true}) ==
          Changes{{"greeting", "2", "1"}});
    CHECK_THROWS_AS(subject.install({{"greeting", "9"}}), Error);
    CHECK(subject.apt.installed("greeting") == "1");
}

TEST_CASE("a hold keeps a package from all but who holds it, and who ends the hold") {
    WithSource subject;
    subject.install({{"greeting", "1"}}, {.install = {}, .remove = {}, .hold = {{"greeting", true}}});
    CHECK(subject.apt.held("greeting"));
    CHECK_FALSE(subject.apt.held("rival"));
    CHECK(subject.candidate("latest", Hold::own) == "1");
    CHECK(subject.candidate("= 2", Hold::own) == "2");
    CHECK(subject.candidate("latest", Hold::lift) == "2");
    CHECK_THROWS_AS(subject.install({{"greeting", "2"}}), Error);
    subject.install({{"greeting", "2"}}, {.install = {}, .remove = {}, .hold = {{"greeting", false}}});
    CHECK_FALSE(subject.apt.held("greeting"));
    CHECK(subject.apt.installed("greeting") == "2");
}

TEST_CASE("a package that is removed leaves its conffiles, and one that is purged leaves nothing") {
    WithSource subject;
    subject.install({{"greeting", "1"}});
    CHECK_FALSE(subject.apt.has_leftovers("greeting"));
    CHECK(subject.apt.apply({.install = {}, .remove = {"greeting"}}, {}).changes ==
          Changes{{"greeting", "1", ""}});
    CHECK(subject.apt.installed("greeting") == "");
    CHECK(subject.apt.has_leftovers("greeting"));
    CHECK(subject.apt.apply({.install = {}, .remove = {"greeting"}, .purge = true}, {}).changes ==
          Changes{{"greeting", "", ""}});
    CHECK_FALSE(subject.apt.has_leftovers("greeting"));
}

TEST_CASE("another package is removed only when it may be") {
    WithSource subject;
    subject.install({{"greeting", "1"}});
    CHECK_THROWS_AS(subject.install({{"rival", "1"}}), Error);
    CHECK(subject.apt.installed("greeting") == "1");
    CHECK(subject.apt.installed("rival") == "");
    subject.install({{"rival", "1"}}, {.install = {}, .remove = {}, .may_remove = {"greeting"}});
    CHECK(subject.apt.installed("greeting") == "");
    CHECK(subject.apt.installed("rival") == "1");
}

TEST_CASE("a package that was expected from certain sources is taken from no other") {
    WithSource subject;
    subject.apt.expect_package({.name = "greeting", .from = {"elsewhere"}});
    CHECK_THROWS_AS(subject.install({{"greeting", "1"}}), Error);
    CHECK(subject.apt.installed("greeting") == "");
    const Changes installed = {{"greeting", "", "1"}};
    CHECK(subject.install({{"greeting", "1"}},
                          {.install = {}, .remove = {}, .from = {{"greeting", {Subject::source}}}}) ==
          installed);
}

TEST_CASE("a rehearsal is foretold by what it says, and changes nothing") {
    WithSource subject;
    subject.apt.rehearse();
    subject.declare_source();
    CHECK(subject.install({{"greeting", "1"}}) == Changes{{"greeting", "", "1"}});
    CHECK(subject.apt.installed("greeting") == "1");
    CHECK(subject.candidate("latest") == "2");
    CHECK_THROWS_AS(subject.install({{"rival", "1"}}), Error);
    if (subject.memory() != nullptr)
        subject.memory()->apt.begin_run();
    else
        CHECK_FALSE(subject.host().files().exists("/usr/share/greeting/version"));
    if (subject.memory() != nullptr) CHECK(subject.apt.installed("greeting") == "");
}
