// Unit tests of what is published: the texts of the index and of the apt repository, and how files get there.
#include "builder/apt_index.h"
#include "builder/apt_repository.h"
#include "builder/durable.h"
#include "builder/index_page.h"
#include "builder/placed_files.h"
#include "builder/scratch.h"
#include "builder/simple_index.h"
#include "digest.h"
#include "error.h"
#include "files.h"
#include "host/clock_memory.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

std::string stanza(const std::string& package, const std::string& version, const std::string& rest = "") {
    return "Package: " + package + "\nArchitecture: amd64\nVersion: " + version + "\n" + rest;
}

}  // namespace

TEST_CASE("a field is found by its whole name only") {
    const std::string text = "Installed-Size: 7\nSize: 3\nDescription: x\n Size: 4\n";
    CHECK(stanza_field(text, "Size") == "3");
    CHECK(stanza_field(text, "Missing").empty());
}

TEST_CASE("a Release file says until when it holds, and is read back as it was") {
    const std::chrono::sys_seconds date(std::chrono::seconds(1793472305));
    Release release{.origin = "dray",
                    .suite = "stable",
                    .architectures = {"amd64", "arm64"},
                    .components = {"main"},
                    .files = {{"main/binary-amd64/Packages", {std::string(64, 'a'), 12}}},
                    .date = date,
                    .valid_until = date + std::chrono::days(14)};
    const std::string text = release.text();
    CHECK(text.find("\nDate: Sat, 31 Oct 2026 18:45:05 UTC\nValid-Until: Sat, 14 Nov 2026 18:45:05 UTC\n") !=
          std::string::npos);
    CHECK(text.find("\nAcquire-By-Hash: yes\n") != std::string::npos);
    CHECK(text.ends_with("SHA256:\n " + std::string(64, 'a') + " 12 main/binary-amd64/Packages\n"));

    const Release read =
        Release::parse("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + text +
                       "-----BEGIN PGP SIGNATURE-----\n\n x y z\n-----END PGP SIGNATURE-----\n");
    CHECK(read.architectures == release.architectures);
    CHECK(read.components == release.components);
    CHECK(read.files == release.files);
    CHECK(read.date == release.date);
    CHECK(read.valid_until == release.valid_until);
}

TEST_CASE("a package leaves Packages, and a field of a stanza is set and taken away") {
    const std::string both = stanza("a", "1") + "\n" + stanza("b", "1") + "\n";
    CHECK(without_stanzas(both, [](std::string_view s) { return stanza_field(s, "Package") == "a"; }) ==
          stanza("b", "1") + "\n");
    CHECK(with_field(stanza("a", "1"), "Phased-Update-Percentage", "20") ==
          stanza("a", "1", "Phased-Update-Percentage: 20\n"));
    CHECK(with_field(stanza("a", "1", "Phased-Update-Percentage: 20\n"), "Phased-Update-Percentage", "") ==
          stanza("a", "1"));
}

TEST_CASE("the pool has Debian's folders") {
    CHECK(pool_folder("main", "warehouse") == "pool/main/w/warehouse");
    CHECK(pool_folder("main", "libwarehouse") == "pool/main/libw/libwarehouse");
}

TEST_CASE("a project's page lists each file with its hash, and is read back as it was") {
    const ProjectFiles files{{"warehouse-26.9.1.tar.gz", std::string(64, 'a')},
                             {"warehouse-26.9.1-py3-none-any.whl", std::string(64, 'b')}};
    const std::string page = project_page("warehouse", files);
    CHECK(page.find("<a href=\"warehouse-26.9.1.tar.gz#sha256=" + std::string(64, 'a') +
                    "\">warehouse-26.9.1.tar.gz</a>") != std::string::npos);
    CHECK(read_project_page(page) == files);
    CHECK(read_project_page("").empty());
    CHECK(root_page({"warehouse"}).find("<a href=\"warehouse/\">warehouse</a>") != std::string::npos);
}

TEST_CASE("what was placed for a publication that failed is gone, what was there before stays") {
    const Scratch scratch;
    const fs::path published = scratch.path() / "index/warehouse";
    write(scratch.path() / "old", "old");
    write(scratch.path() / "new", "new");
    {
        PlacedFiles earlier;
        earlier.place(scratch.path() / "old", published / "old");
        earlier.keep();
    }
    {
        PlacedFiles placed;
        placed.place(scratch.path() / "old", published / "old");
        placed.place(scratch.path() / "new", published / "new");
        CHECK(content(published / "new") == "new");
    }
    CHECK(content(published / "old") == "old");
    CHECK(!fs::exists(published / "new"));
    CHECK(std::distance(fs::directory_iterator(published), {}) == 1);
}

TEST_CASE("a published file is never replaced by another content") {
    const Scratch scratch;
    write(scratch.path() / "a", "one");
    write(scratch.path() / "b", "two");
    PlacedFiles placed;
    placed.place(scratch.path() / "a", scratch.path() / "published");
    CHECK_NOTHROW(placed.place(scratch.path() / "a", scratch.path() / "published"));
    CHECK_THROWS_AS(placed.place(scratch.path() / "b", scratch.path() / "published"), dray::Error);
    CHECK(content(scratch.path() / "published") == "one");
}

