// A dry run's host: what is there shines through, what would change is seen, and what nobody can know is
// said.
#include "error.h"
#include "host/memory_host.h"
#include "host/overlay_host.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::host::Doubt;
using dray::host::FileType;
using dray::host::MemoryHost;
using dray::host::OverlayHost;
using Texts = std::vector<std::string>;

namespace {

/// A host in memory, and a dry run over it.
struct DryRun {
    MemoryHost memory;
    OverlayHost overlay{memory.host};
    dray::host::Host& host = overlay.host();
    dray::host::Ledger& ledger = overlay.ledger();

    DryRun() {
        memory.files.put("/etc/a", "old", {.owner = "root", .group = "root", .mode = 0644});
        memory.files.put("/usr/lib/systemd/system/s.service",
                         "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
        host.apt().rehearse();
        before_ = memory.changes();
        calls_ = memory.systemd.calls();
    }
    ~DryRun() {
        CHECK(memory.changes() == before_);
        CHECK(memory.systemd.calls() == calls_);
        CHECK(memory.apt.applied().empty());
        CHECK(memory.processes.commands().empty());
    }

    /// From now on a package would have been installed.
    void install() {
        memory.apt.add_version("nginx", "1.0");
        ledger.begin("package[nginx]");
        dray::host::Transaction transaction;
        transaction.install["nginx"] = "1.0";
        host.apt().apply(transaction, {});
        ledger.begin("somebody[else]");
    }

    Texts doubts() const {
        Texts texts;
        for (const auto& doubt : ledger.doubts())
            texts.push_back(dray::host::doubts_text({doubt}));
        return texts;
    }

  private:
    int before_ = 0;
    Texts calls_;
};

}  // namespace

TEST_CASE("what is there shines through until a dry run changes it") {
    DryRun run;
    run.ledger.begin("file[/etc/a]");
    CHECK(run.host.files().read("/etc/a") == "old");
    run.host.files().set_ownership("/etc/a", {.owner = {}, .group = {}, .mode = 0600});
    CHECK(run.host.files().read("/etc/a") == "old");
    CHECK(run.host.files().status("/etc/a")->mode == 0600);
    CHECK(run.ledger.story("path /etc/a") == "would be changed by file[/etc/a]");
    run.host.files().write("/etc/a", "new", {});
    CHECK(run.host.files().read("/etc/a") == "new");
    CHECK(run.host.files().list("/etc") == Texts{"a", "apt", "systemd"});
    run.host.files().remove("/etc/a");
    CHECK_FALSE(run.host.files().exists("/etc/a"));
    CHECK(run.host.files().list("/etc") == Texts{"apt", "systemd"});
    CHECK(run.ledger.story("path /etc/a") == "would be removed by file[/etc/a]");
    CHECK(run.memory.files.read("/etc/a") == "old");
    CHECK(run.doubts().empty());
}

TEST_CASE("a folder made in a link's place has nothing of what the link led to") {
    DryRun run;
    run.memory.files.put("/srv/real/f", "x");
    run.memory.files.plant_link("/srv/l", "/srv/real", "root");
    CHECK(run.host.files().read("/srv/l/f") == "x");
    run.host.files().remove("/srv/l");
    CHECK_FALSE(run.host.files().exists("/srv/l/f"));
    run.host.files().make_directory("/srv/l", {.owner = {}, .group = {}, .mode = 0755});
    CHECK_FALSE(run.host.files().exists("/srv/l/f"));
    CHECK(run.host.files().list("/srv/l").empty());
    CHECK(run.host.files().read("/srv/real/f") == "x");
}

TEST_CASE("a link that somebody else planted is refused in a dry run too") {
    DryRun run;
    run.memory.files.plant_link("/srv/l", "/etc", "mallory");
    CHECK_THROWS_WITH_AS(run.host.files().write("/srv/l/f", "x", {}),
                         "cannot write /srv/l/f: 'l' in /srv/l/f is a symbolic link of user mallory", Error);
}

TEST_CASE("a missing folder is an error, or a doubt once a package may bring it") {
    DryRun run;
    CHECK_THROWS_AS(run.host.files().write("/etc/nginx/conf.d/x", "x", {}), Error);
    run.install();
    run.host.files().write("/etc/nginx/conf.d/x", "x", {});
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is /etc/nginx/conf.d"});
    CHECK(run.host.files().read("/etc/nginx/conf.d/x") == "x");
    run.ledger.begin("file[/etc/nginx/conf.d/y]");
    run.host.files().write("/etc/nginx/conf.d/y", "y", {});
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is /etc/nginx/conf.d"});
    run.ledger.begin("directory[/etc/nginx]");
    run.host.files().status("/etc/nginx");
    REQUIRE(run.ledger.doubts().size() == 1);
    CHECK(run.ledger.doubts()[0].weight == Doubt::Weight::state);
}

TEST_CASE("a missing owner is an error, or a doubt once a package may make it") {
    DryRun run;
    const dray::host::Ownership nginx{.owner = "nginx", .group = "nginx", .mode = 0644};
    CHECK_THROWS_AS(run.host.files().write("/etc/x", "x", nginx), Error);
    run.install();
    run.host.files().write("/etc/x", "x", nginx);
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is a user nginx",
                                "unknown until package[nginx]: whether there is a group nginx"});
    CHECK(run.host.files().status("/etc/x")->owner == "nginx");
}

