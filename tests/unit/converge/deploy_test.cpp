// Deploys: the exact chain of states for each way in which a release can be good or bad.
#include "converge/deploying.h"
#include "host/apt_quarantine.h"

#include <doctest/doctest.h>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::run_first;
using dray::test::upgraded;
using Behaviour = Deploying::Behaviour;

namespace {

const std::string back = "rolling back, rolled back, quarantined, rolled back and quarantined";

}  // namespace

TEST_CASE("a good release goes through each state and is committed, and a second run does nothing") {
    Deploying world;
    world.release("1.1");
    CHECK(chain(world.converge()) == upgraded);
    world.release("1.2");
    const auto run = world.converge();
    CHECK(chain(run) == upgraded);
    CHECK(run.exit_code(false) == 0);
    CHECK(world.served() == "1.2");
    CHECK(world.migrations == 2);
    const int changes = world.host.memory.changes();
    CHECK(chain(world.converge()) == "");
    CHECK(world.host.memory.changes() == changes);
}

TEST_CASE("a release that answers with an error is rolled back, quarantined, and not tried again") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::answers_500);
    const auto run = world.converge();
    CHECK(chain(run) == "planned, downloaded, drained, unpacked, migrated, " + back);
    CHECK(run.exit_code(false) == 1);
    CHECK(world.installed() == "1.1");
    CHECK(world.served() == "1.1");
    CHECK(world.host.memory.files.read(dray::host::quarantine_path("web"))->find("Pin: version 1.2") !=
          std::string::npos);
    const int changes = world.host.memory.changes();
    const auto next = world.converge();
    CHECK(chain(next) == "held by rollback");
    CHECK(next.exit_code(false) == 4);
    CHECK(world.host.memory.changes() == changes);
    CHECK(world.served() == "1.1");
}

TEST_CASE("a newer release ends the quarantine of the one before") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::answers_500);
    world.converge();
    world.release("1.3");
    const auto run = world.converge();
    CHECK(chain(run) == upgraded);
    CHECK(world.served() == "1.3");
    CHECK_FALSE(world.host.memory.files.exists(dray::host::quarantine_path("web")));
    CHECK(chain(world.converge()) == "");
}

TEST_CASE("of several releases in quarantine the newest is named, and its story told once") {
    Deploying world;
    run_first(world);
    for (const char* bad : {"1.2", "1.3"}) {
        world.release(bad, Behaviour::answers_500);
        REQUIRE(chain(world.converge()).ends_with(back));
    }
    const auto run = world.converge();
    REQUIRE(run.deploys.size() == 1);
    CHECK(run.deploys.front().reason.starts_with("1.3 has failed here at "));
    int held = 0;
    for (const auto& step : run.steps) {
        if (step.outcome != dray::converge::Outcome::held) continue;
        ++held;
        CHECK(step.reason == "1.3 is quarantined");
    }
    CHECK(held > 0);
}

TEST_CASE("a bad configuration is rolled back as files, and the version stays") {
    Deploying world;
    run_first(world);
    world.configure("bad");
    const auto run = world.converge();
    CHECK(chain(run) == "planned, drained, " + back);
    CHECK(world.host.memory.files.read("/etc/w.conf") == "good");
    CHECK(world.served() == "1.1");
    CHECK(world.installed() == "1.1");
    CHECK_FALSE(world.host.memory.files.exists(dray::host::quarantine_path("web")));
    CHECK(chain(world.converge()) == "held by rollback");
    CHECK(world.host.memory.files.read("/etc/w.conf") == "good");
    world.configure("better");
    CHECK(chain(world.converge()) == "planned, drained, started, verified, committed, committed");
    CHECK(world.configuration == "better");
}

TEST_CASE("a good version with a bad configuration goes back as one set") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    world.configure("bad");
    CHECK(chain(world.converge()).ends_with(back));
    CHECK(world.installed() == "1.1");
    CHECK(world.host.memory.files.read("/etc/w.conf") == "good");
    CHECK(world.served() == "1.1");
    world.configure("good");
    CHECK(chain(world.converge()) == upgraded);
    CHECK(world.served() == "1.2");
}

TEST_CASE("a held file that somebody changes by hand comes back as it was for the running version") {
    Deploying world;
    run_first(world);
    world.configure("bad");
    world.converge();
    world.host.memory.files.put("/etc/w.conf", "by hand", {.owner = "root", .group = "root", .mode = 0644});
    world.converge();
    CHECK(world.host.memory.files.read("/etc/w.conf") == "good");
}

TEST_CASE(
    "when the old version is not well either, the cause is the environment and nothing is quarantined") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    world.database = false;
    const auto run = world.converge();
    CHECK(chain(run) ==
          "planned, downloaded, drained, unpacked, rolling back, rolled back, rolled back, not quarantined");
    CHECK(run.exit_code(false) == 1);
    CHECK(world.installed() == "1.1");
    world.database = true;
    CHECK(chain(world.converge()) == upgraded);
    CHECK(world.served() == "1.2");
}