TEST_CASE("published files can be read by a web server whatever the umask was") {
    const Scratch scratch;
    replace_file(scratch.path() / "deep/er/file", "text");
    CHECK(fs::status(scratch.path() / "deep/er/file").permissions() == fs::perms(0644));
    CHECK(fs::status(scratch.path() / "deep").permissions() == fs::perms(0755));
    replace_file(scratch.path() / "deep/er/file", "more");
    CHECK(content(scratch.path() / "deep/er/file") == "more");
    CHECK(std::distance(fs::directory_iterator(scratch.path() / "deep/er"), {}) == 1);
}

TEST_CASE("a link is flipped by one rename, and a folder in its place is put aside") {
    const Scratch scratch;
    const fs::path link = scratch.path() / "dists/stable";
    fs::create_directories(link);
    write(link / "InRelease", "old");
    flip_link(link, "../generations/1", scratch.path() / "generations/0");
    CHECK(fs::read_symlink(link) == "../generations/1");
    CHECK(content(scratch.path() / "generations/0/InRelease") == "old");
    flip_link(link, "../generations/2", scratch.path() / "generations/0");
    CHECK(fs::read_symlink(link) == "../generations/2");
    CHECK(std::distance(fs::directory_iterator(scratch.path() / "dists"), {}) == 1);
}

TEST_CASE("a mount point is made with its parents and removed again, unless something is in it") {
    const Scratch scratch;
    const fs::path prefix = scratch.path() / "opt/service";
    {
        const MountPoint made(prefix);
        CHECK(fs::is_directory(prefix));
    }
    CHECK(!fs::exists(scratch.path() / "opt"));
    {
        const MountPoint made(prefix);
        write(scratch.path() / "opt/other", "x");
    }
    CHECK(!fs::exists(prefix));
    CHECK(fs::exists(scratch.path() / "opt/other"));
}

TEST_CASE("a mount point that is a link is refused") {
    const Scratch scratch;
    fs::create_directory_symlink("/", scratch.path() / "opt");
    CHECK_THROWS_AS(MountPoint(scratch.path() / "opt/service"), dray::Error);
}

TEST_CASE("a suite is signed again when half of its time is left, and the one that was signed later is not") {
    using namespace std::chrono;
    const Scratch scratch;
    const dray::host::SystemProcesses processes;
    dray::host::ManualClock clock;
    Settings::Publish settings;
    settings.apt = scratch.path();
    settings.valid_for = days(14);
    settings.signing_command = {"sh", "-c", "cat"};  // the text itself will do
    const auto publish = [&](const std::string& name) {
        AptSuite suite(processes, clock, settings, name);
        suite.flip(suite.stage({{"amd64"}, {"main"}, {{"main/binary-amd64", {}}}}));
    };
    const auto shown = [&](const std::string& name) {
        return *AptSuite(processes, clock, settings, name).release();
    };
    AptMaintenance maintenance(processes, clock, settings);
    publish("stable");
    const auto begun = shown("stable").date;
    CHECK(!maintenance.renew(false));
    clock.advance(days(1));
    publish("testing");
    const auto later = shown("testing").date;
    clock.advance(days(6) - seconds(1));
    CHECK(!maintenance.renew(false));
    CHECK(shown("stable").date == begun);

    clock.advance(seconds(2));
    CHECK(maintenance.renew(false));
    CHECK(shown("stable").date == floor<seconds>(clock.now()));
    CHECK(shown("stable").valid_until == shown("stable").date + days(14));
    CHECK(shown("testing").date == later);
    CHECK(!maintenance.renew(false));
    CHECK(maintenance.renew(true));
    CHECK(shown("testing").date == floor<seconds>(clock.now()));
}

namespace {

/// A repository that nothing was published in, and that keeps for two days what is replaced.
struct KeptForTwoDays {
    KeptForTwoDays() {
        settings.apt = scratch.path();
        settings.keep_for = std::chrono::hours(48);
        settings.signing_command = {"sh", "-c", "cat"};
    }

    Scratch scratch;
    dray::host::SystemProcesses processes;
    dray::host::ManualClock clock;
    Settings::Publish settings;
};

}  // namespace