TEST_CASE("accounts that would be made own files, and their numbers are nobody's") {
    DryRun run;
    run.ledger.begin("user[u]");
    run.host.accounts().ensure_group({.name = "g", .gid = 4321});
    run.host.accounts().ensure_user({.name = "u", .groups = {"g"}, .create_home = true});
    CHECK(run.host.accounts().user("u")->uid == dray::host::OverlayAccounts::unknown_number);
    CHECK(run.host.accounts().user("u")->group == "u");
    CHECK(run.host.accounts().group("u"));
    CHECK(run.ledger.story("user u") == "would be created by user[u]");
    run.ledger.begin("file[/etc/x]");
    run.host.files().write("/etc/x", "", {.owner = "u", .group = "g", .mode = 0644});
    CHECK(run.doubts().empty());
    CHECK_THROWS_AS(run.host.accounts().ensure_user({.name = "v", .group = "missing"}), Error);
    run.host.accounts().remove_user("u");
    CHECK_FALSE(run.host.accounts().user("u"));
    CHECK_FALSE(run.memory.accounts.user("u"));
}

TEST_CASE("a home folder that useradd would make is there, and not known any further") {
    DryRun run;
    run.ledger.begin("user[u]");
    run.host.accounts().ensure_user({.name = "u", .create_home = true});
    run.ledger.begin("directory[/home/u]");
    CHECK(run.host.files().exists("/home/u"));
    CHECK(run.doubts().empty());
    run.host.files().status("/home/u");
    CHECK(run.doubts() == Texts{"unknown until user[u]: what /home/u is like"});
}

TEST_CASE("an account that a package may make is doubtful, and its own once it would be made here") {
    DryRun run;
    run.install();
    CHECK_FALSE(run.host.accounts().user("nginx"));
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is a user nginx"});
    run.host.accounts().ensure_user({.name = "nginx"});
    run.ledger.begin("directory[/srv/nginx]");
    CHECK(run.host.accounts().user("nginx"));
    CHECK(run.doubts().empty());
}

TEST_CASE("a unit is started, enabled and stopped in memory alone") {
    DryRun run;
    auto& systemd = run.host.systemd();
    run.ledger.begin("service[s.service]");
    systemd.enable("s.service");
    systemd.start("s.service");
    CHECK(systemd.status("s.service").active_state == "active");
    CHECK(systemd.status("s.service").file_state == "enabled");
    CHECK(run.ledger.story("running s.service") == "would be started by service[s.service]");
    systemd.stop("s.service");
    systemd.disable("s.service");
    CHECK(systemd.status("s.service").active_state == "inactive");
    CHECK(systemd.status("s.service").file_state == "disabled");
    CHECK_THROWS_AS(systemd.start("none.service"), Error);
    CHECK_THROWS_AS(systemd.stop("none.service"), Error);
    systemd.mask("s.service");
    CHECK(systemd.status("s.service").load_state == "masked");
    CHECK_THROWS_AS(systemd.start("s.service"), Error);
    systemd.unmask("s.service");
    CHECK(systemd.status("s.service").load_state == "loaded");
}

