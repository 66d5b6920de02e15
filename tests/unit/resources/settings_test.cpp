// Settings of the kernel, and the host's name.
#include "converging.h"

#include <doctest/doctest.h>

#include <cerrno>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;

namespace {

std::string sysctl(const std::string& name, const std::string& keys) {
    return "[[resource]]\ntype = \"sysctl\"\nname = \"" + name + "\"\n" + keys + "\n";
}

struct Kernel : Converging {
    Kernel() {
        memory.files.put("/etc/sysctl.d/README", "");
        memory.files.put("/proc/sys/vm/max_map_count", "65530\n");
        memory.files.put("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t6291456\n");
        memory.files.put("/proc/sys/net/ipv4/conf/eth0.100/forwarding", "0\n");
        memory.files.put("/proc/sys/kernel/hostname", "old\n");
        memory.files.put("/etc/hostname", "# made by hand\n old \n");
        memory.processes.answer_others([this](const dray::host::Command& command) {
            memory.files.put("/proc/sys/kernel/hostname", command.argv.at(1) + "\n");
            return dray::host::Result{};
        });
    }
};

}  // namespace

TEST_CASE("a setting is made in the running kernel and for the next boot") {
    Kernel host;
    CHECK(outcomes(host.recipe(sysctl("vm.max_map_count", "value = 262144")).converge()) == "changed");
    CHECK(host.memory.files.read("/proc/sys/vm/max_map_count") == "262144\n");
    CHECK(host.memory.files.read("/etc/sysctl.d/60-dray-vm.max_map_count.conf") ==
          "# Made by dray, and made again when it is changed.\nvm.max_map_count = 262144\n");
    host.memory.files.put("/proc/sys/vm/max_map_count", "1\n");
    const auto run = host.dry_run();
    REQUIRE(run.steps.at(0).changes.size() == 1);
    CHECK(run.steps.at(0).changes.at(0).from == "1");
    CHECK(outcomes(host.converge()) == "changed");
}

TEST_CASE("several numbers are compared without regard to what is between them") {
    Kernel host;
    host.recipe(sysctl("net.ipv4.tcp_rmem", "value = \"4096  131072 6291456\"\n"));
    CHECK(host.dry_run().steps.at(0).changes.at(0).name == "type");  // the file alone is missing
    host.converge();
    CHECK(host.memory.files.read("/proc/sys/net/ipv4/tcp_rmem") == "4096\t131072\t6291456\n");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("dots and slashes of a name mean what they mean to sysctl") {
    for (const std::string name :
         {"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"}) {
        Kernel host;
        CHECK(outcomes(host.recipe(sysctl(name, "value = 1")).converge()) == "changed");
        CHECK(host.memory.files.read("/proc/sys/net/ipv4/conf/eth0.100/forwarding") == "1\n");
    }
}

TEST_CASE("a setting for the next boot alone leaves the kernel as it is, and needs none that has it") {
    Kernel host;
    host.recipe(sysctl("vm.max_map_count", "value = 1\nlive = false") +
                sysctl("net.netfilter.nf_conntrack_max", "value = 1\nlive = false"));
    CHECK(outcomes(host.converge()) == "changed changed");
    CHECK(host.memory.files.read("/proc/sys/vm/max_map_count") == "65530\n");
}

TEST_CASE("a kernel without the setting, or that does not let it be set, is an error that writes no file") {
    Kernel host;
    CHECK(errors(host.recipe(sysctl("net.netfilter.nf_conntrack_max", "value = 1")).converge())
              .find("bring the module that has it first") != std::string::npos);
    host.memory.files.refuse("/proc/sys/vm/max_map_count", EROFS);
    const auto error = errors(host.recipe(sysctl("vm.max_map_count", "value = 1")).converge());
    CHECK(error.find("cannot write into /proc/sys/vm/max_map_count: Read-only file system") !=
          std::string::npos);
    CHECK(error.find("live = false") != std::string::npos);
    CHECK(host.memory.files.list("/etc/sysctl.d") == std::vector<std::string>{"README"});
}

TEST_CASE("a setting that goes leaves the running kernel alone") {
    Kernel host;
    host.recipe(sysctl("vm.max_map_count", "value = 1")).converge();
    CHECK(outcomes(host.recipe(sysctl("vm.max_map_count", "state = \"absent\"")).converge()) == "changed");
    CHECK(host.memory.files.list("/etc/sysctl.d") == std::vector<std::string>{"README"});
    CHECK(host.memory.files.read("/proc/sys/vm/max_map_count") == "1\n");
}

TEST_CASE("the host's name is set where it is not as wanted, and only there") {
    Kernel host;
    const auto named = [](const std::string& name) {
        return "[[resource]]\ntype = \"hostname\"\nname = \"" + name + "\"\n";
    };
    CHECK(outcomes(host.recipe(named("old")).converge()) == "unchanged");
    CHECK(outcomes(host.recipe(named("new")).converge()) == "changed");
    CHECK(host.memory.files.read("/etc/hostname") == "new\n");
    CHECK(host.memory.processes.texts() == std::vector<std::string>{"hostname new"});
    host.memory.files.put("/etc/hostname", "other\n");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.processes.texts().size() == 1);
    host.memory.files.remove("/etc/hostname");
    host.memory.files.plant_link("/etc/hostname", "/etc/elsewhere", "root");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/hostname") == "new\n");
}
