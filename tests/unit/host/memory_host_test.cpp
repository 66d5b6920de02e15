// The host in memory behaves like a machine where other tests rely on it.
#include "host/memory_host.h"

#include "error.h"
#include "host/systemd_library.h"

#include <doctest/doctest.h>

#include <cerrno>

using dray::Error;
using dray::host::Freshness;
using dray::host::MemoryHost;
using Texts = std::vector<std::string>;

namespace {

const std::string unit_path = "/etc/systemd/system/a.service";
const std::string source_path = "/etc/apt/sources.list.d/internal.sources";

dray::host::Transaction install(const std::string& version) {
    dray::host::Transaction transaction;
    transaction.install["warehouse"] = version;
    return transaction;
}

}  // namespace

TEST_CASE("a link that somebody else planted is refused in memory too") {
    MemoryHost memory;
    memory.files.plant_link("/srv/l", "/etc", "mallory");
    CHECK_THROWS_WITH_AS(memory.files.write("/srv/l/f", "x", {}),
                         "cannot write /srv/l/f: 'l' in /srv/l/f is a symbolic link of user mallory", Error);
    CHECK(memory.changes() == 0);
}

TEST_CASE("files in memory know the users that were made, and refuse what a test tells them to") {
    MemoryHost memory;
    memory.accounts.ensure_user({.name = "svc", .system = true});
    memory.files.write("/etc/f", "x", {.owner = "svc", .group = "svc", .mode = 0640});
    CHECK(memory.files.status("/etc/f")->owner == "svc");
    memory.files.refuse("/etc/f", ENOSPC);
    CHECK_THROWS_WITH_AS(memory.files.write("/etc/f", "y", {}),
                         "cannot write /etc/f: No space left on device", Error);
    CHECK(memory.files.read("/etc/f") == "x");
    memory.files.refuse("/etc/f", 0);
    CHECK_NOTHROW(memory.files.write("/etc/f", "y", {}));
}

TEST_CASE("setting what is set already changes nothing") {
    MemoryHost memory;
    memory.files.put("/etc/f", "x");
    memory.files.set_ownership("/etc/f", {.owner = "root", .group = "root", .mode = 0644});
    memory.files.make_directory("/etc", {.owner = {}, .group = {}, .mode = 0755}, true);
    CHECK(memory.changes() == 0);
}

TEST_CASE("a unit is what its file says, once it is started") {
    MemoryHost memory;
    auto& systemd = memory.systemd;
    CHECK(systemd.status("a.service").load_state == "not-found");
    CHECK_THROWS_AS(systemd.start("a.service"), Error);
    CHECK_THROWS_AS(systemd.status("a"), Error);
    memory.files.put(unit_path, "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n");
    CHECK(systemd.status("a.service").load_state == "loaded");
    CHECK(systemd.status("a.service").file_state == "disabled");
    systemd.enable("a.service");
    systemd.start("a.service");
    const auto first = systemd.status("a.service");
    CHECK(first.file_state == "enabled");
    CHECK(first.active_state == "active");
    CHECK(first.main_pid != 0);
    systemd.start("a.service");
    CHECK(systemd.status("a.service").invocation_id == first.invocation_id);
    memory.files.put(unit_path, "[Service]\nExecStart=/bin/b\n");
    CHECK(systemd.status("a.service").needs_daemon_reload);
    systemd.daemon_reload();
    CHECK_FALSE(systemd.status("a.service").needs_daemon_reload);
    systemd.restart("a.service");
    CHECK(systemd.status("a.service").invocation_id != first.invocation_id);
    CHECK_THROWS_AS(systemd.mask("a.service"), Error);
}

