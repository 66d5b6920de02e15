// Unit tests of the places that packages go to beside dray's own repository: what they are told, and what
// their tools are asked.
#include "archived.h"
#include "builder/aptly_archive.h"
#include "builder/command_archive.h"
#include "builder/package_archive.h"
#include "builder/reprepro_archive.h"
#include "builder/reprepro_settings.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/identity.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
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

TEST_CASE("each target of a release has its own archive, which gets its packages alone") {
    Archived world;
    world.settings.publish.archive = "aptly";
    world.settings.publish.aptly_repo = "internal";
    world.settings.deb.targets = {"bookworm", "trixie"};
    builder::Products products = world.products();
    products.debs.clear();
    std::map<std::string, std::string> has;
    for (const auto& [target, number] : {std::pair{"bookworm", "12"}, std::pair{"trixie", "13"}}) {
        const std::string version = std::string("26.9.1+deb") + number;
        const std::string file = "small_" + version + "_all.deb";
        write(products.folder / file, target);
        products.debs.push_back({.target = target, .version = version, .file = file, .buildinfo = {}});
    }
    bool trixie_fails = false;
    world.tools.answer = [&](const std::string& text) -> host::Result {
        const std::string target = text.find("-trixie") != text.npos ? "trixie" : "bookworm";
        CHECK(text.find("-" + target) != text.npos);
        if (text.find("publish show") != text.npos)
            return {.output = R"({"SourceKind":"local","Sources":[{"Name":"internal-)" + target + "\"}]}"};
        if (text.find("repo search") != text.npos)
            return has[target].empty() ? host::Result{.exit_code = 1, .errors = "ERROR: no results\n"}
                                       : host::Result{.output = has[target]};
        if (text.find("repo add") != text.npos) {
            if (trixie_fails && target == "trixie") return {.exit_code = 1, .errors = "no luck\n"};
            const std::string file = text.substr(text.rfind('/') + 1);
            CHECK(file == (target == "trixie" ? products.debs[1] : products.debs[0]).file);
            has[target] = file + " " + dray::sha256(target) + "\n";
        }
        if (text.find("repo remove") != text.npos) has[target].clear();
        return {};
    };
    world.settings.publish.signing_key.clear();
    write(world.folder.path() / "aptly.conf", "{\"gpgDisableSign\": true}");
    world.settings.publish.aptly_config = world.folder.path() / "aptly.conf";
    const host::SystemFiles files;
    const host::SystemClock clock;
    const auto archive =
        package_archive(world.tools, files, clock, world.settings, [](const std::string&) {});
    CHECK(archive->text() == "aptly's internal-bookworm, aptly's internal-trixie");
    archive->stage(products, false);
    CHECK(!archive->may_be_visible());
    SUBCASE("all goes well") {
        archive->commit();
        CHECK(world.tools.did("publish update -batch stable-trixie ."));
        CHECK(archive->complete(products));
        CHECK(archive->published(products)->size() == 2);
        CHECK(archive->versions() == std::vector<Version>(2, *Version::parse("26.9.1")));
        archive->withdraw(products);
        CHECK(archive->published(products)->empty());
    }
    SUBCASE("one is shown and the other is not") {
        trixie_fails = true;
        CHECK_THROWS_AS(archive->commit(), dray::Error);
        CHECK(archive->may_be_visible());
        CHECK(!archive->complete(products));
    }
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
        if (has_part("dumpunreferenced")) return {.output = unlisted()};
        if (!has_part(" list ") || has.empty()) return {};
        return {.output = "pool/" + has + " " + dray::sha256(test::content(pool / has)) + "\n"};
    }
    /// What lies in the pool beside the file that is listed.
    std::string unlisted() const {
        std::string keys;
        for (const auto& file : fs::directory_iterator(pool))
            if (file.path().filename() != has) keys += "pool/" + file.path().filename().string() + "\n";
        return keys;
    }
    void include(const fs::path& deb) {
        if (!takes) return;
        write(pool / deb.filename(), test::content(deb));
        if (!has.empty() && has != deb.filename()) fs::remove(pool / has);
        has = deb.filename();
    }
    RepreproArchive archive() const { return {tools, settings}; }

    Scratch base;
    fs::path pool = base.path() / "public/pool";
    fs::path replaced = folder.path() / "replaced";
    std::string has;
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
