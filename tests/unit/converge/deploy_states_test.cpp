// The table of what comes of what: for each case the exact chain of states, the report, and what is left on
// the host.
#include "converge/deploying.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <functional>

using dray::test::chain;
using dray::test::Deploying;
using dray::test::run_first;
using dray::test::upgraded;
using Behaviour = Deploying::Behaviour;

namespace {

const std::string taken_back = "rolling back, rolled back, quarantined, rolled back and quarantined";
const std::string acquitted = "rolling back, rolled back, rolled back, not quarantined";

/// What happens to a host that runs 1.1, and what one run makes of it.
struct Case {
    std::string what;
    std::function<void(Deploying& world)> happens;
    std::string states;  ///< that the run goes through, and how the deploy ends
    int exit_code;
    std::string reason;  ///< a part of the report's
    std::string installed;
    std::string served;  ///< what the service answers
    std::string next;    ///< the chain of the run after it
};

std::function<void(Deploying&)> released(Behaviour how, std::string floor = "", std::string depends = "") {
    return [=](Deploying& world) { world.release("1.2", how, floor, depends); };
}

/// With these gates, and a good release.
std::function<void(Deploying&)> gated(std::string gates, std::function<void(Deploying&)> also = {}) {
    return [=](Deploying& world) {
        world.gates += gates;
        world.configure("good");
        world.release("1.2");
        if (also) also(world);
    };
}

/// The way back is what fails.
std::function<void(Deploying&)> without_return(Behaviour how) {
    return [=](Deploying& world) {
        world.release("1.2", how);
        world.host.memory.apt.on_apply([&](const auto& transaction) {
            if (transaction.install.at("web") == "1.2")
                world.host.memory.apt.fail_next_apply("dpkg has failed");
        });
    };
}

const std::vector<Case> cases = {
    {"a good release", released(Behaviour::good), upgraded, 0, "", "1.2", "1.2", ""},
    {"it answers with an error", released(Behaviour::answers_500),
     "planned, downloaded, drained, unpacked, migrated, " + taken_back, 1, "status 500", "1.1", "1.1",
     "held by rollback"},
    {"it answers as another version", released(Behaviour::answers_old_version),
     "planned, downloaded, drained, unpacked, migrated, " + taken_back, 1, "0.0.1", "1.1", "1.1",
     "held by rollback"},
    {"its health goes up and down", released(Behaviour::flaps),
     "planned, downloaded, drained, unpacked, migrated, started, " + taken_back, 1, "500", "1.1", "1.1",
     "held by rollback"},
    {"its migration fails", released(Behaviour::cannot_migrate),
     "planned, downloaded, drained, unpacked, " + taken_back, 1, "cannot migrate", "1.1", "1.1",
     "held by rollback"},
    {"it does not start", released(Behaviour::cannot_start),
     "planned, downloaded, drained, unpacked, migrated, " + taken_back, 1, "w.service", "1.1", "1.1",
     "held by rollback"},
    {"a maintainer script fails",
     [](Deploying& world) {
         world.release("1.2");
         world.host.memory.apt.fail_next_apply("dpkg has failed");
     },
     "planned, downloaded, drained, " + taken_back, 1, "dpkg has failed", "1.1", "1.1", "held by rollback"},
    {"a bad configuration", [](Deploying& world) { world.configure("bad"); },
     "planned, drained, " + taken_back, 1, "500", "1.1", "1.1", "held by rollback"},
    {"both",
     [](Deploying& world) {
         world.release("1.2");
         world.configure("bad");
     },
     "planned, downloaded, drained, unpacked, migrated, " + taken_back, 1, "500", "1.1", "1.1",
     "held by rollback"},
    {"the database is down",
     [](Deploying& world) {
         world.gates = "stable_for = \"3s\"\n";
         world.configure("good");
         world.release("1.2");
         world.database = false;
     },
     "planned, downloaded, drained, unpacked, migrated, " + acquitted, 1, "1.1 fails as well", "1.1",
     "status 500", "planned, downloaded, drained, unpacked, migrated, " + acquitted},
    {"it cannot be downloaded",
     [](Deploying& world) {
         world.release("1.2");
         world.host.memory.apt.fail_next_fetch("404 Not Found");
     },
     "planned, undone", 1, "404 Not Found", "1.1", "1.1", upgraded},
    {"its file is gone from the repository, which has a newer one",
     [](Deploying& world) {
         world.host.file(
             "key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc=\n-----END PGP PUBLIC KEY BLOCK-----\n");
         world.gates =
             "[[resource]]\ntype = \"apt_source\"\nname = \"internal\"\nuri = \"http://a\"\n"
             "suites = [\"s\"]\nsigned_by = \"key.asc\"\n";
         world.configure("good");
         world.converge();
         world.release("1.3");
         world.host.memory.apt.remove_version("web", "1.3");
         world.release("1.2");
         world.host.memory.apt.outdate_lists("internal", "web", "1.3");
     },
     "planned, " + upgraded, 0, "", "1.3", "1.3", ""},
    {"the host cannot be taken out of service",
     gated("drain = [\"/bin/drain\"]\nundrain = [\"/bin/undrain\"]\n",
           [](Deploying& world) {
               world.host.memory.processes.answer("/bin/drain", {.exit_code = 1});
               world.host.memory.processes.answer("/bin/undrain");
           }),
     "planned, downloaded, undone", 1, "/bin/drain", "1.1", "1.1", "planned, downloaded, undone"},
    {"nor back into service",
     gated("drain = [\"/bin/drain\"]\nundrain = [\"/bin/undrain\"]\n",
           [](Deploying& world) {
               world.host.memory.processes.answer("/bin/drain");
               world.host.memory.processes.answer("/bin/undrain", {.exit_code = 1});
           }),
     "planned, downloaded, drained, unpacked, migrated, started, verified, rolling back, rolled back, "
     "failed, failed",
     1, "/bin/undrain", "1.1", "1.1", "held by rollback"},
    {"it takes too long", gated("deadline = \"2s\"\n"),
     "planned, downloaded, drained, unpacked, migrated, started, " + taken_back, 1, "not over within 2s",
     "1.1", "1.1", "held by rollback"},
    {"the way back fails", without_return(Behaviour::cannot_migrate),
     "planned, downloaded, drained, unpacked, rolling back, failed, failed", 1, "the way back has failed",
     "1.2", "1.1", "held by rollback"},
    {"below its schema floor", released(Behaviour::answers_500, "1.2"),
     "planned, downloaded, drained, unpacked, migrated, failed, failed", 1, "schema floor", "1.2",
     "status 500", "held by rollback"},
    {"a gate before it says no", gated("precheck = [\"/bin/false\"]\n"), "refused", 1, "precheck", "1.1",
     "1.1", "refused"},
    {"it is not the time",
     gated("only_between = [\"Sat 09:00-17:00\"]\n",
           [](Deploying& world) {
               world.host.memory.processes.answer_others(
                   [](const auto&) { return dray::host::Result{.output = "1 18:34\n"}; });
           }),
     "waiting", 0, "only at", "1.1", "1.1", "waiting"},
    {"there is no room for the way back",
     [](Deploying& world) {
         world.release("1.2");
         world.host.memory.files.refuse("/var/lib/dray/deploys/web/room", ENOSPC);
     },
     "refused", 1, "no room for a way back", "1.1", "1.1", "refused"},
    {"somebody else has installed it",
     [](Deploying& world) {
         world.release("1.2");
         world.host.memory.apt.put_installed("web", "1.2");
     },
     "planned, drained, unpacked, migrated, started, verified, committed, committed", 0, "", "1.2", "1.2",
     ""},
    {"somebody else has installed a bad one",
     [](Deploying& world) {
         world.release("1.2", Behaviour::answers_500);
         world.host.memory.apt.put_installed("web", "1.2");
     },
     "planned, drained, unpacked, migrated, " + taken_back, 1, "500", "1.1", "1.1", "held by rollback"},
    {"a person sends it back",
     [](Deploying& world) {
         world.release("1.2");
         world.converge();
         world.host.rollback = dray::converge::RollbackWish{"web", "", "it looks odd"};
     },
     taken_back, 1, "it looks odd", "1.1", "1.1", "held by rollback"},
};

}  // namespace

TEST_CASE("for each case the exact chain of states, the report, and what is left") {
    for (const auto& row : cases) {
        CAPTURE(row.what);
        Deploying world;
        run_first(world);
        row.happens(world);
        const auto run = world.converge();
        CHECK(chain(run) == row.states);
        CHECK(run.exit_code(false) == row.exit_code);
        REQUIRE(run.deploys.size() == 1);
        const auto& report = run.deploys.front();
        CHECK(report.reason.find(row.reason) != std::string::npos);
        CHECK(world.installed() == row.installed);
        CHECK(world.served() == row.served);
        world.host.rollback.reset();
        const auto next = world.converge();
        CHECK(chain(next) == row.next);
    }
}