TEST_CASE("a unit file that would be written is a unit, and one that would be removed is none") {
    DryRun run;
    auto& systemd = run.host.systemd();
    auto& files = run.host.files();
    files.write("/etc/systemd/system/new.service", "[Service]\nExecStart=/bin/true\n", {});
    CHECK(systemd.status("new.service").load_state == "loaded");
    CHECK(systemd.status("new.service").file_state == "static");
    CHECK_FALSE(systemd.status("new.service").needs_daemon_reload);
    systemd.start("new.service");
    files.write("/etc/systemd/system/new.service", "[Service]\nExecStart=/bin/false\n", {});
    CHECK(systemd.status("new.service").needs_daemon_reload);
    systemd.daemon_reload();
    CHECK_FALSE(systemd.status("new.service").needs_daemon_reload);
    files.make_directory("/etc/systemd/system/new.service.d", {});
    files.write("/etc/systemd/system/new.service.d/x.conf", "[Service]\n", {});
    CHECK(systemd.status("new.service").needs_daemon_reload);
    files.write("/etc/systemd/system/t@.service", "[Service]\n[Install]\nWantedBy=multi-user.target\n", {});
    CHECK(systemd.status("t@1.service").file_state == "disabled");
    files.remove("/usr/lib/systemd/system/s.service");
    CHECK(systemd.status("s.service").load_state == "not-found");
    files.make_link("/etc/systemd/system/off.service", "/dev/null");
    CHECK(systemd.status("off.service").load_state == "masked");
}

TEST_CASE("of a unit that a package may bring nothing is known") {
    DryRun run;
    run.install();
    run.ledger.begin("service[nginx.service]");
    const auto status = run.host.systemd().status("nginx.service");
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is a unit nginx.service"});
    CHECK(run.ledger.doubts().at(0).weight == Doubt::Weight::state);
    CHECK(status.load_state == "loaded");
    CHECK_NOTHROW(run.host.systemd().start("nginx.service"));
    CHECK_NOTHROW(run.host.systemd().enable("nginx.service"));
    run.ledger.begin("execute[x]");
    CHECK(run.host.systemd().status("nginx.service").active_state == "active");
    CHECK(run.doubts().empty());
}

TEST_CASE("without systemd every question is an error in a dry run, too") {
    DryRun run;
    run.memory.systemd.set_booted(false);
    CHECK_FALSE(run.host.systemd().booted());
    CHECK_THROWS_AS(run.host.systemd().status("s.service"), Error);
    CHECK_THROWS_AS(run.host.systemd().daemon_reload(), Error);
    CHECK_THROWS_AS(run.host.systemd().disable("s.service"), Error);
}

TEST_CASE("a package that would be installed is installed to what comes after") {
    DryRun run;
    run.install();
    CHECK(run.host.apt().installed("nginx") == "1.0");
    CHECK(run.memory.apt.applied().empty());
    CHECK(run.ledger.story("package nginx") == "would be installed by package[nginx]");
}

TEST_CASE("a source that would be written offers its packages") {
    DryRun run;
    run.memory.apt.publish("internal", "warehouse", "1");
    run.host.apt().expect_source("internal");
    CHECK(run.host.apt().status({.name = "warehouse"}).candidate.empty());
    run.host.apt().file_changed("/etc/apt/sources.list.d/internal.sources", "Types: deb\n");
    CHECK(run.host.apt().status({.name = "warehouse"}).candidate == "1");
    run.host.apt().file_changed("/etc/apt/sources.list.d/internal.sources", "");
    CHECK(run.host.apt().status({.name = "warehouse"}).candidate.empty());
}

TEST_CASE("a program is not started, and what it would make is there afterwards") {
    DryRun run;
    run.ledger.begin("execute[e]");
    CHECK(run.host.processes().run({.argv = {"e"}, .makes = {"/srv/made"}}).ok());
    CHECK(run.host.files().exists("/srv/made"));
    CHECK(run.doubts().empty());
    run.ledger.begin("file[/srv/made/f]");
    run.host.files().write("/srv/made/f", "x", {});
    CHECK(run.doubts() == Texts{"unknown until execute[e]: what /srv/made is like"});
    CHECK_THROWS_AS(run.host.processes().run({.argv = {"e"}, .user = "nobody-here"}), Error);
    CHECK_THROWS_AS(run.host.processes().run({.argv = {}}), Error);
}

