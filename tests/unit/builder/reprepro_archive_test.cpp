// Unit tests of the repository that reprepro keeps: what it is told, and what reprepro is asked.
#include "builder/reprepro_archive.h"

#include "archived.h"
#include "builder/reprepro_settings.h"
#include "builder/unsure.h"
#include "error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

using namespace dray;
using namespace dray::builder;
using dray::test::Archived;
using dray::test::deb_name;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// reprepro with a distribution that has no Limit; `has` is the file that it lists.
struct Reprepro : Archived {
    Reprepro() {
        settings.publish.reprepro_folder = base.path();
        write(base.path() / "conf/distributions", "Codename: stable\n");
        write(base.path() / "conf/options", "verbose\noutdir +b/public\n");
        tools.answer = [this](const std::string& text) { return play(text); };
    }
    host::Result play(const std::string& text) {
        const auto has_part = [&](const std::string& part) { return text.find(part) != text.npos; };
        if (!fails.empty() && has_part(fails)) return {.exit_code = 255, .errors = fails + ": no luck\n"};
        if (has_part("includedeb")) include(text.substr(text.rfind(' ') + 1));
        if (has_part("removefilter")) has.clear();
        if (has_part("deleteifunreferenced pool/" + lost)) lost.clear();
        if (has_part("dumpunreferenced")) return {.output = unlisted()};
        if (!has_part(" list ") || has.empty()) return {};
        return {.output = "pool/" + has + " " + dray::sha256(test::content(pool / has)) + "\n"};
    }
    /// What lies in the pool beside the file that is listed.
    std::string unlisted() const {
        std::string keys = lost.empty() ? "" : "pool/" + lost + "\n";
        std::error_code none;
        for (const auto& file : fs::directory_iterator(pool, none))
            if (file.path().filename() != has) keys += "pool/" + file.path().filename().string() + "\n";
        return keys;
    }
    void include(const fs::path& deb) {
        if (!takes) return;
        if (deb.filename() != lost) write(pool / deb.filename(), test::content(deb));
        if (!has.empty() && has != deb.filename()) fs::remove(pool / has);
        has = deb.filename();
    }
    RepreproArchive archive() const { return {tools, settings}; }

    Scratch base;
    fs::path pool = base.path() / "public/pool";
    fs::path replaced = folder.path() / "replaced";
    std::string has;
    std::string lost;  ///< it is in the database, and not in the pool
    std::string fails;
    bool takes = true;
};

constexpr auto old_deb = "small_26.8.7_all.deb";

}  // namespace

TEST_CASE("reprepro that leaves a package out, for a newer one, has not published it") {
    Reprepro world;
    world.takes = false;
    CHECK_THROWS_WITH_AS(world.publish<RepreproArchive>(), doctest::Contains("newer version"), Error);
    CHECK(!world.visible);
    CHECK(world.tools.did("reprepro --basedir " + world.base.path().string() +
                          " --waitforlock 1 --export=changed --component main includedeb stable " +
                          (world.folder.path() / deb_name).string()));
}

TEST_CASE("a lock file of reprepro's is explained, and a base directory that is none") {
    Reprepro world;
    world.tools.answer = [](const std::string&) {
        return host::Result{.exit_code = 239,
                            .errors = "The lock file '/srv/reprepro/db/lockfile' already exists.\n"};
    };
    try {
        world.archive().versions();
        FAIL("it knows");
    } catch (const Unsure& error) {
        CHECK(error.parts().hint.find("one was killed") != std::string::npos);
    }
    world.settings.publish.reprepro_folder = world.base.path() / "mistyped";
    CHECK_THROWS_WITH_AS(world.archive().versions(), doctest::Contains("conf/distributions"), Unsure);
    CHECK(world.archive().folder().empty());
}

TEST_CASE("the file that reprepro replaces is kept, and comes back in one change") {
    Reprepro world;
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    world.publish<RepreproArchive>();
    CHECK(test::content(world.replaced / old_deb) == "before");
    world.archive().stage(world.products(), false);  // of a run that goes on
    CHECK(fs::exists(world.replaced / old_deb));
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(world.tools.did(
        "--export=never --keepunreferencedfiles removefilter stable 'Package (== small), $Version (== "
        "26.9.1)'"));
    CHECK(world.tools.did("--export=never --component main includedeb stable " +
                          (world.replaced / old_deb).string()));
    CHECK(world.tools.did(std::string("deleteifunreferenced pool/") + deb_name));
    world.archive().tidy(world.products());
    CHECK(!fs::exists(world.replaced));
}

TEST_CASE("what reprepro has replaced outlives a withdrawal that failed, and the next attempt") {
    Reprepro world;
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    world.publish<RepreproArchive>();
    world.fails = "includedeb";
    CHECK_THROWS_AS(world.archive().withdraw(world.products()), Error);
    CHECK(world.has.empty());
    world.fails.clear();
    world.publish<RepreproArchive>();
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(test::content(world.pool / old_deb) == "before");
}

