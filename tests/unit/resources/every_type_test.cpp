// Every resource type: created, changed key by key, left alone by a second run, foretold by a dry run,
// removed.
#include "converging.h"
#include "fake_postgresql.h"

#include <doctest/doctest.h>

#include <memory>
#include <set>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;

namespace {

constexpr auto key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc=\n-----END PGP PUBLIC KEY BLOCK-----\n";

/// A type, and the texts of one resource of it, each of which a host has to be brought to from the one
/// before.
struct Case {
    std::string type;
    std::vector<std::string> stages;
};

std::vector<Case> cases() {
    const auto line = "path = \"/etc/lines\"\n";
    const auto source = "suites = [\"stable\"]\nsigned_by = \"key.asc\"\n";
    const auto with = [source](const std::string& option) {
        return resource("apt_source", "internal", source + std::string("uri = \"http://b\"\n") + option);
    };
    const auto pin = [](const std::string& changed) {
        std::string keys;
        for (const std::string each : {"package = \"nginx\"", "pin = \"version 1.*\"", "priority = 1001"})
            if (each.substr(0, each.find(' ')) != changed.substr(0, changed.find(' '))) keys += each + "\n";
        return resource("apt_pin", "nginx", keys + changed);
    };
    const auto timer = [](const std::string& changed) {
        std::string keys;
        for (const std::string each : {"command = [\"/bin/true\"]", "schedule = \"daily\""})
            if (each.substr(0, each.find(' ')) != changed.substr(0, changed.find(' '))) keys += each + "\n";
        return resource("timer", "backup", keys + changed);
    };
    const auto role = [](const std::string& keys) { return resource("postgresql_role", "r", keys); };
    const auto database = [](const std::string& keys, const std::string& name = "d") {
        return resource("postgresql_database", name, keys);
    };
    return {
        {"file",
         {resource("file", "/etc/x", "content = \"a\""), resource("file", "/etc/x", "content = \"b\""),
          resource("file", "/etc/x", "content = \"b\"\nmode = \"0600\""),
          resource("file", "/etc/x", "content = \"b\"\nowner = \"daemon\""),
          resource("file", "/etc/x", "content = \"b\"\ngroup = \"daemon\""),
          resource("file", "/etc/x", "content = \"b\"\nowner = \"1000\"\ngroup = \"54321\""),
          resource("file", "/etc/x", "source = \"text\""),
          resource("file", "/etc/x", "content = \"c\"\nbackup = 2"),
          resource("file", "/etc/x", "content = \"d\"\nvalidate = [\"check\", \"{path}\"]"),
          resource("file", "/etc/x", "content = \"e\"\nvalidate = [\"check\"]"),
          resource("file", "/etc/x", "state = \"absent\"")}},
        {"template",
         {resource("template", "/etc/x", "source = \"template\""),
          resource("template", "/etc/x", "source = \"template\"\nmode = \"0600\""),
          resource("template", "/etc/x", "source = \"template\"\nstate = \"absent\"")}},
        {"directory",
         {resource("directory", "/srv/x"), resource("directory", "/srv/x", "mode = \"0700\""),
          resource("directory", "/srv/x", "owner = \"daemon\""),
          resource("directory", "/srv/x", "group = \"daemon\""),
          resource("directory", "/srv/x", "source = \"tree\""),
          resource("directory", "/srv/x", "source = \"tree\"\nfile_mode = \"0600\""),
          resource("directory", "/srv/x", "source = \"small-tree\"\npurge = true\nsensitive = true"),
          resource("directory", "/srv/x", "recursive = true\nowner = \"daemon\""),
          resource("directory", "/srv/x", "recursive = true\nstate = \"absent\""),
          resource("directory", "/srv/a/b/c", "parents = true")}},
        {"sysctl",
         {resource("sysctl", "vm.max_map_count", "value = 262144"),
          resource("sysctl", "vm.max_map_count", "value = \"1 2\""),
          resource("sysctl", "vm.max_map_count", "value = 1\nlive = false"),
          resource("sysctl", "vm.max_map_count", "state = \"absent\"")}},
        {"hostname", {resource("hostname", "app1"), resource("hostname", "app1.example.org")}},
        {"link",
         {resource("link", "/etc/x", "target = \"/srv\""),
          resource("link", "/etc/x", "target = \"../srv/y\""),
          resource("link", "/etc/x", "target = \"../srv/y\"\nowner = \"daemon\""),
          resource("link", "/etc/x", "target = \"../srv/y\"\nowner = \"daemon\"\ngroup = \"daemon\""),
          resource("link", "/etc/x", "state = \"absent\"")}},
        {"line",
         {resource("line", "l", line + std::string("line = \"a = 1\"\ncreate = true")),
          resource("line", "l", line + std::string("line = \"a = 2\"\nmatch = \"^a =\"")),
          resource("line", "l", line + std::string("line = \"b = 1\"\nbefore = \"^a\"")),
          resource("line", "l", line + std::string("line = \"c = 1\"\nafter = \"^b\"\nsensitive = true")),
          resource("line", "l", line + std::string("line = \"c = 1\"\nstate = \"absent\"")),
          resource("line", "l", line + std::string("match = \"= .$\"\nstate = \"absent\""))}},
        {"group",
         {resource("group", "g", "system = true"), resource("group", "g", "gid = 4321"),
          resource("group", "g", "members = [\"daemon\"]"),
          resource("group", "g", "members_exclusive = true"), resource("group", "g", "state = \"absent\"")}},
        {"user",
         {resource("user", "u", "system = true"), resource("user", "u", "uid = 4321"),
          resource("user", "u", "shell = \"/bin/bash\""), resource("user", "u", "home = \"/srv\""),
          resource("user", "u", "comment = \"c\""), resource("user", "u", "group = \"daemon\""),
          resource("user", "u", "groups = [\"root\", \"daemon\"]"),
          resource("user", "u", "groups = []\ngroups_exclusive = true"),
          resource("user", "u", "expires = \"2027-01-31\""),
          resource("user", "u",
                   "authorized_keys = [\"ssh-ed25519 "
                   "AAAAC3NzaC1lZDI1NTE5AAAAIJwm6wZdHbwr5F/Ki292W+0Uf63uidX/UNgNVpJQeZc1\"]"),
          resource("user", "u", "authorized_keys = []\nauthorized_keys_exclusive = true"),
          resource("user", "u", "state = \"absent\"")}},
        {"apt_source",
         {resource("apt_source", "internal", source + std::string("uri = \"http://a\"")),
          resource("apt_source", "internal", source + std::string("uri = \"http://b\"")),
          resource("apt_source", "internal",
                   source + std::string("uri = \"http://b\"\ncomponents = [\"main\", \"extra\"]")),
          resource("apt_source", "internal",
                   source + std::string("uri = \"http://b\"\narchitectures = [\"amd64\"]")),
          with("check_valid_until = false"), with("valid_until_max = \"7d\""),
          with("valid_until_min = \"1h\""), with("check_date = false"), with("by_hash = \"force\""),
          with("languages = [\"none\"]"), with("targets = [\"Packages\"]"), with("pdiffs = false"),
          with("proxy = \"http://proxy:3128\""), with("proxy = \"DIRECT\""), with("by_hash = \"no\""),
          resource("apt_source", "internal",
                   "uri = \"http://b\"\nsuites = [\"flat/\"]\nsigned_by = \"key.asc\""),
          with("proxy = \"socks5h://proxy:1080\""),
          resource("apt_source", "internal",
                   source + std::string("uri = \"http://b\"\nstate = \"absent\""))}},
        {"apt_pin",
         {pin(""), pin("package = \"nginx-*\""), pin("pin = \"origin apt.example.org\""),
          pin("priority = -1"), pin("explanation = \"why\""), pin("state = \"absent\"")}},
        {"package",
         {resource("package", "nginx", "version = \"= 1.0\""),
          resource("package", "nginx", "version = \">= 1.0, << 2, 1.2*\""), resource("package", "nginx"),
          resource("package", "nginx", "version = \"= 1.0\"\nallow_downgrade = true"),
          resource("package", "nginx", "version = \"= 1.0\"\nheld = true"),
          resource("package", "nginx", "version = \"2.*\"\nheld = true"),
          resource("package", "nginx", "held = false"), resource("package", "nginx", "state = \"absent\""),
          resource("package", "web", "packages = [\"nginx\", \"curl\"]"),
          resource("package", "web", "packages = [\"nginx\", \"curl\"]\nheld = true"),
          resource("package", "web", "packages = [\"nginx\", \"curl\"]\nstate = \"purged\"")}},
        {"unit",
         {resource("unit", "x.service", "content = \"[Service]\\nExecStart=/bin/true\\n\""),
          resource("unit", "x.service", "content = \"[Service]\\nExecStart=/bin/false\\n\""),
          resource("unit", "x.service", "source = \"template\""),
          resource("unit", "x.service", "content = \"[Service]\\nExecStart=/bin/false\\n\"\nverify = false"),
          resource("unit", "x.service", "content = \"[Unit]\\n\"\ndropin = \"more\""),
          resource("unit", "x.service", "state = \"absent\"")}},
        {"timer",
         {timer(""), timer("command = [\"/bin/false\"]"), timer("schedule = \"hourly\""),
          timer("persistent = true"), timer("randomized_delay = \"5m\""), timer("user = \"daemon\""),
          timer("group = \"daemon\""), timer("cwd = \"/srv\""), timer("environment = { A = \"b\" }"),
          timer("timeout = \"1h\""), timer("after = [\"x.service\"]"), timer("description = \"d\""),
          timer("state = \"absent\"")}},
        {"service",
         {resource("service", "ready.service"), resource("service", "ready.service", "enabled = false"),
          resource("service", "ready.service", "running = false\nenabled = false"),
          resource("service", "ready.service", "running = false"),
          resource("service", "ready.service", "masked = true"),
          resource("service", "ready.service", "masked = false")}},
        {"postgresql_role",
         {role(""), role("createdb = true"), role("createrole = true"), role("superuser = true"),
          role("replication = true"), role("inherit = false"), role("login = false"),
          role("password = { secret = \"file:/etc/secret\" }"), role("valid_until = \"2027-01-31\""),
          role("valid_until = \"never\""), role("connection_limit = 5"), role("connection_limit = -1"),
          role("member_of = [\"staff\"]\nport = 5432"), role("cluster = \"15/main\"\nstate = \"absent\"")}},
        {"postgresql_database",
         {database("encoding = \"UTF8\"\nlc_collate = \"C\"\nlc_ctype = \"C.UTF-8\""),
          database("owner = \"staff\""), database("owner = \"postgres\"\nlocale = \"C.UTF-8\"", "other"),
          database("connection_limit = 5\ntemplate = \"template1\"", "third"),
          database("connection_limit = -1", "third"), database("comment = \"it's the third\"", "third"),
          database("extensions = [\"citext\"]", "third"),
          database("extensions = [\"citext\", \"pg_trgm\"]\nport = 5432", "third"),
          database("cluster = \"15/main\"\nstate = \"absent\"\nforce = true", "third")}},
        {"execute",
         {resource("execute", "make it", "command = [\"make-it\"]\ncreates = \"/srv/made\""),
          resource("execute", "make it",
                   "command = \"make | it\"\nshell = true\ncreates = \"/srv/made-2\"\nreturns = [3]\n"
                   "input = \"words\"")}},
    };
}

void prepare(Converging& host) {
    host.file("key.asc", key).file("text", "bytes").file("template", "cores {{fact.cores}}\n");
    host.file("tree/a", "1").file("tree/b/c", "2").file("small-tree/a", "1");
    host.memory.accounts.ensure_group({.name = "daemon"});
    host.memory.accounts.ensure_user({.name = "daemon", .group = "daemon"});
    host.memory.accounts.ensure_user({.name = "postgres", .group = "daemon"});
    host.memory.apt.add_version("curl", "7.88");
    host.memory.apt.add_version("nginx", "1.0");
    host.memory.apt.add_version("nginx", "1.2");
    host.memory.apt.add_version("nginx", "2.0");
    host.memory.files.put("/usr/lib/systemd/system/ready.service",
                          "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    auto* files = &host.memory.files;
    files->put("/proc/sys/vm/max_map_count", "65530\n");
    files->put("/proc/sys/kernel/hostname", "localhost\n");
    files->put("/etc/sysctl.d/README", "");
    files->put("/etc/secret", "hunter2\n", {.owner = "root", .group = "root", .mode = 0600});
    const auto postgresql = std::make_shared<dray::test::FakePostgresql>();
    postgresql->roles["staff"] = {};
    host.memory.processes.answer_others([files, postgresql](const dray::host::Command& command) {
        if (command.argv.front() == "psql") return postgresql->answer(command);
        if (command.argv.front() == "hostname")
            files->put("/proc/sys/kernel/hostname", command.argv.at(1) + "\n");
        const bool shell = command.argv.front() == "/bin/sh";
        files->put(shell ? "/srv/made-2" : "/srv/made", "");
        return dray::host::Result{.exit_code = shell ? 3 : 0};
    });
}

}  // namespace

TEST_CASE(
    "every type converges from each stage to the next, foretold by the dry run and left alone by the second "
    "run") {
    for (const auto& each : cases()) {
        Converging host;
        prepare(host);
        for (const auto& stage : each.stages) {
            INFO(stage);
            host.recipe(stage);
            REQUIRE(host.mistakes() == "");

            const auto before = host.memory.changes();
            const auto calls = host.memory.systemd.calls();
            const auto foretold = host.dry_run();
            CHECK(host.memory.changes() == before);
            CHECK(host.memory.systemd.calls() == calls);

            const auto done = host.converge();
            CHECK(errors(done) == "");
            CHECK(outcomes(done) == "changed");
            CHECK(dray::test::deeds(foretold) == dray::test::deeds(done));

            const auto after = host.memory.changes();
            const auto again = host.converge();
            CHECK(outcomes(again) == "unchanged");
            CHECK(host.memory.changes() == after);
        }
    }
}

TEST_CASE("the table above has every type but the checks that change nothing") {
    std::set<std::string> tested = {"http_check", "tcp_check"};
    for (const auto& each : cases())
        tested.insert(each.type);
    const auto types = dray::resources::catalogue().types();
    CHECK(tested == std::set<std::string>(types.begin(), types.end()));
}

TEST_CASE("values that do not fit together are mistakes with their place") {
    const std::vector<std::string> bad = {
        resource("file", "/etc/x"),
        resource("file", "/etc/x", "content = \"\"\nsource = \"text\""),
        resource("link", "/etc/x"),
        resource("link", "/etc/x", "target = \"\""),
        resource("line", "l", "line = \"x\""),
        resource("line", "l", "path = \"/etc/x\""),
        resource("line", "l", "path = \"/etc/x\"\nline = \"two\\nlines\""),
        resource("line", "l", "path = \"/etc/x\"\nline = \"x\"\nmatch = \"(\""),
        resource("line", "l", "path = \"/etc/x\"\nline = \"x\"\nafter = \"a\"\nbefore = \"b\""),
        resource("line", "l", "path = \"/etc/x\"\nstate = \"absent\""),
        resource("file", "/etc/x", "content = \"\"\nbackup = -1"),
        resource("template", "/etc/x", "source = \"template\"\nbackup = 1001"),
        resource("file", "/etc/x", "content = \"\"\nvalidate = []"),
        resource("directory", "/etc/x", "purge = true"),
        resource("directory", "/etc/x", "file_mode = \"0600\""),
        resource("directory", "/etc/x", "source = \"missing\""),
        resource("directory", "/etc/x", "source = \"text\""),
        resource("unit", "x", "content = \"\""),
        resource("unit", "x.service", "content = \"\"\ndropin = \"../up\""),
        resource("service", "nginx"),
        resource("package", "Nginx"),
        resource("package", "nginx", "version = \"1.0\""),
        resource("package", "nginx", "version = \"> 1.0\""),
        resource("package", "nginx", "version = \">= 1.0,<< 2\""),
        resource("package", "nginx", "version = \">= 1.0, \""),
        resource("package", "nginx", "version = \"latest, >= 1\""),
        resource("user", "u", "uid = -1"),
        resource("group", "g", "gid = 4294967295"),
        resource("execute", "e", "command = \"true\""),
        resource("execute", "e", "command = [\"true\"]\nshell = true"),
        resource("execute", "e", "command = \" \\n\"\nshell = true"),
        resource("execute", "e", "command = 5"),
        resource("execute", "e", "command = [\"true\"]\nreturns = []"),
        resource("execute", "e", "command = [\"true\"]\nreturns = [0, 256]"),
        resource("execute", "e", "command = [\"true\"]\nreturns = [-1]"),
        resource("execute", "e", "command = [\"true\"]\nreturns = [\"0\"]"),
        resource("execute", "e", "command = [\"true\"]\nreturns = 0"),
        resource("http_check", "http://127.0.0.1:99999/"),
        resource("http_check", "http://u:p@[::1]:0/x"),
        resource("http_check", "https://h:8o"),
        resource("postgresql_role", "r", "password = \"clear\""),
        resource("postgresql_role", std::string(64, 'r')),
        resource("postgresql_role", "postgres"),
        resource("postgresql_role", "postgres", "superuser = true\nstate = \"absent\""),
        resource("postgresql_role", "r", "port = 0"),
        resource("postgresql_role", "r", "port = 65536"),
        resource("postgresql_role", "r", "port = 5432\ncluster = \"15/main\""),
        resource("postgresql_role", "r", "cluster = \"main\""),
        resource("postgresql_role", "r", "cluster = \"15/host:5432\""),
        resource("postgresql_role", "r", "connection_limit = -2"),
        resource("postgresql_role", "r", "valid_until = \"2027-02-30\""),
        resource("postgresql_role", "r", "valid_until = \"2027-01-31 24:00:00\""),
        resource("postgresql_role", "r", "valid_until = \"tomorrow\""),
        resource("postgresql_role", "r", "valid_until = \"\""),
        resource("postgresql_role", "r", "member_of = [\"\"]"),
        resource("postgresql_role", "r", "member_of = [\"a\", \"a\"]"),
        resource("postgresql_database", "d", "state = \"absent\""),
        resource("postgresql_database", "d", "force = true"),
        resource("postgresql_database", "template1", "state = \"absent\"\nforce = true"),
        resource("postgresql_database", "d", "locale = \"C\"\nlc_ctype = \"C\""),
        resource("postgresql_database", "d", "encoding = \"\""),
        resource("postgresql_database", "d", "owner = \"\""),
        resource("postgresql_database", "d", "connection_limit = 2147483648"),
        resource("postgresql_database", "d", "cluster = \"\""),
        resource("http_check", "ftp://x"),
        resource("http_check", "http://x", "ca = \"/etc/ca.pem\""),
        resource("http_check", "http://x", "headers = { \"X-A\" = \"a\\nX-B: b\" }"),
        resource("http_check", "http://x", "headers = { \"X A:\" = \"a\" }"),
        resource("http_check", "http://x", "unix_socket = \"run/x\""),
        resource("tcp_check", "127.0.0.1"),
        resource("sysctl", "vm.max_map_count"),
        resource("sysctl", "vm.max_map_count", "value = \"1\\n2\""),
        resource("sysctl", "vm.max_map_count", "value = \"\""),
        resource("sysctl", "vm.max_map_count", "value = [1]"),
        resource("sysctl", "vm", "value = 1"),
        resource("sysctl", "vm..x", "value = 1"),
        resource("sysctl", "vm/../x", "value = 1"),
        resource("sysctl", "vm/./x", "value = 1"),
        resource("sysctl", "/vm/x", "value = 1"),
        resource("sysctl", "-vm.x", "value = 1"),
        resource("sysctl", "net.*.x", "value = 1"),
        resource("hostname", "app_1"),
        resource("hostname", "-app"),
        resource("hostname", "app."),
        resource("hostname", "a..b"),
        resource("hostname", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggg"),
        resource("tcp_check", "127.0.0.1:0"),
        resource("tcp_check", "127.0.0.1:65536"),
        resource("tcp_check", "::1:80"),
        resource("tcp_check", "a b:80"),
        resource("tcp_check", "[]:80"),
        resource("tcp_check", "x:80", "interval = \"0s\""),
        resource("apt_source", "with space", "uri = \"http://a\"\nsuites = [\"s\"]\nsigned_by = \"key.asc\""),
        resource("apt_source", "a",
                 "uri = \"http://a\\nTrusted: yes\"\nsuites = [\"s\"]\nsigned_by = \"key.asc\""),
        resource("apt_source", "a",
                 "uri = \"http://a\"\nsuites = [\"s\\nTrusted: yes\"]\nsigned_by = \"key.asc\""),
        resource("apt_source", "a", "uri = \"http://a\"\nsuites = [\"s\"]\nsigned_by = \"text\""),
        resource("apt_source", "a", "uri = \"http://a\"\nsuites = [\"s\"]"),
    };
    for (const auto& text : bad) {
        Converging host;
        prepare(host);
        CHECK_MESSAGE(host.recipe(text).mistakes().find("recipe.toml:") != std::string::npos, text);
    }
}

TEST_CASE("a file that somebody changed by hand comes back") {
    Converging host;
    host.recipe(resource("file", "/etc/x", "content = \"a\""));
    host.converge();
    host.memory.files.put("/etc/x", "by hand");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/x") == "a");
    host.memory.files.remove("/etc/x");
    host.memory.files.plant_link("/etc/x", "/etc/shadow", "mallory");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/x") == "a");
}

TEST_CASE("a folder in a file's place is not removed") {
    Converging host;
    host.memory.files.make_directory("/etc/x", {}, false);
    const auto run = host.recipe(resource("file", "/etc/x", "content = \"a\"")).converge();
    CHECK(outcomes(run) == "failed");
    CHECK(host.memory.files.status("/etc/x")->type == dray::host::FileType::directory);
}

TEST_CASE("a package without a version says why, and that a repository is down when that is so") {
    Converging host;
    host.file("key.asc", key);
    CHECK(outcomes(host.recipe(resource("package", "none")).converge()) == "failed");
    host.recipe(
        resource("apt_source", "internal", "uri = \"http://a\"\nsuites = [\"s\"]\nsigned_by = \"key.asc\"") +
        resource("package", "none"));
    using dray::host::Freshness;
    host.memory.apt.set_verdict("internal", Freshness::unreachable, "connection refused");
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed unreachable");
    CHECK(run.exit_code(false) == 69);
    for (const auto& [freshness, code] :
         {std::pair(Freshness::expired, 76), std::pair(Freshness::untrusted, 77)}) {
        host.memory.apt.set_verdict("internal", freshness, "refused");
        const auto refused = host.converge();
        CHECK(outcomes(refused) == "unchanged unreachable");
        CHECK(refused.exit_code(false) == code);
    }
    host.memory.apt.set_verdict("internal", Freshness::broken, "404");
    CHECK(outcomes(host.converge()) == "unchanged failed");
}

TEST_CASE("a repository that is gone once it has answered is not there, and nothing else is wrong") {
    Converging host;
    host.memory.apt.add_version("web", "1");
    host.recipe(resource("package", "web"));
    host.memory.apt.cut_network();
    const auto run = host.converge();
    CHECK(outcomes(run) == "unreachable");
    CHECK(run.exit_code(false) == 69);
    CHECK(run.verdict() == "unreachable");
    host.memory.apt.cut_network(false);
    CHECK(outcomes(host.converge()) == "changed");
}

TEST_CASE("a failed service that is not to run is as wanted") {
    Converging host;
    prepare(host);
    host.memory.systemd.start("ready.service");
    host.memory.systemd.crash("ready.service", false);
    host.recipe(resource("service", "ready.service", "running = false\nenabled = false"));
    CHECK(outcomes(host.converge()) == "unchanged");
    const auto run = host.recipe(resource("service", "ready.service", "enabled = false")).dry_run();
    CHECK(run.steps.at(0).changes.at(0).from == "no (failed)");
}

TEST_CASE("a unit that the manager has an older text of is read again, though its file is as wanted") {
    Converging host;
    prepare(host);
    const auto unit = resource("unit", "x.service", "content = \"[Service]\\nExecStart=/bin/true\\n\"");
    host.memory.files.put("/etc/systemd/system/x.service", "[Service]\nExecStart=/bin/false\n");
    host.memory.systemd.start("x.service");
    host.memory.files.put("/etc/systemd/system/x.service", "[Service]\nExecStart=/bin/true\n",
                          {.owner = "root", .group = "root", .mode = 0644});
    const auto run = host.recipe(unit).converge();
    CHECK(outcomes(run) == "changed");
    CHECK(run.steps.at(0).changes.size() == 1);
    CHECK(host.memory.systemd.calls().back() == "daemon-reload");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("files, folders and templates without an owner keep the one they have") {
    Converging host;
    prepare(host);
    host.memory.files.make_directory("/srv/x", {.owner = "daemon", .group = "daemon", .mode = 0755}, false);
    const auto run = host.recipe(resource("directory", "/srv/x", "owner = \"\"\ngroup = \"\"")).converge();
    CHECK(outcomes(run) == "unchanged");
}
