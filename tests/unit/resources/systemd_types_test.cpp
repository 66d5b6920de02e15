// service and unit beyond what every type has in common.
#include "converging.h"

#include <doctest/doctest.h>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;
using Texts = std::vector<std::string>;

namespace {

/// A host with a packaged unit that can be enabled.
struct WithService : Converging {
    WithService() {
        memory.files.put("/usr/lib/systemd/system/s.service",
                         "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    }
    std::string changed(const dray::converge::Run& run) const {
        std::string text;
        for (const auto& change : run.steps.at(0).changes)
            text += change.name + ": " + change.from.value_or("") + " → " + change.to + "\n";
        return text;
    }
};

}  // namespace

TEST_CASE("a service that ends while it is looked at does not run") {
    for (const bool restarts : {true, false}) {
        WithService host;
        host.memory.systemd.crash_at_look("s.service", 4, restarts);
        const auto run = host.recipe(resource("service", "s.service")).converge();
        CHECK(outcomes(run) == "failed");
        CHECK(errors(run).find("does not stay up") != std::string::npos);
    }
}

TEST_CASE("a service that ends between systemd's answers about its state and its process does not run") {
    for (const bool restarts : {true, false}) {
        WithService host;
        host.memory.systemd.crash_between_answers("s.service", 4, restarts);
        const auto run = host.recipe(resource("service", "s.service")).converge();
        CHECK(outcomes(run) == "failed");
        CHECK(errors(run).find("does not stay up") != std::string::npos);
    }
}

TEST_CASE("a service that ends after the time it has to be stable for is running") {
    WithService host;
    host.memory.systemd.crash_at_look("s.service", 100, false);
    CHECK(outcomes(host.recipe(resource("service", "s.service", "stable_for = \"5s\"")).converge()) ==
          "changed");
    host.recipe(resource("service", "s.service", "stable_for = \"1m\"")).memory.systemd.stop("s.service");
    CHECK(errors(host.converge()).find("does not stay up") != std::string::npos);
}

TEST_CASE("a service that restarts again and again is not running, and one that restarted long ago is") {
    WithService host;
    host.recipe(resource("service", "s.service")).converge();
    host.memory.systemd.crash("s.service", true);
    CHECK(outcomes(host.converge()) == "unchanged");
    host.memory.systemd.crash_at_look("s.service", 2, true);
    const auto begin = host.memory.clock.steady();
    const auto run = host.dry_run();
    CHECK(host.memory.clock.steady() - begin == std::chrono::seconds(1));  // it is looked at twice for real
    CHECK(host.changed(run) == "running: no (restarts again and again) → yes\n");
}

TEST_CASE("a look at a service that runs takes no time") {
    WithService host;
    host.recipe(resource("service", "s.service")).converge();
    const auto before = host.memory.clock.steady();
    host.converge();
    CHECK(host.memory.clock.steady() == before);
}

TEST_CASE("a restarted service has to stay up, and so has one that was reloaded") {
    const auto file = resource("file", "/etc/a", "content = \"1\"");
    for (const std::string action : {"restart", "reload"}) {
        WithService host;
        host.recipe(file + resource("service", "s.service", action + "_when_changed = \"file[/etc/a]\""));
        REQUIRE(outcomes(host.converge()) == "changed changed");
        host.memory.files.put("/etc/a", "by hand");
        host.memory.systemd.crash_at_look("s.service", 3, false);
        const auto run = host.converge();
        CHECK(outcomes(run) == "changed failed");
        CHECK(errors(run).find("does not stay up") != std::string::npos);
    }
}

TEST_CASE("a service is restarted with what its package has made of its unit") {
    WithService host;
    const auto file = resource("file", "/etc/a", "content = \"1\"");
    host.recipe(file + resource("service", "s.service", "restart_when_changed = \"file[/etc/a]\""));
    host.converge();
    const std::string unit = "/usr/lib/systemd/system/s.service";
    host.recipe(resource("file", "/etc/a", "content = \"2\"") +
                resource("service", "s.service", "restart_when_changed = \"file[/etc/a]\""));
    SUBCASE("another text") {
        host.memory.files.put(unit,
                              "[Service]\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n");
        CHECK(outcomes(host.converge()) == "changed changed");
        CHECK_FALSE(host.memory.systemd.status("s.service").needs_daemon_reload);
    }
    SUBCASE("nothing") {
        host.memory.files.remove(unit);
        const auto run = host.converge();
        CHECK(outcomes(run) == "changed failed");
        CHECK(errors(run).find("s.service") != std::string::npos);
    }
}

TEST_CASE("a masked service is stopped, and is let go before it is started") {
    WithService host;
    host.recipe(resource("service", "s.service")).converge();
    host.recipe(resource("service", "s.service", "masked = true"));
    CHECK(host.changed(host.dry_run()) == "masked: no → yes\nenabled: yes → no\nrunning: yes → no\n");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.systemd.status("s.service").load_state == "masked");
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(resource("service", "s.service"));
    CHECK(errors(host.converge()).find("masked") != std::string::npos);
    host.recipe(resource("service", "s.service", "masked = false"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.systemd.status("s.service").active_state == "active");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a unit that nobody has can be masked") {
    Converging host;
    host.recipe(resource("service", "none.service", "masked = true"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a masked service that is to run is a mistake") {
    for (const auto* key : {"running = true", "enabled = true"}) {
        WithService host;
        const auto mistakes =
            host.recipe(resource("service", "s.service", std::string("masked = true\n") + key)).mistakes();
        CHECK(mistakes.find("a masked unit cannot") != std::string::npos);
        CHECK(mistakes.find("recipe.toml:") != std::string::npos);
    }
}

TEST_CASE("a unit file that systemd would not understand is not put in place") {
    Converging host;
    host.memory.systemd.judge("x.service", {.errors = {"x.service:3: Unknown key 'Bogus'"}});
    const std::string text = "content = \"[Service]\\nExecStart=/bin/true\\nBogus=1\\n\"";
    const auto run = host.recipe(resource("unit", "x.service", text)).converge();
    CHECK(outcomes(run) == "failed");
    CHECK(errors(run).find("| x.service:3: Unknown key 'Bogus'") != std::string::npos);
    CHECK_FALSE(host.memory.files.status("/etc/systemd/system/x.service"));
    CHECK(outcomes(host.recipe(resource("unit", "x.service", text + "\nverify = false")).converge()) ==
          "changed");
    CHECK(outcomes(host.recipe(resource("unit", "x.service", "state = \"absent\"")).converge()) == "changed");
}

TEST_CASE("what systemd would write in another way is told and no error") {
    Converging host;
    host.memory.systemd.judge("x.service", {.advice = {"x.service:2: please use MemoryMax="}});
    const auto run =
        host.recipe(resource("unit", "x.service", "content = \"[Service]\\nExecStart=/bin/true\\n\""))
            .converge();
    CHECK(outcomes(run) == "changed");
    CHECK(run.steps.at(0).notes == Texts{"systemd: x.service:2: please use MemoryMax="});
}

TEST_CASE(
    "a unit that becomes absent is stopped and disabled before its file goes, and the manager is told") {
    WithService host;
    const auto unit =
        "content = \"[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n\"";
    host.recipe(resource("unit", "x.service", unit) + resource("service", "x.service"));
    REQUIRE(outcomes(host.converge()) == "changed changed");
    host.recipe(resource("unit", "x.service", "state = \"absent\""));
    const auto foretold = host.dry_run();
    const auto done = host.converge();
    CHECK(host.changed(done) == "type: file → absent\nrunning: yes → no\nenabled: yes → no\n");
    CHECK(dray::test::deeds(foretold) == dray::test::deeds(done));
    const auto& calls = host.memory.systemd.calls();
    CHECK(Texts(calls.end() - 3, calls.end()) ==
          Texts{"disable x.service", "stop x.service", "daemon-reload"});
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a unit of a package takes the place of one that becomes absent, and goes on") {
    WithService host;
    const auto unit =
        "content = \"[Service]\\nExecStart=/bin/sleep 1\\n[Install]\\nWantedBy=multi-user.target\\n\"";
    host.recipe(resource("unit", "s.service", unit) + resource("service", "s.service"));
    REQUIRE(outcomes(host.converge()) == "changed changed");
    host.recipe(resource("unit", "s.service", "state = \"absent\"") + resource("service", "s.service"));
    CHECK(outcomes(host.converge()) == "changed unchanged");
    CHECK(host.memory.systemd.status("s.service").active_state == "active");
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
}

TEST_CASE("a manager that was not told that a unit, drop-in or timer is gone is told by the next run") {
    const auto s = "/etc/systemd/system/s.service";
    struct Gone {
        std::string present;
        std::string absent;
        std::string file;
    };
    const std::string text =
        "content = \"[Service]\\nExecStart=/bin/sleep 1\\n[Install]\\nWantedBy=multi-user.target\\n\"\n";
    const auto timer = "command = [\"/bin/true\"]\nschedule = \"daily\"\n";
    for (const auto& each :
         {Gone{resource("unit", "s.service", text), resource("unit", "s.service", "state = \"absent\""), s},
          Gone{resource("unit", "s.service", text + "dropin = \"d\""),
               resource("unit", "s.service", "dropin = \"d\"\nstate = \"absent\""),
               std::string(s) + ".d/d.conf"},
          Gone{resource("timer", "t", timer), resource("timer", "t", "state = \"absent\""),
               "/etc/systemd/system/t.timer"}}) {
        WithService host;
        host.recipe(each.present + resource("service", "s.service"));
        REQUIRE(errors(host.converge()) == "");
        // As a run that was killed leaves it.
        host.memory.files.remove(each.file);
        if (each.file.ends_with(".timer")) host.memory.files.remove("/etc/systemd/system/t.service");
        host.recipe(each.absent);
        CHECK(outcomes(host.dry_run()) == "changed");
        CHECK(outcomes(host.converge()) == "changed");
        CHECK(host.memory.systemd.calls().back() == "daemon-reload");
        CHECK(outcomes(host.converge()) == "unchanged");
    }
}

TEST_CASE("a unit that a generator makes counts as enabled, and can be masked but not disabled") {
    Converging host;
    host.memory.files.make_directory("/run/systemd/generator", {.owner = {}, .group = {}, .mode = 0755},
                                     true);
    host.memory.files.put("/run/systemd/generator/g.service", "[Service]\nExecStart=/bin/true\n");
    host.recipe(resource("service", "g.service"));
    CHECK(errors(host.converge()) == "");
    CHECK(outcomes(host.converge()) == "unchanged");
    const auto run = host.recipe(resource("service", "g.service", "enabled = false")).converge();
    CHECK(errors(run).find("a generator makes it at each boot") != std::string::npos);
    CHECK(errors(run).find("masked = true") != std::string::npos);
}

TEST_CASE("a script of System V is enabled and disabled by its links") {
    Converging host;
    host.memory.files.make_directory("/run/systemd/generator.late", {.owner = {}, .group = {}, .mode = 0755},
                                     true);
    host.memory.files.make_directory("/etc/rc3.d", {.owner = {}, .group = {}, .mode = 0755});
    host.memory.files.put("/etc/init.d/old", "#!/bin/sh\n");
    host.memory.files.put("/run/systemd/generator.late/old.service",
                          "[Service]\nExecStart=/etc/init.d/old start\n");
    Texts commands;
    host.memory.processes.answer_others([&](const dray::host::Command& command) {
        commands.push_back(command.text());
        if (command.argv.back() == "disable") host.memory.files.remove("/etc/rc3.d/S01old");
        if (command.argv.back() == "enable") host.memory.files.put("/etc/rc3.d/S01old", "");
        return dray::host::Result{};
    });
    host.recipe(resource("service", "old.service"));
    CHECK(errors(host.converge()) == "");
    CHECK(commands == Texts{"/usr/sbin/update-rc.d old defaults", "/usr/sbin/update-rc.d old enable"});
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(resource("service", "old.service", "enabled = false"));
    CHECK(outcomes(host.dry_run()) == "changed");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(commands.back() == "/usr/sbin/update-rc.d old disable");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("an indirect unit, for which others are enabled, meets either wish") {
    for (const auto* keys : {"", "enabled = false"}) {
        Converging host;
        host.memory.files.put("/usr/lib/systemd/system/i.service",
                              "[Service]\nExecStart=/bin/true\n[Install]\nAlso=other.service\n");
        host.recipe(resource("service", "i.service", keys));
        CHECK(errors(host.converge()) == "");
        CHECK(outcomes(host.converge()) == "unchanged");
    }
}

TEST_CASE("a service is enabled only when it can be") {
    Converging host;
    host.memory.files.put("/usr/lib/systemd/system/s.service", "[Service]\nExecStart=/bin/true\n");
    CHECK(errors(host.recipe(resource("service", "s.service")).converge()).find("no [Install] section") !=
          std::string::npos);
    CHECK(outcomes(host.recipe(resource("service", "s.service", "enabled = false")).converge()) == "changed");
    CHECK(errors(host.recipe(resource("service", "none.service")).converge())
              .find("systemd knows no such unit") != std::string::npos);
}

TEST_CASE("of a unit that is a template the manager is not asked, as it knows the instances alone") {
    Converging host;
    host.recipe(resource("unit", "x@.service", "content = \"[Service]\\nExecStart=/bin/true\\n\""));
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed");
    for (const auto& change : run.steps.at(0).changes)
        CHECK(change.name != "manager");
    CHECK(host.memory.systemd.calls() == std::vector<std::string>{"daemon-reload"});
    CHECK(outcomes(host.converge()) == "unchanged");
}
