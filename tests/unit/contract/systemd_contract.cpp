// What every Systemd does.
#include "error.h"
#include "subject.h"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>

using dray::Error;
using dray::host::Systemd;
using dray::test::Subject;
using dray::test::words_of;

namespace {

constexpr auto unit = Subject::unit;
const std::string sleeper = "[Service]\nExecStart=/usr/bin/sleep 1000\n";
const std::string install = "[Install]\nWantedBy=multi-user.target\n";

/// A subject with the unit file.
struct WithUnit : Subject {
    explicit WithUnit(const std::string& text) {
        write(text);
        systemd.daemon_reload();
    }
    void write(const std::string& text) {
        host().files().write(unit_path, text, {.owner = "root", .group = "root", .mode = 0644});
    }
    Systemd& systemd = host().systemd();
};

bool contains(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a unit that there is not is told as not found, and cannot be started or stopped") {
    Subject subject;
    auto& systemd = subject.host().systemd();
    CHECK(systemd.booted());
    const auto status = systemd.status(unit);
    CHECK(status.load_state == "not-found");
    CHECK(status.active_state == "inactive");
    CHECK(status.file_state == "");
    CHECK(status.invocation_id == "");
    CHECK(status.main_pid == 0);
    CHECK_FALSE(status.needs_daemon_reload);
    CHECK(contains(words_of([&] { systemd.start(unit); }), "contract.service not found"));
    CHECK(contains(words_of([&] { systemd.stop(unit); }), "contract.service not loaded"));
    CHECK_THROWS_AS(systemd.enable(unit), Error);
    CHECK_THROWS_AS(systemd.status("contract"), Error);
}

TEST_CASE("a unit is enabled, started, left alone by another start, and stopped") {
    WithUnit subject(sleeper + install);
    auto& systemd = subject.systemd;
    CHECK(systemd.status(unit).load_state == "loaded");
    CHECK(systemd.status(unit).file_state == "disabled");
    systemd.enable(unit);
    CHECK(systemd.status(unit).file_state == "enabled");
    systemd.start(unit);
    const auto first = systemd.status(unit);
    CHECK(first.active_state == "active");
    CHECK(first.sub_state == "running");
    CHECK(first.main_pid != 0);
    CHECK(first.invocation_id.size() == 32);
    CHECK(first.restarts == 0);
    systemd.start(unit);
    CHECK(systemd.status(unit).invocation_id == first.invocation_id);
    systemd.restart(unit);
    CHECK(systemd.status(unit).invocation_id != first.invocation_id);
    CHECK(systemd.status(unit).main_pid != first.main_pid);
    systemd.stop(unit);
    CHECK(systemd.status(unit).active_state == "inactive");
    CHECK(systemd.status(unit).main_pid == 0);
    systemd.restart(unit);
    CHECK(systemd.status(unit).active_state == "active");
    systemd.disable(unit);
    CHECK(systemd.status(unit).file_state == "disabled");
    CHECK(systemd.status(unit).active_state == "active");
}

TEST_CASE("a status that was expected is as it is, whether or not the manager has been told of a change") {
    WithUnit subject(sleeper + install);
    auto& systemd = subject.systemd;
    systemd.start(unit);
    for (const bool told : {false, true})
        for (const bool enabled : {true, false}) {
            enabled ? systemd.enable(unit) : systemd.disable(unit);
            if (told) systemd.daemon_reload();
            systemd.forget_expected();
            systemd.expect_status(unit);
            systemd.go_on();
            const auto status = systemd.status(unit);
            CHECK(status.file_state == (enabled ? "enabled" : "disabled"));
            CHECK(status.active_state == "active");
            CHECK(status.main_pid != 0);
        }
}

TEST_CASE("a unit without a section [Install] is static, and one for which others stand is indirect") {
    WithUnit subject(sleeper);
    CHECK(subject.systemd.status(unit).file_state == "static");
    subject.systemd.enable(unit);
    CHECK(subject.systemd.status(unit).file_state == "static");
    subject.write(sleeper + "[Install]\nAlso=contract-other.service\n");
    subject.systemd.daemon_reload();
    CHECK(subject.systemd.status(unit).file_state == "indirect");
}

TEST_CASE("a running unit whose file has changed needs the manager to read it again") {
    WithUnit subject(sleeper);
    auto& systemd = subject.systemd;
    systemd.start(unit);
    CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
    subject.write("[Service]\nExecStart=/usr/bin/sleep 2000\n");
    CHECK(systemd.status(unit).needs_daemon_reload);
    systemd.daemon_reload();
    CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
}

// Of a folder that is newer than its last reload systemd itself knows nothing.
TEST_CASE("so does one that has got or lost a drop-in in a folder that the manager knows") {
    WithUnit subject(sleeper);
    auto& systemd = subject.systemd;
    const std::string folder = std::string(Subject::unit_path) + ".d";
    subject.host().files().make_directory(folder, {.owner = "root", .group = "root", .mode = 0755});
    systemd.daemon_reload();
    systemd.start(unit);
    subject.host().files().write(folder + "/a.conf", "[Service]\nNice=1\n", {});
    CHECK(systemd.status(unit).needs_daemon_reload);
    systemd.daemon_reload();
    CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
    subject.host().files().remove(folder + "/a.conf");
    CHECK(systemd.status(unit).needs_daemon_reload);
    systemd.daemon_reload();
    CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
}

TEST_CASE("which files of a running unit the manager has read, also from a folder that is new to it") {
    WithUnit subject(sleeper);
    auto& systemd = subject.systemd;
    systemd.start(unit);
    const std::string dropin = std::string(Subject::unit_path) + ".d/a.conf";
    CHECK_FALSE(systemd.has_older_text(unit, Subject::unit_path));
    CHECK(systemd.has_older_text(unit, dropin));
    subject.host().files().make_directory(std::string(Subject::unit_path) + ".d",
                                          {.owner = "root", .group = "root", .mode = 0755});
    subject.host().files().write(dropin, "[Service]\nNice=1\n", {});
    CHECK(systemd.has_older_text(unit, dropin));
    systemd.daemon_reload();
    CHECK_FALSE(systemd.has_older_text(unit, dropin));
    CHECK_FALSE(systemd.has_older_text("contract-none.service", Subject::unit_path));
}

TEST_CASE("a running unit whose file is gone needs it as well, and can be stopped all the same") {
    for (const bool told : {true, false}) {
        WithUnit subject(sleeper + install);
        auto& systemd = subject.systemd;
        systemd.start(unit);
        subject.host().files().remove(Subject::unit_path);
        CHECK(systemd.status(unit).needs_daemon_reload);
        if (told) {
            systemd.daemon_reload();
            CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
            CHECK(systemd.status(unit).active_state == "active");
        }
        systemd.stop(unit);
        systemd.daemon_reload();
        CHECK(systemd.status(unit).load_state == "not-found");
        CHECK(systemd.status(unit).active_state == "inactive");
        CHECK_FALSE(systemd.status(unit).needs_daemon_reload);
    }
}

TEST_CASE("a reload is the unit's own where it has one, and a restart where not") {
    WithUnit subject(sleeper + "ExecReload=/usr/bin/true\n");
    auto& systemd = subject.systemd;
    systemd.start(unit);
    const auto before = systemd.status(unit);
    systemd.reload(unit);
    CHECK(systemd.status(unit).invocation_id == before.invocation_id);
    CHECK(systemd.status(unit).main_pid == before.main_pid);
    subject.write(sleeper);
    systemd.daemon_reload();
    systemd.reload(unit);
    CHECK(systemd.status(unit).invocation_id != before.invocation_id);
    systemd.stop(unit);
    systemd.reload(unit);
    CHECK(systemd.status(unit).active_state == "active");
}

TEST_CASE("a start that fails is an error with the job's result and where to look") {
    WithUnit subject("[Service]\nType=oneshot\nExecStart=/usr/bin/false\n");
    if (auto* memory = subject.memory()) memory->systemd.end_starts_with(unit, "failed");
    const auto words = words_of([&] { subject.systemd.start(unit); });
    CHECK(contains(words, "cannot start contract.service: failed"));
    CHECK(subject.systemd.status(unit).active_state == "failed");
    CHECK_THROWS_AS(subject.systemd.restart(unit), Error);
}

TEST_CASE("a start is not kept back by a limit of starts") {
    WithUnit subject("[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1h\n" + sleeper);
    for (int i = 0; i < 4; ++i)
        subject.systemd.restart(unit);
    CHECK(subject.systemd.status(unit).active_state == "active");
}

TEST_CASE("a masked unit cannot be started, and one with a file of its own cannot be masked") {
    {
        Subject subject;
        auto& systemd = subject.host().systemd();
        systemd.mask(unit);
        systemd.daemon_reload();
        CHECK(systemd.status(unit).load_state == "masked");
        CHECK(systemd.status(unit).file_state == "masked");
        CHECK(contains(words_of([&] { systemd.start(unit); }), "contract.service is masked"));
        systemd.unmask(unit);
        systemd.daemon_reload();
        CHECK(systemd.status(unit).load_state == "not-found");
    }
    WithUnit subject(sleeper);
    CHECK(contains(words_of([&] { subject.systemd.mask(unit); }), "already exists"));
    CHECK(subject.systemd.status(unit).load_state == "loaded");
}

TEST_CASE("automatic restarts are counted, until somebody starts the unit again") {
    WithUnit subject(
        "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/bin/sleep 0.1\nRestart=always\n"
        "RestartSec=50ms\n");
    auto& systemd = subject.systemd;
    systemd.start(unit);
    if (auto* memory = subject.memory()) memory->systemd.crash(unit, true);
    for (int looks = 0; looks < 600 && systemd.status(unit).restarts == 0; ++looks)
        subject.host().clock().sleep(std::chrono::milliseconds(50));
    CHECK(systemd.status(unit).restarts > 0);
    subject.write(sleeper);
    systemd.daemon_reload();
    systemd.restart(unit);
    CHECK(systemd.status(unit).restarts == 0);
}

TEST_CASE("a command runs as a service of its own, and tells whether it succeeded") {
    Subject subject;
    auto& systemd = subject.host().systemd();
    if (auto* memory = subject.memory())
        memory->systemd.on_transient([](const auto& each) { return each.argv.front() == "/usr/bin/true"; });
    int ticks = 0;
    CHECK(
        systemd.run_transient({.name = "contract-run.service", .argv = {"/usr/bin/true"}}, [&] { ++ticks; }));
    CHECK(ticks > 0);
    CHECK_FALSE(systemd.run_transient({.name = "contract-run.service", .argv = {"/usr/bin/false"}}, {}));
    CHECK_THROWS_AS(systemd.run_transient({.name = "contract-run.service"}, {}), Error);
}

TEST_CASE("a sound unit file passes, and calendars are told from other words") {
    Subject subject;
    const auto& systemd = subject.host().systemd();
    CHECK(systemd.verify({{.unit = unit, .text = sleeper + install}}).errors.empty());
    CHECK(systemd.next_elapse("daily") != "never");
    CHECK(contains(words_of([&] { systemd.next_elapse("now and then"); }), "now and then"));
}
