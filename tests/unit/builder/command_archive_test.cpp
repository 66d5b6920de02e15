// Unit tests of the command that takes packages to where they belong, and of the one that lists them.
#include "builder/command_archive.h"

#include "archived.h"
#include "builder/package_archive.h"
#include "error.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace dray;
using namespace dray::builder;
using dray::test::Archived;
using dray::test::deb_name;
using dray::test::other_digest;

TEST_CASE("a command has the package in its words, or as the last one") {
    const auto words = [](std::vector<std::string> from) {
        return filled_words(std::move(from), {"/w/s_1_all.deb", "s", "1", "stable-trixie"});
    };
    CHECK(words({"put", "--to={package}/{version}", "{file}", "x"}) ==
          std::vector<std::string>{"put", "--to=s/1", "/w/s_1_all.deb", "x"});
    CHECK(words({"put"}) == std::vector<std::string>{"put", "/w/s_1_all.deb"});
    CHECK(words({"put", "{suite}"}) == std::vector<std::string>{"put", "stable-trixie", "/w/s_1_all.deb"});
}

TEST_CASE("a list of packages is read as sha256sum prints it") {
    CHECK(read_sums(other_digest + "  /srv/a_1_all.deb\n\n" + other_digest + " *b_1_all.deb\n") ==
          PackageFiles{{"a_1_all.deb", other_digest}, {"b_1_all.deb", other_digest}});
    CHECK(read_sums("").empty());
    const std::string line = other_digest + "  a_1_all.deb\r\n";
    CHECK(read_sums(line + line) == PackageFiles{{"a_1_all.deb", other_digest}});
    CHECK_THROWS_WITH_AS(read_sums(line + std::string(64, 'b') + "  old/a_1_all.deb\n"),
                         doctest::Contains("is in it twice"), Error);
    for (const char* broken : {"a_1_all.deb\n", "AA  a\n", "<html>\n"})
        CHECK_THROWS_AS(read_sums(broken), Error);
}

TEST_CASE("a command that has failed is believed unless the list has the package") {
    Archived world;
    world.settings.publish.archive_command = {"put"};
    world.settings.publish.list_command = {"list"};
    std::string has;
    bool arrives = false;
    world.tools.answer = [&](const std::string& text) -> host::Result {
        if (text == "list") return {.output = has};
        if (arrives) has = world.digest() + "  " + deb_name + "\n";
        return {.exit_code = 1, .errors = "Connection reset by peer\n"};
    };
    CHECK_THROWS_WITH_AS(world.publish<CommandArchive>(), doctest::Contains("reset by peer"), Error);
    CHECK(!world.visible);
    arrives = true;
    world.publish<CommandArchive>();
    CHECK(world.tools.environment.at("DRAY_PACKAGE") == "small");
    has = other_digest + "  " + deb_name + "\n";
    CHECK_THROWS_WITH_AS(world.publish<CommandArchive>(), doctest::Contains("another file of this name"),
                         Error);
}

TEST_CASE(
    "without a list nobody knows what a failed command has done, and nothing is taken back without a "
    "command") {
    Archived world;
    world.settings.publish.archive_command = {"put"};
    world.tools.answer = [](const std::string&) { return host::Result{.exit_code = 1, .errors = "no\n"}; };
    CHECK_THROWS_AS(world.publish<CommandArchive>(), Error);
    CHECK(world.visible);
    CommandArchive archive(world.tools, world.settings);
    CHECK(!archive.published(world.products()));
    CHECK(archive.complete(world.products()));
    CHECK(archive.versions().empty());
    CHECK(!archive.takes_back());
    CHECK_THROWS_AS(archive.withdraw(world.products()), Error);
}