TEST_CASE("a rollback works with no repository at hand") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::answers_500);
    world.host.memory.apt.on_apply([&](const auto&) {
        world.host.memory.apt.cut_network();
        world.host.memory.apt.clean_archives();
    });
    CHECK(chain(world.converge()).ends_with(back));
    CHECK(world.served() == "1.1");
}

TEST_CASE("without a way back nothing is begun, unless the recipe allows that or the host is down anyway") {
    Deploying world;
    world.host.memory.apt.put_installed("web", "1.0");
    world.host.memory.files.put("/etc/w.conf", "good");
    world.release("1.1");
    SUBCASE("refused") {
        // 1.0 runs and is well, and nobody has it.
        world.host.memory.files.put(
            "/etc/systemd/system/w.service",
            "[Service]\nExecStart=/opt/w/bin/w\n[Install]\nWantedBy=multi-user.target\n");
        world.host.memory.systemd.enable("w.service");
        world.host.memory.systemd.start("w.service");
        const auto run = world.converge();
        CHECK(chain(run) == "refused");
        CHECK(run.exit_code(false) == 1);
        CHECK(world.installed() == "1.0");
        CHECK(world.served() == "1.0");
        world.gates = "allow_no_rollback = true\nstable_for = \"0s\"\n";
        world.configure("good");
        CHECK(world.converge().exit_code(false) == 0);
        CHECK(world.served() == "1.1");
    }
    SUBCASE("a repository that has it, and does not answer now, is waited for") {
        world.release("1.0");
        world.host.memory.files.put(
            "/etc/systemd/system/w.service",
            "[Service]\nExecStart=/opt/w/bin/w\n[Install]\nWantedBy=multi-user.target\n");
        world.host.memory.systemd.enable("w.service");
        world.host.memory.systemd.start("w.service");
        world.release("1.1");
        world.host.memory.apt.cut_network();
        const auto run = world.converge();
        CHECK(chain(run) == "waiting");
        CHECK(run.deploys.at(0).reason.find("no way back: 1.0 is not kept here") != std::string::npos);
        CHECK(run.exit_code(false) == 69);
        CHECK(world.served() == "1.0");
        world.host.memory.apt.cut_network(false);
        CHECK(world.converge().exit_code(false) == 0);
        CHECK(world.served() == "1.1");
    }
    SUBCASE("a host that is down gets the fix") {
        CHECK(world.converge().exit_code(false) == 0);
        CHECK(world.served() == "1.1");
    }
}

TEST_CASE("below the schema floor of a release nothing is rolled back") {
    Deploying world;
    run_first(world);
    world.release("1.2", Behaviour::answers_500, "1.2");
    const auto run = world.converge();
    CHECK(chain(run) == "planned, downloaded, drained, unpacked, migrated, failed, failed");
    CHECK(run.exit_code(false) == 1);
    CHECK(world.installed() == "1.2");
    CHECK(run.deploys.at(0).reason.find("schema floor") != std::string::npos);
    CHECK(chain(world.converge()) == "held by rollback");
    world.release("1.3");
    CHECK(chain(world.converge()) == upgraded);
    CHECK(world.served() == "1.3");
}

TEST_CASE("a version that somebody else has installed passes the same gates") {
    Deploying world;
    run_first(world);
    SUBCASE("a good one is committed") {
        world.release("1.2");
        world.host.memory.apt.put_installed("web", "1.2");
        CHECK(chain(world.converge()) ==
              "planned, drained, unpacked, migrated, started, verified, committed, committed");
        CHECK(world.served() == "1.2");
    }
    SUBCASE("a bad one is rolled back") {
        world.release("1.2", Behaviour::answers_500);
        world.host.memory.apt.put_installed("web", "1.2");
        CHECK(chain(world.converge()).ends_with(back));
        CHECK(world.served() == "1.1");
    }
    SUBCASE("a bad one after a good one is rolled back to that") {
        world.release("1.2");
        world.host.memory.apt.put_installed("web", "1.2");
        world.converge();
        world.release("1.3", Behaviour::answers_500);
        world.host.memory.apt.put_installed("web", "1.3");
        world.host.memory.apt.cut_network();
        CHECK(chain(world.converge()).ends_with(back));
        CHECK(world.served() == "1.2");
    }
    SUBCASE("that no file of it can be kept does not stop it") {
        world.release("1.2");
        world.host.memory.apt.put_installed("web", "1.2");
        world.host.memory.apt.cut_network();
        const auto run = world.converge();
        CHECK(chain(run).ends_with("committed"));
        CHECK(run.deploys.at(0).notes.back().find("no package file of 1.2 can be kept") == 0);
    }
}

