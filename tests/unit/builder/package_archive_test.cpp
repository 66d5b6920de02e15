// Unit tests of what all places of packages have in common: one for each target, and the records of builds.
#include "builder/package_archive.h"

#include "archived.h"
#include "digest.h"
#include "error.h"
#include "host/clock.h"
#include "host/file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace dray;
using namespace dray::builder;
using dray::test::Archived;
using dray::test::deb_name;
using dray::test::write;
namespace fs = std::filesystem;

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
        const std::string record = "small_" + version + "_all.buildinfo";
        write(products.folder / file, target);
        write(products.folder / record, target);
        products.debs.push_back({.target = target, .version = version, .file = file, .buildinfo = record});
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
    const fs::path records = world.folder.path() / "records";
    const auto open = [&] {
        return package_archive(world.tools, files, clock, world.settings, records, [](const std::string&) {});
    };
    auto archive = open();
    const std::string record = products.debs[1].buildinfo;
    CHECK(archive->text() == "aptly's internal-bookworm, aptly's internal-trixie");
    archive->stage(products, false);
    CHECK(!archive->may_be_visible());
    SUBCASE("nothing comes of it") {
        CHECK(archive->record(record));
        archive.reset();
        CHECK(!open()->record(record));
    }
    SUBCASE("all goes well") {
        archive->commit();
        // There is no place for it in aptly, and of a later build of the same package it is another one.
        write(products.folder / record, "another time");
        archive = open();
        archive->stage(products, false);
        CHECK(archive->record(record) == "trixie");
        archive = open();
        CHECK(archive->record(record) == "trixie");
        CHECK(world.tools.did("publish update -batch stable-trixie ."));
        CHECK(archive->complete(products));
        CHECK(archive->published(products)->size() == 2);
        CHECK(archive->versions() == std::vector<Version>(2, *Version::parse("26.9.1")));
        archive->withdraw(products);
        CHECK(archive->published(products)->empty());
        CHECK(!archive->record(record));
    }
    SUBCASE("one is shown and the other is not") {
        trixie_fails = true;
        CHECK_THROWS_AS(archive->commit(), dray::Error);
        CHECK(archive->may_be_visible());
        CHECK(!archive->complete(products));
        archive = open();
        CHECK(archive->record(record));
    }
}