TEST_CASE("a start can be told to fail") {
    MemoryHost memory;
    memory.files.put(unit_path, "[Service]\nExecStart=/bin/a\n");
    memory.systemd.end_starts_with("a.service", "failed");
    CHECK_THROWS_WITH_AS(memory.systemd.restart("a.service"), "cannot restart a.service: failed", Error);
    CHECK(memory.systemd.status("a.service").active_state == "failed");
    memory.systemd.end_starts_with("a.service", "done");
    memory.systemd.restart("a.service");
    memory.systemd.crash("a.service", true);
    CHECK(memory.systemd.status("a.service").restarts == 1);
    CHECK(memory.systemd.calls() == Texts{"restart a.service", "restart a.service"});
}

TEST_CASE("a masked unit does not start") {
    MemoryHost memory;
    memory.systemd.mask("x.service");
    CHECK(memory.systemd.status("x.service").load_state == "masked");
    CHECK_THROWS_AS(memory.systemd.start("x.service"), Error);
    memory.systemd.unmask("x.service");
    CHECK(memory.systemd.status("x.service").load_state == "not-found");
}

TEST_CASE("a published version is seen after a refresh of a declared source") {
    MemoryHost memory;
    auto& apt = memory.apt;
    apt.publish("internal", "warehouse", "26.11.9");
    apt.publish("internal", "warehouse", "26.11.10");
    apt.expect_source("internal");
    CHECK(apt.status({.name = "warehouse"}).reason == "no source has it");
    memory.files.put(source_path, "Types: deb\n");
    apt.file_changed("/etc/apt/sources.list.d/internal.sources", "Types: deb\n");
    CHECK(apt.status({.name = "warehouse"}).candidate == "26.11.10");
    CHECK(apt.status({.name = "warehouse", .version = "= 26.11.9"}).candidate == "26.11.9");
    CHECK(apt.status({.name = "warehouse", .version = ">> 26.11.10"}).reason ==
          "no version fits >> 26.11.10");
    CHECK(apt.status({.name = "warehouse", .version = "26.12.*"}).candidate.empty());
    CHECK(apt.refreshes() == 1);
    apt.apply(install("26.11.10"), {});
    CHECK(apt.installed("warehouse") == "26.11.10");
    CHECK_THROWS_AS(apt.apply(install("26.11.9"), {}), Error);
    CHECK_THROWS_AS(apt.apply(install("27"), {}), Error);
}

TEST_CASE("a source that is down leaves the lists as they were") {
    MemoryHost memory;
    auto& apt = memory.apt;
    memory.files.put(source_path, "Types: deb\n");
    apt.publish("internal", "warehouse", "1");
    apt.expect_source("internal");
    CHECK(apt.status({.name = "warehouse"}).candidate == "1");
    apt.begin_run();
    apt.publish("internal", "warehouse", "2");
    apt.set_verdict("internal", Freshness::unreachable, "no route to host");
    apt.expect_source("internal");
    CHECK(apt.status({.name = "warehouse"}).candidate == "1");
    REQUIRE(apt.verdicts().size() == 1);
    CHECK(apt.verdicts()[0].message == "no route to host");
}

TEST_CASE("a rehearsal sees sources that are not written yet, and changes nothing") {
    MemoryHost memory;
    auto& apt = memory.apt;
    apt.publish("internal", "warehouse", "1");
    apt.expect_source("internal");
    apt.rehearse();
    apt.file_changed("/etc/apt/sources.list.d/internal.sources", "Types: deb\n");
    CHECK(apt.status({.name = "warehouse"}).candidate == "1");
    CHECK(apt.apply(install("1"), {}).changes == std::vector<dray::host::AptChange>{{"warehouse", "", "1"}});
    CHECK(apt.installed("warehouse") == "1");
    CHECK_THROWS_AS(apt.apply(install("2"), {}), Error);
    apt.begin_run();
    CHECK(apt.installed("warehouse").empty());
    CHECK(apt.applied().empty());
}