TEST_CASE("what clients may still ask for is kept for a time after it was replaced, and no longer") {
    using namespace std::chrono;
    KeptForTwoDays world;
    const std::string index = "main/binary-amd64";
    // Shows a package of that name; returns where the index is that a client of that time asks for.
    const auto show = [&](const std::string& name, const std::string& package) {
        AptSuite suite(world.processes, world.clock, world.settings, name);
        suite.flip(suite.stage({{"amd64"}, {"main"}, {{index, PackedText(stanza(package, "1") + "\n")}}}));
        return world.scratch.path() / "by-hash/SHA256" /
               suite.release()->files.at(index + "/Packages.zst").sha256;
    };
    AptSuite stable(world.processes, world.clock, world.settings, "stable");
    const fs::path first = show("stable", "first");
    world.clock.advance(hours(100));  // however old it is: what counts is when it was replaced
    show("testing", "shared");
    const fs::path shared = show("stable", "shared");
    const fs::path shown = show("stable", "shown");  // a second later, see AptSuite::stage()
    world.clock.advance(hours(48) - seconds(1));
    CHECK(stable.collect() == 0);
    CHECK(stable.generations() == std::vector{1, 2, 3});
    CHECK(fs::exists(first));

    world.clock.advance(seconds(1));
    CHECK(stable.collect() == 1);
    CHECK(stable.generations() == std::vector{2, 3});
    CHECK(!fs::exists(first));

    world.clock.advance(seconds(1));
    CHECK(stable.collect() == 1);
    CHECK(fs::exists(shared));  // another suite shows it
    CHECK(fs::exists(shown));
    CHECK(stable.generations() == std::vector{stable.current()});
}

TEST_CASE("a folder of another tool is taken over, with what its clients still ask for") {
    using namespace std::chrono;
    KeptForTwoDays world;
    const fs::path shown = world.scratch.path() / "dists/stable";
    const std::string index = "main/binary-amd64";
    const fs::path by_hash = shown / index / "by-hash";
    const PackedText old(stanza("old", "1") + "\n");
    std::string gzip;
    for (const std::string_view part : old.gzip())
        gzip += part;
    const std::string hash = dray::sha256(gzip);
    const auto others_release = [&] {
        return Release{.origin = "other",
                       .suite = "stable",
                       .architectures = {"amd64"},
                       .components = {"main"},
                       .files = {{index + "/Packages.gz", {hash, gzip.size()}}},
                       .date = floor<seconds>(world.clock.now()),
                       .valid_until = floor<seconds>(world.clock.now()) + days(1)}
            .text();
    };
    for (const auto& [name, content] :
         {std::pair{shown / "InRelease", others_release()}, std::pair{shown / "Release", others_release()},
          std::pair{shown / index / "Packages.gz", gzip}, std::pair{by_hash / "SHA256" / hash, gzip},
          std::pair{by_hash / "SHA512/stronger", gzip},
          std::pair{shown / "main/binary-all/by-hash/SHA256/other", std::string("x")}})
        write(name, content);
    // As aptly has them: the same name for different files.
    fs::create_symlink(by_hash / "SHA256" / hash, by_hash / "SHA256/Packages.gz");
    const fs::path all = shown / "main/binary-all/by-hash/SHA256";
    fs::create_symlink(all / "other", all / "Packages.gz");

    AptSuite suite(world.processes, world.clock, world.settings, "stable");
    CHECK(suite.content().packages.at(index) == old);
    const PackedText more(stanza("old", "1") + "\n" + stanza("new", "1") + "\n");
    suite.flip(suite.stage({{"amd64"}, {"main"}, {{index, more}}}));
    CHECK(fs::is_symlink(shown));
    CHECK(content(by_hash / "SHA256" / hash) == gzip);
    CHECK(content(by_hash / "SHA512/stronger") == gzip);
    CHECK(!fs::exists(fs::symlink_status(by_hash / "SHA256/Packages.gz")));
    CHECK(suite.generations() == std::vector{0, 1});
    world.clock.advance(hours(48));
    CHECK(suite.collect() == 0);
    world.clock.advance(seconds(2));
    CHECK(suite.collect() == 1);
    CHECK(!fs::exists(by_hash / "SHA256" / hash));
    CHECK(!fs::exists(by_hash / "SHA512"));
    CHECK(suite.content().packages.at(index) == more);

    // Somebody does it again, and once more soon after.
    for (int times = 1; times <= 2; ++times) {
        fs::remove(shown);
        world.clock.advance(minutes(10));
        for (const auto& [name, content] :
             {std::pair{shown / "InRelease", others_release()},
              std::pair{shown / "Release", others_release()}, std::pair{shown / index / "Packages.gz", gzip},
              std::pair{by_hash / "SHA256" / hash, gzip}})
            write(name, content);
        suite.flip(suite.stage({{"amd64"}, {"main"}, {{index, more}}}));
        CHECK(fs::is_symlink(shown));
    }
    suite.collect();
    CHECK(suite.generations().front() == 0);
    CHECK(content(by_hash / "SHA256" / hash) == gzip);

    // Killed between the two renames of that; another suite is the first one that is tidied.
    fs::rename(world.scratch.path() / "generations/stable/0", world.scratch.path() / "dists/.stable.new");
    AptSuite other(world.processes, world.clock, world.settings, "testing");
    for (const char* package : {"one", "another"})
        other.flip(other.stage({{"amd64"}, {"main"}, {{index, PackedText(stanza(package, "1") + "\n")}}}));
    world.clock.advance(hours(48) + seconds(2));
    CHECK(other.collect() == 1);
    CHECK(suite.generations().front() == 0);
    CHECK(content(by_hash / "SHA256" / hash) == gzip);
}
