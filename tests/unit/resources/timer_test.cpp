// timer beyond what every type has in common: what its unit files hold, and when it is refused.
#include "converging.h"
#include "resources/timer_text.h"

#include <doctest/doctest.h>

using dray::resources::exec_word;
using dray::test::complains;
using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using Texts = std::vector<std::string>;

namespace {

std::string timer(const std::string& keys, const std::string& name = "backup") {
    return "[[resource]]\ntype = \"timer\"\nname = \"" + name + "\"\n" + keys + "\n";
}

const std::string good = "command = [\"/bin/true\"]\nschedule = \"daily\"\n";

}  // namespace

TEST_CASE("a timer is a timer unit and the service that it starts") {
    Converging host;
    host.recipe(timer(
        "command = [\"/usr/bin/rsync\", \"-a\", \"two words\", \"100%\", \"$HOME\", \"\", \"say "
        "\\\"x\\\"\"]\n"
        "schedule = \"Mon *-*-* 04:00\"\npersistent = true\nrandomized_delay = \"90s\"\nuser = \"postgres\"\n"
        "group = \"adm\"\ncwd = \"/srv\"\ntimeout = \"1h\"\nafter = [\"postgresql.service\"]\n"
        "description = \"100% safe\"\nenvironment = { A = \"b c\", B = \"100%\" }"));
    const auto run = host.converge();
    REQUIRE(errors(run) == "");
    CHECK(host.memory.files.read("/etc/systemd/system/backup.timer") ==
          "# Kept by dray: changes made here by hand are undone at the next run.\n"
          "[Unit]\nDescription=100%% safe\n\n[Timer]\nOnCalendar=Mon *-*-* 04:00\nPersistent=true\n"
          "RandomizedDelaySec=90000ms\n\n[Install]\nWantedBy=timers.target\n");
    CHECK(
        host.memory.files.read("/etc/systemd/system/backup.service") ==
        "# Kept by dray: changes made here by hand are undone at the next run.\n"
        "[Unit]\nDescription=100%% safe\nAfter=postgresql.service\n\n[Service]\nType=oneshot\nUser=postgres\n"
        "Group=adm\nWorkingDirectory=/srv\nEnvironment=\"A=b c\"\nEnvironment=\"B=100%%\"\n"
        "TimeoutStartSec=3600000ms\n"
        "ExecStart=/usr/bin/rsync -a \"two words\" 100%% $$HOME \"\" \"say \\\"x\\\"\"\n");
    CHECK(run.steps.at(0).notes == Texts{"next due: Tue 2026-11-24 00:00:00 UTC"});
    CHECK(host.memory.systemd.status("backup.timer").active_state == "active");
    CHECK(host.memory.systemd.status("backup.service").active_state == "inactive");
}

TEST_CASE("no word of a command line means anything to systemd") {
    CHECK(exec_word("plain-1.0/x=y") == "plain-1.0/x=y");
    CHECK(exec_word("${HOME}") == "\"$${HOME}\"");
    CHECK(exec_word("%i") == "%%i");
    CHECK(exec_word(";") == "\";\"");
    CHECK(exec_word("a\nb\\") == "\"a\\x0ab\\\\\"");
    CHECK(exec_word("'") == "\"'\"");
}

TEST_CASE("a timer takes up another schedule at once, and another command without being started anew") {
    Converging host;
    host.recipe(timer(good)).converge();
    const auto calls = host.memory.systemd.calls().size();
    host.recipe(timer("command = [\"/bin/false\"]\nschedule = \"daily\"")).converge();
    CHECK(host.memory.systemd.calls().size() == calls + 1);
    CHECK(host.memory.systemd.calls().back() == "daemon-reload");
    host.recipe(timer("command = [\"/bin/false\"]\nschedule = \"hourly\"")).converge();
    CHECK(host.memory.systemd.calls().back() == "restart backup.timer");
}

TEST_CASE("what somebody did to a timer by hand is undone") {
    Converging host;
    host.recipe(timer(good)).converge();
    host.memory.systemd.stop("backup.timer");
    host.memory.systemd.disable("backup.timer");
    host.memory.files.set_ownership("/etc/systemd/system/backup.service", {"root", "root", 0666});
    host.memory.files.put("/etc/systemd/system/backup.timer", "[Timer]\nOnCalendar=never\n");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(outcomes(host.converge()) == "unchanged");
    CHECK(host.memory.files.status("/etc/systemd/system/backup.service")->mode == 0644);
}

TEST_CASE("a timer that systemd would not understand is not put in place") {
    Converging host;
    CHECK(errors(host.recipe(timer("command = [\"x\"]\nschedule = \"dayly\"")).converge()).find("'dayly'") !=
          std::string::npos);
    host.memory.systemd.judge("backup.service", {.errors = {"backup.service:9: bad"}});
    CHECK(errors(host.recipe(timer(good)).converge()).find("| backup.service:9: bad") != std::string::npos);
    CHECK_FALSE(host.memory.files.status("/etc/systemd/system/backup.timer"));
}

TEST_CASE("a timer never takes the place of a unit that a package brings") {
    Converging host;
    host.memory.files.put("/usr/lib/systemd/system/nginx.service", "[Service]\nExecStart=/bin/true\n");
    CHECK(errors(host.recipe(timer(good, "nginx")).converge()).find("a package brings") != std::string::npos);
}

TEST_CASE("a removed timer is stopped and leaves nothing") {
    Converging host;
    host.recipe(timer(good)).converge();
    CHECK(outcomes(host.recipe(timer(good + "state = \"absent\"")).converge()) == "changed");
    CHECK_FALSE(host.memory.files.status("/etc/systemd/system/backup.timer"));
    CHECK_FALSE(host.memory.files.status("/etc/systemd/system/backup.service"));
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("what cannot stand in a timer is said with its place") {
    CHECK(complains(timer(good, "backup.timer"), "write it like"));
    CHECK(complains(timer(good, "a b"), "makes no unit name"));
    CHECK(complains(timer("command = [\"/bin/true\"]\nschedule = \" \""), "it is empty"));
    CHECK(complains(timer("command = [\"/bin/true\"]\nschedule = \"daily\\nUnit=x\""), "line break"));
    CHECK(complains(timer("command = [\"-/bin/true\"]\nschedule = \"daily\""), "neither an absolute path"));
    CHECK(complains(timer("command = [\"bin/true\"]\nschedule = \"daily\""), "neither an absolute path"));
    CHECK(complains(timer(good + "user = \"a b\""), "one name"));
    CHECK(complains(timer(good + "user = \"a\\nExecStartPre=x\""), "line break"));
    CHECK(complains(timer(good + "after = [\"postgresql\"]"), "no unit name with a suffix"));
    CHECK(complains(timer(good + "environment = { \"1A\" = \"x\" }"), "passes over a variable"));
}

TEST_CASE("a schedule as cron has it is a mistake that a check finds, with the form to write") {
    for (const char* schedule : {"0 3 * * *", "*/15 * * * *", "30 4 1-7 1,6 1"}) {
        Converging host;
        const auto found =
            host.recipe(timer("command = [\"/bin/true\"]\nschedule = \"" + std::string(schedule) + "\""))
                .mistakes();
        CHECK(found.find("is the form of crontab(5)") != std::string::npos);
        CHECK(found.find("*-*-* 03:30") != std::string::npos);
    }
}