TEST_CASE("a hold keeps a package where it is, unless who asks holds it or ends the hold") {
    MemoryHost memory;
    auto& apt = memory.apt;
    for (const auto* version : {"1", "2"})
        apt.add_version("warehouse", version);
    apt.put_installed("warehouse", "1");
    apt.put_held("warehouse");
    CHECK(apt.status({.name = "warehouse"}).reason == "held");
    CHECK(apt.status({"warehouse", "latest", dray::host::Hold::own}).candidate == "1");
    CHECK(apt.status({"warehouse", "2*", dray::host::Hold::own}).candidate == "2");
    CHECK(apt.status({"warehouse", "latest", dray::host::Hold::lift}).candidate == "2");
    CHECK_THROWS_AS(apt.apply(install("2"), {}), Error);
    auto lift = install("2");
    lift.hold["warehouse"] = false;
    apt.apply(lift, {});
    CHECK(apt.installed("warehouse") == "2");
    CHECK_FALSE(apt.held("warehouse"));
}

TEST_CASE("pins in memory prefer, downgrade and forbid") {
    MemoryHost memory;
    auto& apt = memory.apt;
    for (const auto* version : {"1", "2", "3"})
        apt.add_version("warehouse", version);
    apt.put_installed("warehouse", "2");
    const auto pin = [&](const std::string& version, int priority) {
        memory.files.put("/etc/apt/preferences.d/w.pref", "Package: warehouse\nPin: version " + version +
                                                              "\nPin-Priority: " + std::to_string(priority) +
                                                              "\n");
        return apt.status({.name = "warehouse"}).candidate;
    };
    CHECK(pin("1", 990) == "3");
    CHECK(pin("1", 1001) == "1");
    CHECK(pin("3", -1) == "2");
}

TEST_CASE("versions in memory are ordered as Debian's") {
    MemoryHost memory;
    for (const char* const version : {"1.0~rc1", "1.0", "1.0-1", "1.0+b1", "1.a", "1.10", "1.9"})
        memory.apt.add_version("p", version);
    const auto below = [&](const std::string& bound) {
        return memory.apt.status({.name = "p", .version = "<< " + bound}).candidate;
    };
    CHECK(memory.apt.status({.name = "p"}).candidate == "1.a");
    CHECK(below("1.a") == "1.10");
    CHECK(below("1.10") == "1.9");
    CHECK(below("1.9") == "1.0+b1");
    CHECK(below("1.0+b1") == "1.0-1");
    CHECK(below("1.0-1") == "1.0");
    CHECK(below("1.0") == "1.0~rc1");
}

TEST_CASE("a web server's answers come one after the other, and the last one stays") {
    MemoryHost memory;
    const std::string url = "http://127.0.0.1:9000/_health";
    CHECK_THROWS_WITH_AS(memory.http.get({.url = url}),
                         ("cannot get " + url + ": connection refused").c_str(), Error);
    memory.http.fail(url, "timed out");
    memory.http.answer(url, {.status = 503, .body = "{}"});
    memory.http.answer(url, {.status = 200, .body = "{}"});
    CHECK_THROWS_AS(memory.http.get({.url = url}), Error);
    CHECK(memory.http.get({.url = url}).status == 503);
    CHECK(memory.http.get({.url = url}).status == 200);
    CHECK(memory.http.get({.url = url}).status == 200);
    CHECK_THROWS_AS(memory.http.get({.url = url, .body_limit = 1}), Error);
}

TEST_CASE("without systemd as init every question is an error" *
          doctest::skip(dray::host::sd().booted() > 0)) {
    const dray::host::ScriptedProcesses processes;
    dray::host::BusSystemd systemd(processes);
    CHECK_FALSE(systemd.booted());
    CHECK_THROWS_AS(systemd.status("a.service"), Error);
    CHECK_THROWS_AS(systemd.daemon_reload(), Error);
    MemoryHost memory;
    memory.systemd.set_booted(false);
    CHECK_THROWS_AS(memory.systemd.status("a.service"), Error);
}
