// apt in memory behaves like a machine's where tests of deploys rely on it.
#include "digest.h"
#include "error.h"
#include "host/memory_host.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::host::Freshness;
using dray::host::KeptPackage;
using dray::host::MemoryHost;
using dray::host::Transaction;

namespace {

const std::string kept_folder = "/var/lib/dray/kept";

/// A host whose declared source has these versions of warehouse, and that has refreshed it.
struct AptHost {
    explicit AptHost(const std::vector<std::string>& versions) {
        memory.files.put("/etc/apt/sources.list.d/internal.sources", "Types: deb\n");
        memory.files.make_directory(kept_folder, {.owner = {}, .group = {}, .mode = 0700}, true);
        for (const auto& version : versions)
            apt.publish("internal", "warehouse", version);
        run();
    }
    void run() {
        apt.begin_run();
        apt.expect_source("internal");
        apt.status({.name = "warehouse"});
    }
    KeptPackage fetch(const std::string& version) { return apt.fetch("warehouse", version, kept_folder, {}); }

    MemoryHost memory;
    dray::host::MemoryApt& apt = memory.apt;
};

Transaction installing(const std::string& version) {
    Transaction transaction;
    transaction.install["warehouse"] = version;
    transaction.allow_downgrade = true;
    return transaction;
}

Transaction installing(const KeptPackage& kept) {
    Transaction transaction = installing(kept.version);
    transaction.files[kept.name] = kept;
    return transaction;
}

}  // namespace

TEST_CASE("a version that is kept can be had when no source has it and none answers") {
    AptHost host({"1", "2"});
    const auto kept = host.fetch("1");
    CHECK(kept.path == kept_folder + "/warehouse_1_amd64.deb");
    CHECK(kept.sha256 == host.apt.sha256_of("warehouse", "1"));
    CHECK(kept.sha256 == dray::sha256(*host.memory.files.read(kept.path)));
    CHECK(kept.size == host.memory.files.status(kept.path)->size);
    host.apt.apply(installing("2"), {});
    host.apt.withdraw("internal", "warehouse", "1");
    host.run();
    CHECK_THROWS_WITH_AS(host.apt.apply(installing("1"), {}),
                         "cannot change packages: no source has warehouse in version 1", Error);
    host.apt.cut_network();
    host.run();
    CHECK(host.apt.verdicts().at(0).freshness == Freshness::unreachable);
    host.apt.apply(installing(kept), {});
    CHECK(host.apt.installed("warehouse") == "1");
}

TEST_CASE("a kept file that was changed or removed is refused, and nothing is changed") {
    AptHost host({"1", "2"});
    host.apt.apply(installing("2"), {});
    const auto kept = host.fetch("1");
    host.memory.files.put(kept.path, "something else");
    CHECK_THROWS_WITH_AS(
        host.apt.apply(installing(kept), {}),
        ("cannot use the kept package " + kept.path.string() + ": it is not what was kept").c_str(), Error);
    host.memory.files.remove(kept.path);
    CHECK_THROWS_WITH_AS(host.apt.apply(installing(kept), {}),
                         ("cannot use the kept package " + kept.path.string() + ": it is not there").c_str(),
                         Error);
    CHECK(host.apt.installed("warehouse") == "2");
}

TEST_CASE("what was installed before lies in apt's archives until they are cleaned") {
    AptHost host({"1:1", "1:2"});
    host.apt.apply(installing("1:1"), {});
    host.apt.cut_network();
    host.run();
    CHECK(host.fetch("1:1").path == kept_folder + "/warehouse_1%3a1_amd64.deb");
    CHECK_THROWS_WITH_AS(host.fetch("1:2"), "cannot keep warehouse 1:2: Network is unreachable", Error);
    CHECK_THROWS_AS(host.apt.apply(installing("1:2"), {}), Error);
    host.apt.clean_archives();
    CHECK_NOTHROW(host.fetch("1:1"));  // kept already
    host.memory.files.remove(kept_folder + "/warehouse_1%3a1_amd64.deb");
    CHECK_THROWS_AS(host.fetch("1:1"), Error);
    host.apt.cut_network(false);
    CHECK_NOTHROW(host.fetch("1:2"));
}

