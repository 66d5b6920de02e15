// Accounts are read from the system, and its tools are called only for what differs.
#include "host/account.h"

#include "error.h"
#include "host/account_memory.h"
#include "host/file_memory.h"
#include "host/overlay_accounts.h"
#include "host/process_memory.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::host::MemoryAccounts;
using dray::host::ScriptedProcesses;
using dray::host::SystemAccounts;
using Texts = std::vector<std::string>;

TEST_CASE("root is known to every host") {
    const ScriptedProcesses processes;
    const SystemAccounts accounts(processes);
    const auto root = accounts.user("root");
    REQUIRE(root);
    CHECK(root->uid == 0);
    CHECK(root->group == "root");
    CHECK(root->home == "/root");
    CHECK(accounts.group("root")->gid == 0);
    CHECK_FALSE(accounts.user("no-such-user"));
    CHECK_FALSE(accounts.group("no-such-group"));
    CHECK_FALSE(accounts.user(""));
}

TEST_CASE("a new user is made by useradd with all that was wished for") {
    ScriptedProcesses processes;
    processes.answer_others([](const auto&) { return dray::host::Result{}; });
    SystemAccounts accounts(processes);
    accounts.ensure_user({.name = "no-such-user",
                          .system = true,
                          .uid = 812,
                          .group = "adm",
                          .groups = {"tty", "mail"},
                          .home = "/var/lib/x",
                          .create_home = true,
                          .shell = "/usr/sbin/nologin",
                          .comment = "Ware House"});
    accounts.ensure_user({.name = "-r"});
    CHECK(processes.texts() ==
          Texts{"useradd --system --uid 812 --gid adm --groups tty,mail --home-dir /var/lib/x --create-home "
                "--shell /usr/sbin/nologin --comment 'Ware House' -- no-such-user",
                "useradd --no-create-home -- -r"});
}

TEST_CASE("a new user takes the group of its name when there is one") {
    ScriptedProcesses processes;
    processes.answer_others([](const auto&) { return dray::host::Result{}; });
    SystemAccounts(processes).ensure_user({.name = "adm"});
    CHECK(processes.texts() == Texts{"useradd --gid adm --no-create-home -- adm"});
}

TEST_CASE("a user that is as wished is left alone, by name or number") {
    const ScriptedProcesses processes;
    SystemAccounts accounts(processes);
    accounts.ensure_user({.name = "root", .uid = 0, .group = "root", .groups = {"root"}, .home = "/root"});
    accounts.ensure_user({.name = "root", .group = "0", .groups = {"0"}});
    accounts.ensure_group({.name = "root", .gid = 0});
    accounts.ensure_group({.name = "root"});
    accounts.remove_user("no-such-user");
    accounts.remove_group("no-such-group");
    CHECK(processes.commands().empty());
}

TEST_CASE("only what differs is changed, and groups are added to") {
    ScriptedProcesses processes;
    processes.answer_others([](const auto&) { return dray::host::Result{}; });
    SystemAccounts accounts(processes);
    accounts.ensure_user({.name = "root", .groups = {"root", "tty"}, .shell = "/bin/other"});
    accounts.ensure_group({.name = "adm", .gid = 54321});
    accounts.ensure_group({.name = "no-such-group", .system = true});
    accounts.remove_group("adm");
    CHECK(processes.texts() == Texts{"usermod --append --groups tty --shell /bin/other -- root",
                                     "groupmod --gid 54321 -- adm", "groupadd --system -- no-such-group",
                                     "groupdel -- adm"});
}

TEST_CASE("a tool that fails is heard in its own words") {
    ScriptedProcesses processes;
    processes.answer(
        "groupadd -- no-such-group",
        {.exit_code = 10, .output = {}, .errors = "groupadd: cannot lock /etc/group; try again later.\n"});
    CHECK_THROWS_WITH_AS(SystemAccounts(processes).ensure_group({.name = "no-such-group"}),
                         "cannot create group no-such-group: groupadd: exit status 10: groupadd: cannot lock "
                         "/etc/group; try again later.",
                         Error);
}

namespace {

struct InMemory {
    MemoryAccounts memory;
    dray::host::Accounts& accounts = memory;
};

/// A dry run over accounts in memory, which stay as they are.
struct OverMemory {
    MemoryAccounts memory;
    dray::host::MemoryFiles disk;
    dray::host::Ledger ledger;
    dray::host::OverlayFiles files{disk, nullptr, ledger};
    dray::host::OverlayAccounts overlay{memory, files, ledger};
    dray::host::Accounts& accounts = overlay;
    ~OverMemory() { CHECK(memory.changes() == 0); }
};

}  // namespace

TEST_CASE_TEMPLATE("accounts that are not the system's behave as the tools do", Host, InMemory, OverMemory) {
    Host host;
    auto& accounts = host.accounts;
    accounts.ensure_group({.name = "extra", .gid = 1000});
    accounts.ensure_user({.name = "svc", .system = true, .uid = 999, .groups = {"extra"}});
    CHECK(accounts.user("svc")->uid == 999);
    CHECK(accounts.user("svc")->group == "svc");
    CHECK(accounts.user("svc")->groups == Texts{"extra"});
    CHECK(accounts.user("svc")->shell == "/bin/sh");
    CHECK(accounts.user("svc")->home == "/home/svc");
    CHECK(accounts.group("svc"));
    CHECK(accounts.group("extra")->gid == 1000);
    accounts.ensure_user({.name = "svc", .group = "extra", .shell = "/usr/sbin/nologin", .comment = "c"});
    CHECK(accounts.user("svc")->shell == "/usr/sbin/nologin");
    CHECK(accounts.user("svc")->group == "extra");
    CHECK(accounts.user("svc")->comment == "c");
    CHECK_THROWS_AS(accounts.ensure_user({.name = "other", .group = "missing"}), Error);
    CHECK_THROWS_AS(accounts.ensure_user({.name = "svc", .groups = {"missing"}}), Error);
    CHECK_FALSE(accounts.user("other"));
    accounts.ensure_user({.name = "svc", .group = "svc"});
    CHECK_THROWS_AS(accounts.remove_group("svc"), Error);
    accounts.remove_user("svc");
    accounts.remove_user("svc");
    CHECK_FALSE(accounts.user("svc"));
    CHECK_FALSE(accounts.group("svc"));
    accounts.remove_group("extra");
    accounts.remove_group("extra");
    CHECK_FALSE(accounts.group("extra"));
    CHECK(accounts.user("root")->uid == 0);
}

TEST_CASE("accounts in memory get the numbers that the tools would give, each once") {
    MemoryAccounts accounts;
    accounts.ensure_group({.name = "extra"});
    accounts.ensure_user({.name = "svc", .system = true, .groups = {"extra"}});
    CHECK(accounts.user("svc")->uid == 999);
    CHECK(accounts.group("svc")->gid == 999);
    CHECK(accounts.group("extra")->gid == 1000);
    const int changes = accounts.changes();
    accounts.ensure_user({.name = "svc", .uid = 999, .group = "svc", .groups = {"extra"}});
    accounts.ensure_group({.name = "extra"});
    CHECK(accounts.changes() == changes);
    CHECK_THROWS_AS(accounts.ensure_user({.name = "other", .uid = 999}), Error);
}
