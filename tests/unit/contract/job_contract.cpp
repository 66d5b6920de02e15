// How long jobs of a real systemd are waited for; a host in memory has none.
#include "error.h"
#include "host/systemd.h"
#include "subject.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::test::Subject;
using std::chrono::milliseconds;

TEST_CASE("a start takes its time as long as it runs, and is given up when it only waits for others") {
    if (!dray::test::subject_options().real) return;
    Subject subject;
    auto& files = subject.host().files();
    const dray::host::Ownership ours{.owner = "root", .group = "root", .mode = 0644};
    files.write(Subject::unit_path, "[Service]\nType=oneshot\nExecStart=/usr/bin/sleep 2\n", ours);
    // It is ordered after a unit whose start does not end.
    files.write("/etc/systemd/system/contract-other.service",
                "[Unit]\nRequires=contract-slow.service\nAfter=contract-slow.service\n"
                "[Service]\nType=oneshot\nExecStart=/usr/bin/true\n",
                ours);
    files.write("/etc/systemd/system/contract-slow.service",
                "[Service]\nType=oneshot\nTimeoutStartSec=infinity\nExecStart=/usr/bin/sleep 1000\n", ours);
    const dray::host::SystemProcesses processes;
    dray::host::BusSystemd systemd(processes, "/run/dray",
                                   {.between_looks = milliseconds(100), .most_looks = 5});
    systemd.daemon_reload();
    CHECK_NOTHROW(systemd.start(Subject::unit));
    try {
        systemd.start("contract-other.service");
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(std::string(error.what()) ==
              "cannot start contract-other.service: its job still waits for others after 0.5 s");
    }
    systemd.stop("contract-other.service");
    systemd.stop("contract-slow.service");
    files.remove("/etc/systemd/system/contract-slow.service");
}