TEST_CASE("a fetch fails when a test says so, in a dry run, and for a version that is nowhere") {
    AptHost host({"1"});
    CHECK_THROWS_WITH_AS(host.fetch("2"), "cannot keep warehouse 2: no source has that version", Error);
    host.apt.fail_next_fetch("503 Service Unavailable");
    CHECK_THROWS_WITH_AS(host.fetch("1"), "cannot keep warehouse 1: 503 Service Unavailable", Error);
    CHECK(host.memory.files.list(kept_folder).empty());
    CHECK_NOTHROW(host.fetch("1"));
    host.apt.rehearse();
    CHECK_THROWS_WITH_AS(host.fetch("1"), "cannot keep warehouse 1: this is a dry run", Error);
}

TEST_CASE("a candidate comes with its hash and its schema floor") {
    AptHost host({"1"});
    host.apt.publish("internal", "warehouse", "2", {.fields = {{"Dray-Schema-Floor", "1"}}});
    host.run();
    auto status = host.apt.status({.name = "warehouse"});
    CHECK(status.candidate == "2");
    CHECK(status.sha256 == host.apt.sha256_of("warehouse", "2"));
    CHECK(status.schema_floor == "1");
    CHECK(host.apt.installed_field("warehouse", "Dray-Schema-Floor").empty());
    host.apt.apply(installing("2"), {});
    CHECK(host.apt.installed_field("warehouse", "Dray-Schema-Floor") == "1");
    host.apt.publish("internal", "warehouse", "2", {.content = "built anew"});
    host.run();
    CHECK(host.apt.status({.name = "warehouse"}).sha256 != status.sha256);
    host.apt.withdraw("internal", "warehouse", "2");
    host.run();
    status = host.apt.status({.name = "warehouse"});
    CHECK(status.candidate == "2");
    CHECK(status.sha256.empty());
}

TEST_CASE("an apply that is interrupted leaves neither version, and repair finishes it") {
    AptHost host({"1", "2"});
    host.apt.apply(installing("1"), {});
    host.apt.interrupt_next_apply("dpkg was killed");
    CHECK_THROWS_WITH_AS(host.apt.apply(installing("2"), {}), "cannot change packages: dpkg was killed",
                         Error);
    CHECK(host.apt.installed("warehouse").empty());
    host.run();
    REQUIRE(host.apt.needs_repair());
    host.apt.fail_next_repair("the disk is full");
    CHECK_THROWS_AS(host.apt.repair({}), Error);
    CHECK(host.apt.needs_repair());
    CHECK(host.apt.repair({}) == std::vector<std::string>{"configure warehouse 2"});
    CHECK_FALSE(host.apt.needs_repair());
    CHECK(host.apt.installed("warehouse") == "2");
}

TEST_CASE("a version whose maintainer script fails cannot be repaired, and another one takes its place") {
    AptHost host({"1"});
    host.apt.publish("internal", "warehouse", "2", {.defect = "postinst failed"});
    host.run();
    const auto kept = host.fetch("1");
    host.apt.apply(installing("1"), {});
    try {
        host.apt.apply(installing("2"), {});
        FAIL("a script that fails is passed over");
    } catch (const Error& error) {
        CHECK(error.parts().hint.find("published anew") != std::string::npos);
    }
    CHECK_THROWS_WITH_AS(host.apt.repair({}), "cannot repair what an interrupted dpkg left: postinst failed",
                         Error);
    CHECK(host.apt.needs_repair());
    Transaction other;
    other.install["curl"] = "8";
    host.apt.add_version("curl", "8");
    CHECK_THROWS_AS(host.apt.apply(other, {}), Error);  // dpkg tries to finish what is half there
    const auto result = host.apt.apply(installing(kept), {});
    CHECK(result.changes.at(0) == dray::host::AptChange{"warehouse", "2", "1"});
    CHECK(host.apt.installed("warehouse") == "1");
}

TEST_CASE("what comes with a package comes from no source that was not expected for it") {
    AptHost host({"1"});
    host.memory.files.put("/etc/apt/sources.list.d/other.sources", "Types: deb\n");
    host.apt.publish("other", "greeting", "1");
    host.apt.publish("internal", "warehouse", "2", {.depends = "greeting"});
    host.run();
    host.apt.expect_source("other");
    host.apt.file_changed("/etc/apt/sources.list.d/other.sources", "Types: deb\n");
    host.apt.expect_package({.name = "greeting", .from = {"internal"}});
    CHECK_THROWS_AS(host.apt.apply(installing("2"), {}), Error);
    CHECK(host.apt.installed("warehouse") == "");
    host.apt.expect_package({.name = "greeting", .from = {"other"}});
    host.apt.apply(installing("2"), {});
    CHECK(host.apt.installed("warehouse") == "2");
}