TEST_CASE("a program that is not there is missed, unless somebody may bring it") {
    DryRun run;
    run.memory.processes.lack("visudoo");
    run.memory.processes.lack("/usr/local/sbin/backup");
    CHECK_THROWS_WITH_AS(run.host.processes().run({.argv = {"visudoo", "-c"}}),
                         "cannot start visudoo: there is no such program", Error);
    run.ledger.begin("file[/usr/sbin/visudoo]");
    run.host.files().make_directory("/usr/sbin", {}, true);
    run.host.files().write("/usr/sbin/visudoo", "#!/bin/sh\n", {.mode = 0755});
    run.ledger.begin("execute[e]");
    CHECK(run.host.processes().run({.argv = {"visudoo", "-c"}}).ok());
    CHECK(run.doubts().empty());
    run.install();
    CHECK(run.host.processes().run({.argv = {"/usr/local/sbin/backup"}}).ok());
    CHECK(run.doubts() == Texts{"unknown until package[nginx]: whether there is /usr/local/sbin/backup"});
}

TEST_CASE("a query that fails is doubtful only when somebody may mend it") {
    struct Machine {
        dray::host::ScriptedProcesses programs;
        dray::host::Ledger ledger;
        dray::host::OverlayQueries queries{programs, ledger};
    } machine;
    machine.programs.answer("psql", {.exit_code = 2});
    CHECK_THROWS_AS(machine.queries.run({.argv = {"none"}}), Error);
    CHECK(machine.ledger.doubts().empty());
    machine.ledger.begin("package[postgresql]");
    machine.ledger.bring_unknown();
    machine.ledger.begin("postgresql_role[r]");
    CHECK_FALSE(machine.queries.run({.argv = {"psql"}}).ok());
    CHECK_THROWS_AS(machine.queries.run({.argv = {"none"}}), Error);
    CHECK(machine.ledger.doubts().size() == 2);
    CHECK(dray::host::doubts_text({machine.ledger.doubts().at(0)}) ==
          "unknown until package[postgresql]: what `psql` answers");
}

TEST_CASE("a server's answer is doubtful once its service would be restarted") {
    DryRun run;
    run.memory.http.answer("http://x/", {200, "ok"});
    CHECK(run.host.http().get({.url = "http://x/"}).body == "ok");
    CHECK(run.doubts().empty());
    run.ledger.begin("service[s.service]");
    run.host.systemd().restart("s.service");
    run.ledger.begin("http_check[http://x/]");
    run.host.http().get({.url = "http://x/"});
    CHECK(run.doubts() == Texts{"unknown until service[s.service]: what the server answers"});
}

TEST_CASE("what rests on somebody who may do nothing is doubtful as well") {
    DryRun run;
    run.ledger.begin("directory[/srv/a]");
    run.host.files().make_directory("/srv/a", {});
    run.ledger.mark_uncertain("directory[/srv/a]");
    run.ledger.begin("file[/srv/a/f]");
    run.host.files().write("/srv/a/f", "x", {});
    CHECK(run.doubts() == Texts{"unknown until directory[/srv/a]: whether there is /srv/a"});
}

TEST_CASE("a doubt with many causes names the first of them") {
    CHECK(dray::host::listed({"a"}) == "a");
    CHECK(dray::host::listed({"a", "b"}) == "a and b");
    CHECK(dray::host::listed({"a", "b", "c", "d"}) == "a, b, c and d");
    CHECK(dray::host::listed({"a", "b", "c", "d", "e"}) == "a, b, c and 2 others");
}

TEST_CASE("nobody waits in a dry run, and time passes all the same") {
    struct NeverSleeps final : dray::host::Clock {
        dray::host::Time now() const override { return {}; }
        std::chrono::steady_clock::time_point steady() const override { return {}; }
        void sleep(std::chrono::milliseconds) const override { FAIL("it has waited"); }
    } real;
    const dray::host::OverlayClock clock(real);
    clock.sleep(std::chrono::seconds(2));
    CHECK(clock.steady() - real.steady() == std::chrono::seconds(2));
}
