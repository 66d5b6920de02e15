// Unit tests of the repository that aptly keeps: what it is told, and what aptly is asked.
#include "builder/aptly_archive.h"

#include "archived.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/identity.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace dray;
using namespace dray::builder;
using dray::test::Archived;
using dray::test::deb_name;
using dray::test::other_digest;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// aptly with a local repository that is published.
struct Aptly : Archived {
    Aptly() {
        settings.publish.archive = "aptly";
        settings.publish.aptly_repo = "internal";
        tools.answer = [this](const std::string& text) { return play(text); };
    }
    host::Result play(const std::string& text) {
        const auto has_part = [&](const char* part) { return text.find(part) != text.npos; };
        if (!fails.empty() && has_part(fails.c_str())) return {.exit_code = 1, .errors = "ERROR: no luck\n"};
        if (text.starts_with("gpg")) return {.output = "signed"};
        if (has_part("publish show"))
            return {.output = R"({"SourceKind":")" + kind +
                              R"(","Sources":[{"Component":"main","Name":"internal"}]})"};
        if (has_part("repo search"))
            return has.empty() ? host::Result{.exit_code = 1, .errors = "ERROR: no results\n"}
                               : host::Result{.output = has};
        if (has_part("repo add")) has += std::string(deb_name) + " " + digest() + "\n";
        if (has_part("repo remove")) has.clear();
        return {};
    }

    std::string has;
    std::string fails;
    std::string kind = "local";
};

}  // namespace

TEST_CASE("a package is added to aptly's repository, and its publication updated") {
    Aptly world;
    world.settings.publish.gnupg_home = "/srv/gnupg";
    world.publish<AptlyArchive>();
    CHECK(world.tools.did("repo add internal " + (world.folder.path() / deb_name).string()));
    CHECK(world.tools.ran.back() ==
          "aptly -config=/etc/dray/aptly.conf -db-open-attempts=2 publish update -batch stable .");
    CHECK(world.tools.environment.at("GNUPGHOME") == "/srv/gnupg");
    CHECK(AptlyArchive(world.tools, world.settings).versions() ==
          std::vector<Version>{*Version::parse("26.9.1")});
    CHECK(AptlyArchive(world.tools, world.settings).complete(world.products()));
}

TEST_CASE("what aptly has with the same bytes is not added again") {
    Aptly world;
    world.has = std::string(deb_name) + " " + world.digest() + "\n";
    world.publish<AptlyArchive>();
    CHECK(!world.tools.did("repo add"));
    CHECK(world.tools.did("publish update"));
}

TEST_CASE("other bytes in aptly's repository stop the publication, and are never removed") {
    Aptly world;
    world.has = std::string(deb_name) + " " + other_digest + "\n";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("another file of this name"),
                         Error);
    CHECK(!world.tools.did("repo add"));
    AptlyArchive(world.tools, world.settings).withdraw(world.products());
    CHECK(!world.tools.did("repo remove"));
}

TEST_CASE("a package that aptly did not take leaves nothing in its repository") {
    Aptly world;
    world.fails = "repo add";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.visible);
    CHECK(!world.tools.did("publish update"));
}

TEST_CASE("a copy that was cut off is removed where aptly says that it is in the way, and nothing else") {
    Aptly world;
    fs::path there;
    std::string step;
    std::string said;
    SUBCASE("in its pool") {
        there = world.folder.path() / "pool/ab/cd" / (std::string("ef_") + deb_name);
        step = "repo add";
        said = "unable to import into pool: file " + there.string() + " already exists\n";
    }
    SUBCASE("among what it publishes") {
        there = world.folder.path() / "public/pool/main/s/small" / deb_name;
        step = "publish update";
        said = "ERROR: unable to publish: unable to process packages: error linking file to " +
               there.string() + ": file already exists and is different\n";
    }
    world.tools.answer = [&](const std::string& text) {
        if (text.find(step) == text.npos || !fs::exists(there)) return world.play(text);
        return host::Result{.exit_code = 1, .errors = said};
    };
    for (const char* other : {"other", "package", "package and more"}) {
        write(there, other);
        CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("already exists"), Error);
        CHECK(fs::exists(there));
    }
    for (const char* part : {"pack", ""}) {
        world.has.clear();
        write(there, part);
        world.publish<AptlyArchive>();
        CHECK(world.has.starts_with(deb_name));
        CHECK(!fs::exists(there));
    }
    fs::remove(there);
    write(world.folder.path() / "part", "pack");
    fs::create_symlink(world.folder.path() / "part", there);
    world.has.clear();
    CHECK_THROWS_AS(world.publish<AptlyArchive>(), Error);
    CHECK(fs::exists(world.folder.path() / "part"));
}

TEST_CASE("a publication that aptly did not update may be visible in part") {
    Aptly world;
    world.fails = "publish update";
    CHECK_THROWS_AS(world.publish<AptlyArchive>(), Error);
    CHECK(world.visible);
    world.fails.clear();
    AptlyArchive(world.tools, world.settings).withdraw(world.products());
    CHECK(world.tools.did("repo remove internal small_26.9.1_all"));
    CHECK(world.tools.did("publish update"));
    CHECK(world.has.empty());
}

TEST_CASE("a publication of aptly's that shows snapshots, or none at all, is said before anything is added") {
    Aptly world;
    world.kind = "snapshot";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(),
                         doctest::Contains("does not show this local repository"), Error);
    world.fails = "publish show";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.tools.did("repo add"));
}

TEST_CASE("aptly's signature is tried before anything is added, by its own choice of a key too") {
    Aptly world;
    write(world.folder.path() / "aptly.conf", "{\"gpgDisableSign\": false}");
    world.settings.publish.aptly_config = world.folder.path() / "aptly.conf";
    world.fails = "clearsign";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("gpg's own choice"), Error);
    CHECK(!world.tools.did("repo add"));
    CHECK(!world.tools.did("--local-user"));
    write(world.folder.path() / "aptly.conf", "{\"gpgDisableSign\": true}");
    CHECK_NOTHROW(world.publish<AptlyArchive>());
}

TEST_CASE("aptly's folder is locked wherever its configuration has it, in the home of whoever runs it too") {
    Aptly world;
    world.settings.publish.aptly_config = world.folder.path() / "aptly.conf";
    const auto folder = [&](const std::string& config) {
        write(world.folder.path() / "aptly.conf", config);
        return AptlyArchive(world.tools, world.settings).folder();
    };
    CHECK(folder("{\"rootDir\": \"" + world.folder.path().string() + "\"}") == world.folder.path());
    const fs::path home = host::find_user(::geteuid())->home;
    CHECK(folder("{\"rootDir\": \"~/.\"}") == home / ".");
    CHECK(folder("{\"rootDir\": \"~/there is none\"}").empty());
}

TEST_CASE("that aptly is not installed, or says more than can be kept, is nobody's fault") {
    Aptly world;
    world.tools.answer = [](const std::string&) -> host::Result {
        throw Error("cannot run aptly", "No such file or directory");
    };
    CHECK_THROWS_AS(AptlyArchive(world.tools, world.settings).versions(), Unsure);
    world.tools.answer = [](const std::string&) {
        return host::Result{.output = std::string(host::output_limit, 'x')};
    };
    CHECK_THROWS_WITH_AS(AptlyArchive(world.tools, world.settings).versions(),
                         doctest::Contains("4 MiB or more"), Unsure);
}

TEST_CASE("what aptly has, nobody knows while its database is in use") {
    Aptly world;
    world.fails = "repo search";
    CHECK_THROWS_AS(AptlyArchive(world.tools, world.settings).versions(), Unsure);
}