TEST_CASE("a withdrawal that was cut off is ended, and takes no part of a file for one that was replaced") {
    Reprepro world;
    write(world.pool / deb_name, "package");  // which is listed no more
    write(world.pool / "small_26.7.1_all.deb", "somebody's");
    write(world.replaced / old_deb, "before");
    write(world.replaced / (std::string(".") + old_deb + ".x1y2z3"), "bef");
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(!world.tools.did("x1y2z3"));
    CHECK(world.tools.ran.back() == "reprepro --basedir " + world.base.path().string() +
                                        " --waitforlock 1 deleteifunreferenced pool/" + deb_name);
}

TEST_CASE("what a killed reprepro has left in its databases is mended before the indices are") {
    Reprepro world;
    write(world.pool / deb_name, "package");
    world.has = deb_name;
    world.fails = "check stable";  // as it does when there was something to be mended
    world.publish<RepreproArchive>();
    const auto at = [&](const std::string& part) {
        return std::ranges::find_if(world.tools.ran,
                                    [&](const std::string& text) { return text.ends_with(part); });
    };
    CHECK(at(" check stable") < at(" rereference stable"));
    CHECK(at(" rereference stable") != world.tools.ran.end());
    CHECK(!world.tools.did("includedeb"));
    world.fails = "rereference";
    CHECK_THROWS_AS(world.publish<RepreproArchive>(), Error);
    CHECK_THROWS_AS(world.archive().withdraw(world.products()), Error);
}

TEST_CASE("a file that a killed reprepro has removed, and not noted, is forgotten before it is included") {
    Reprepro world;
    write(world.pool / deb_name, "package");
    world.has = deb_name;
    write(world.replaced / old_deb, "before");
    world.lost = old_deb;
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(test::content(world.pool / old_deb) == "before");
    world.lost = deb_name;
    world.publish<RepreproArchive>();
    CHECK(test::content(world.pool / deb_name) == "package");
}

TEST_CASE("other bytes in reprepro's pool under a name of ours stay there") {
    Reprepro world;
    write(world.pool / deb_name, "other");
    world.archive().withdraw(world.products());
    CHECK(!world.tools.did("deleteifunreferenced"));
}

TEST_CASE("a key that reprepro cannot use is found before anything is included") {
    Reprepro world;
    world.fails = " export stable";
    CHECK_THROWS_WITH_AS(world.publish<RepreproArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.tools.did("includedeb"));
}

TEST_CASE("a locked key is found before reprepro has anybody asked, by the keys that it would sign with") {
    Reprepro world;
    const fs::path described = world.base.path() / "conf/distributions";
    write(described, "Codename: other\nSignWith: other\n\nCodename: stable\nsignwith: ABC\n DEF # both\n");
    write(world.base.path() / "conf/options", "gnupghome +b/keys\n");
    world.tools.answer = [&](const std::string& text) {
        if (!text.starts_with("gpg")) return world.play(text);
        CHECK(text.find("--pinentry-mode error") != text.npos);
        CHECK(text.find("--local-user ABC --local-user DEF") != text.npos);
        CHECK(world.tools.environment.at("GNUPGHOME") == (world.base.path() / "keys").string());
        return host::Result{.exit_code = 2, .errors = world.fails};
    };
    world.fails = "gpg: signing failed: No pinentry\n";
    CHECK_THROWS_WITH_AS(world.publish<RepreproArchive>(), doctest::Contains("No pinentry"), Error);
    CHECK_THROWS_WITH_AS(world.archive().withdraw(world.products()), doctest::Contains("No pinentry"), Error);
    CHECK(!world.tools.did(" export "));
    CHECK(!world.tools.did("includedeb"));
    world.fails = "gpg: signing failed: No secret key\n";  // which reprepro says itself, in its way
    CHECK_NOTHROW(world.publish<RepreproArchive>());
}

TEST_CASE("what reprepro signs with is read as reprepro reads it") {
    const Scratch base;
    const auto keys = [&](const std::string& field) {
        write(base.path() / "conf/distributions",
              "# all\nCodename: x\nSuite: stable\n" + field + "\nTracking: minimal\n");
        return reprepro_keys(base.path(), "stable");
    };
    using Keys = std::vector<std::string>;
    CHECK(keys("SignWith: yes") == Keys{});
    CHECK(keys("SignWith: default # ours") == Keys{});
    CHECK(keys("SignWith:\n ABC\n\tDEF") == Keys{"ABC", "DEF"});
    CHECK(!keys("SignWith: !sign.sh"));
    CHECK(!keys("#SignWith: ABC"));
    CHECK(!keys("\nSignWith: ABC"));
    CHECK(!reprepro_keys(base.path() / "none", "stable"));
    CHECK(reprepro_option(base.path(), "outdir").empty());
}

TEST_CASE("a damaged file of reprepro's pool keeps no newer version out") {
    Reprepro world;
    world.has = old_deb;  // and no file
    world.publish<RepreproArchive>();
    CHECK(world.has == deb_name);
    CHECK(!fs::exists(world.replaced));
}

TEST_CASE("a release in whose place reprepro lists a newer one needs nothing more, one that is newer does") {
    Reprepro world;
    write(world.pool / "small_26.10.1_all.deb", "newer");
    world.has = "small_26.10.1_all.deb";
    CHECK(world.archive().complete(world.products()));
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    CHECK(!world.archive().complete(world.products()));
}