TEST_CASE("a deploy waits for its window, and a precheck that fails refuses it") {
    Deploying world;
    run_first(world);
    world.release("1.2");
    SUBCASE("window") {
        world.host.memory.processes.answer("date --date=@1795458871 '+%u %H:%M'", {.output = "1 18:34\n"});
        world.host.memory.processes.answer_others(
            [](const auto&) { return dray::host::Result{.output = "1 18:34\n"}; });
        world.gates = "only_between = [\"Mon-Fri 09:00-17:00\"]\nstable_for = \"0s\"\n";
        world.configure("good");
        const auto run = world.converge();
        CHECK(chain(run) == "waiting");
        CHECK(run.exit_code(false) == 0);
        CHECK(world.served() == "1.1");
        world.gates = "only_between = [\"Mon-Fri 09:00-19:00\"]\nstable_for = \"0s\"\n";
        world.configure("good");
        CHECK(chain(world.converge()).ends_with("committed"));
    }
    SUBCASE("precheck") {
        world.gates = "precheck = [\"/usr/local/bin/ready\"]\nstable_for = \"0s\"\n";
        world.configure("good");
        world.host.memory.processes.answer("/usr/local/bin/ready", {.exit_code = 1, .output = "not ready\n"});
        const auto run = world.converge();
        CHECK(chain(run) == "refused");
        CHECK(run.exit_code(false) == 1);
        CHECK(world.host.memory.processes.texts() == std::vector<std::string>{"/usr/local/bin/ready"});
    }
}

TEST_CASE("the host is drained before anything that runs is touched, and comes back in the end") {
    for (const auto how : {Behaviour::good, Behaviour::answers_500}) {
        Deploying world;
        run_first(world);
        world.gates =
            "drain = [\"/usr/local/bin/drain\"]\nundrain = [\"/usr/local/bin/undrain\"]\n"
            "maintenance_file = \"/srv/maintenance\"\nstable_for = \"0s\"\n";
        world.configure("good");
        world.release("1.2", how);
        world.host.memory.processes.answer("/usr/local/bin/drain");
        world.host.memory.processes.answer("/usr/local/bin/undrain");
        bool drained = false;
        world.host.memory.apt.on_apply(
            [&](const auto&) { drained = drained || world.host.memory.files.exists("/srv/maintenance"); });
        world.converge();
        CHECK(drained);
        CHECK_FALSE(world.host.memory.files.exists("/srv/maintenance"));
        CHECK(world.host.memory.processes.texts() ==
              std::vector<std::string>{"/usr/local/bin/drain", "/usr/local/bin/undrain"});
    }
}

TEST_CASE("a first release that is bad is left as it is, and the next run goes on") {
    Deploying world;
    world.release("1.1", Behaviour::cannot_migrate);
    const auto run = world.converge();
    CHECK(chain(run) == "planned, downloaded, drained, unpacked, failed");
    CHECK(run.exit_code(false) == 1);
    CHECK(world.installed() == "1.1");
    CHECK(world.running.empty());
    CHECK(chain(world.converge()) == "failed");
    CHECK(world.running.empty());
    world.release("1.2");
    CHECK(world.converge().exit_code(false) == 0);
    CHECK(world.served() == "1.2");
}

TEST_CASE("a version that was sent back does not take the place of the one that ran before") {
    Deploying world;
    run_first(world);
    const auto send_back = [&world] {
        world.host.rollback = dray::converge::RollbackWish{"web", "", "it looks odd"};
        world.converge();
        world.host.rollback.reset();
    };
    world.release("1.2");
    world.converge();
    send_back();
    REQUIRE(world.served() == "1.1");
    world.release("1.3");
    world.converge();
    REQUIRE(world.served() == "1.3");
    CHECK(world.host.memory.files.list("/var/lib/dray/deploys/web/packages").size() == 2);
    send_back();
    CHECK(world.served() == "1.1");
}

TEST_CASE("by hand a release is named without the target that it was built for") {
    Deploying world;
    run_first(world);
    for (const std::string version : {"26.11.2+deb12", "26.11.3+deb12"}) {
        world.release(version);
        REQUIRE(world.converge().exit_code(false) == 0);
    }
    world.host.rollback = dray::converge::RollbackWish{"web", "26.11.2", "it looks odd"};
    world.converge();
    CHECK(world.installed() == "26.11.2+deb12");
}

TEST_CASE("kept packages are bounded, and the way back is always among them") {
    Deploying world;
    run_first(world);
    for (const std::string version : {"1.2", "1.3", "1.4", "1.5"}) {
        world.release(version);
        REQUIRE(world.converge().exit_code(false) == 0);
        CHECK(world.host.memory.files.list("/var/lib/dray/deploys/web/packages").size() <= 2);
    }
    world.release("1.6", Behaviour::answers_500);
    world.host.memory.apt.on_apply([&](const auto&) { world.host.memory.apt.cut_network(); });
    world.converge();
    CHECK(world.served() == "1.5");
}
