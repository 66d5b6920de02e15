// The manager reads its unit files again once, when it has to.
#include "host/memory_host.h"
#include "host/systemd_late_reload.h"

#include <doctest/doctest.h>

using dray::host::LateReload;
using dray::host::MemoryHost;
using Texts = std::vector<std::string>;

namespace {

struct Manager {
    MemoryHost memory;
    LateReload systemd{memory.systemd};

    void put(const std::string& unit, const std::string& command = "/bin/true") {
        memory.files.put("/etc/systemd/system/" + unit,
                         "[Service]\nExecStart=" + command + "\n[Install]\nWantedBy=multi-user.target\n");
    }
    const Texts& calls() const { return memory.systemd.calls(); }
};

}  // namespace

TEST_CASE("units that are written one after the other are read once, before the first is started") {
    Manager manager;
    for (const auto* unit : {"a.service", "b.service", "c.service"}) {
        manager.put(unit);
        manager.systemd.daemon_reload();
    }
    CHECK(manager.calls().empty());
    manager.systemd.start("a.service");
    manager.systemd.start("b.service");
    manager.systemd.settle();
    CHECK(manager.calls() == Texts{"daemon-reload", "start a.service", "start b.service"});
}

TEST_CASE("services that are enabled need one reload at the end, and none in between") {
    Manager manager;
    for (const auto* unit : {"a.service", "b.service"}) {
        manager.put(unit);
        manager.systemd.enable(unit);
        manager.systemd.start(unit);
    }
    manager.systemd.settle();
    manager.systemd.settle();
    CHECK(manager.calls() == Texts{"enable a.service", "start a.service", "enable b.service",
                                   "start b.service", "daemon-reload"});
}

TEST_CASE("a unit is not said to need the reload that is owed already") {
    Manager manager;
    manager.put("a.service");
    manager.systemd.start("a.service");
    manager.put("a.service", "/bin/false");
    CHECK(manager.systemd.status("a.service").needs_daemon_reload);
    manager.systemd.daemon_reload();
    CHECK_FALSE(manager.systemd.status("a.service").needs_daemon_reload);
    manager.systemd.restart("a.service");
    CHECK_FALSE(manager.memory.systemd.status("a.service").needs_daemon_reload);
}

TEST_CASE("a reload that failed stays owed") {
    Manager manager;
    manager.systemd.daemon_reload();
    manager.memory.systemd.set_booted(false);
    CHECK_THROWS_AS(manager.systemd.settle(), dray::Error);
    manager.memory.systemd.set_booted(true);
    manager.systemd.settle();
    CHECK(manager.calls() == Texts{"daemon-reload"});
}

TEST_CASE("before a unit is said to be missing, and after one is masked, the manager reads again") {
    Manager manager;
    manager.systemd.daemon_reload();
    CHECK(manager.systemd.status("none.service").load_state == "not-found");
    CHECK(manager.systemd.status("none.service").load_state == "not-found");
    CHECK(manager.calls() == Texts{"daemon-reload"});
    manager.systemd.mask("x.service");
    manager.systemd.unmask("x.service");
    CHECK(manager.calls() ==
          Texts{"daemon-reload", "mask x.service", "daemon-reload", "unmask x.service", "daemon-reload"});
}
