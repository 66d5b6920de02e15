// Every key of every resource type: what the host is like with it and without it, and what becomes of a host
// that was converged without it. The schemas say which keys there are: one that has no row here fails the
// test.
#include "converging.h"
#include "fake_postgresql.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <set>

using dray::converge::Run;
using dray::test::Converging;

namespace {

using Hand = std::function<void(Converging&)>;

/// One key of a type: lines of a resource without it, or with a value, and with another value.
struct Row {
    std::string type;
    std::string key;
    std::string without;
    std::string with;
    std::string outcome = "changed";  ///< of the second text on a host that is converged to the first
    std::string name = "x";
    std::string rest = {};    ///< lines of the resource that are the same in both
    std::string before = {};  ///< resources that stand before it
    Hand given = {};          ///< what the host is like at first
    Hand meanwhile = {};      ///< what becomes of it between two converges of the same text
};

constexpr auto public_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJwm6wZdHbwr5F/Ki292W+0Uf63uidX/UNgNVpJQeZc1";
constexpr auto url = "http://127.0.0.1:9000/_health";

std::string openpgp(const std::string& body) {
    return "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + body + "\n-----END PGP PUBLIC KEY BLOCK-----\n";
}

Hand put(const std::string& path, const std::string& text) {
    return [=](Converging& host) { host.memory.files.put(path, text); };
}

Hand answer(int status) {
    return [=](Converging& host) { host.memory.http.answer(url, {status, R"({"v": 1})"}); };
}

/// The keys of a file's ownership and replacement, which several types have.
void add_file_rows(std::vector<Row>& rows, const std::string& type, const std::string& rest) {
    const auto add = [&](const std::string& key, const std::string& with,
                         const std::string& outcome = "changed", const Hand& meanwhile = {}) {
        rows.push_back({.type = type,
                        .key = key,
                        .without = "",
                        .with = key + " = " + with,
                        .outcome = outcome,
                        .name = "/etc/x",
                        .rest = rest,
                        .meanwhile = meanwhile});
    };
    add("owner", R"("daemon")");
    add("group", R"("daemon")");
    add("mode", R"("0600")");
    add("state", R"("absent")");
    add("sensitive", "true", "unchanged", put("/etc/x", "by hand"));
    add("backup", "1", "unchanged", put("/etc/x", "by hand"));
    add("validate", R"(["check", "{path}"])", "unchanged");
}

std::vector<Row> file_rows() {
    std::vector<Row> rows;
    add_file_rows(rows, "file", R"(content = "a")");
    add_file_rows(rows, "template", R"(source = "template")");
    const auto add = [&](const std::string& type, const std::string& key, const std::string& without,
                         const std::string& with, const std::string& rest = "") {
        rows.push_back(
            {.type = type, .key = key, .without = without, .with = with, .name = "/etc/x", .rest = rest});
    };
    add("file", "content", R"(content = "a")", R"(content = "b")");
    add("file", "source", R"(content = "a")", R"(source = "text")");
    add("template", "source", R"(source = "template")", R"(source = "other-template")");
    add("link", "target", R"(target = "/a")", R"(target = "/b")");
    for (const std::string key : {"owner", "group"})
        add("link", key, "", key + R"( = "daemon")", R"(target = "/a")");
    add("link", "state", "", R"(state = "absent")", R"(target = "/a")");
    return rows;
}

std::vector<Row> directory_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& key, const std::string& with, const std::string& rest = "",
                         const Hand& given = {}, const Hand& meanwhile = {},
                         const std::string& outcome = "changed", const std::string& name = "/srv/x") {
        rows.push_back({.type = "directory",
                        .key = key,
                        .without = "",
                        .with = key + " = " + with,
                        .outcome = outcome,
                        .name = name,
                        .rest = rest,
                        .given = given,
                        .meanwhile = meanwhile});
    };
    add("owner", R"("daemon")");
    add("group", R"("daemon")");
    add("mode", R"("0700")");
    add("state", R"("absent")");
    add("parents", "true", "", {}, {}, "changed", "/srv/a/b/c");
    add("source", R"("tree")");
    add("purge", "true", R"(source = "tree")", put("/srv/x/extra", ""));
    add("recursive", "true", R"(owner = "daemon")", put("/srv/x/f", ""));
    add("file_mode", R"("0600")", R"(source = "tree")");
    add("sensitive", "true", R"(source = "tree")", {}, put("/srv/x/a", "by hand"), "unchanged");
    return rows;
}

std::vector<Row> line_rows() {
    std::vector<Row> rows;
    const std::string path = R"(path = "/etc/lines")";
    const auto both = [](Converging& host) {
        for (const auto* file : {"/etc/lines", "/etc/other"})
            host.memory.files.put(file, "a = 0\nb = 0\n");
    };
    const auto add = [&](const std::string& key, const std::string& without, const std::string& with,
                         const std::string& rest, const std::string& outcome = "changed",
                         const Hand& meanwhile = {}) {
        rows.push_back({.type = "line",
                        .key = key,
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .rest = rest,
                        .given = both,
                        .meanwhile = meanwhile});
    };
    const auto line = path + "\n" + R"(line = "a = 1")";
    add("path", path, R"(path = "/etc/other")", R"(line = "a = 1")");
    add("line", R"(line = "a = 1")", R"(line = "a = 2")", path);
    // The line is there then, wherever that is.
    add("match", "", R"(match = "^a =")", line, "unchanged");
    add("after", "", R"(after = "^a")", line, "unchanged");
    add("before", "", R"(before = "^b")", line, "unchanged");
    add("create", "", "create = true", "path = \"/etc/none\"\nline = \"x\"");
    add("state", "", R"(state = "absent")", line);
    add("sensitive", "", "sensitive = true", line, "unchanged", put("/etc/lines", "by hand\n"));
    add("backup", "", "backup = 1", line, "unchanged", put("/etc/lines", "by hand\n"));
    add("validate", "", R"(validate = ["check", "{path}"])", line, "unchanged");
    return rows;
}

std::vector<Row> account_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& type, const std::string& key, const std::string& with,
                         const std::string& outcome = "changed", const std::string& rest = "",
                         const Hand& given = {}, const Hand& meanwhile = {}) {
        rows.push_back({.type = type,
                        .key = key,
                        .without = "",
                        .with = key + " = " + with,
                        .outcome = outcome,
                        .name = "a",
                        .rest = rest,
                        .given = given,
                        .meanwhile = meanwhile});
    };
    const auto keys = std::string("home = \"/srv\"\nauthorized_keys = [\"") + public_key + "\"]";
    add("user", "uid", "4321");
    add("user", "group", R"("daemon")");
    add("user", "groups", R"(["daemon"])");
    add("user", "groups_exclusive", "true", "changed", R"(groups = ["daemon"])",
        [](Converging& host) { host.memory.accounts.ensure_user({.name = "a", .groups = {"root"}}); });
    add("user", "home", R"("/srv/a")");
    add("user", "create_home", "true", "unchanged");  // of a new user
    add("user", "shell", R"("/bin/bash")");
    add("user", "comment", R"("c")");
    add("user", "system", "true", "unchanged");  // likewise
    add("user", "locked", "true", "changed", "", {},
        [](Converging& host) { host.memory.accounts.give_password("a"); });
    add("user", "expires", R"("2027-01-31")");
    add("user", "authorized_keys", std::string("[\"") + public_key + "\"]", "changed", R"(home = "/srv")");
    add("user", "authorized_keys_exclusive", "true", "changed", keys, [](Converging& host) {
        host.memory.accounts.ensure_user({.name = "a"});
        host.memory.files.put("/srv/.ssh/authorized_keys", "ssh-rsa AAAA other\n",
                              {.owner = "a", .group = "a", .mode = 0600});
    });
    add("user", "state", R"("absent")");
    add("group", "gid", "4321");
    add("group", "members", R"(["daemon"])");
    add("group", "members_exclusive", "true", "changed", R"(members = ["daemon"])", [](Converging& host) {
        host.memory.accounts.ensure_group({.name = "a", .members = {"root", "daemon"}});
    });
    add("group", "system", "true", "unchanged");
    add("group", "state", R"("absent")");
    return rows;
}

std::vector<Row> host_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& key, const std::string& without, const std::string& with,
                         const std::string& rest = "", const std::string& outcome = "changed") {
        rows.push_back({.type = "sysctl",
                        .key = key,
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .name = "vm.max_map_count",
                        .rest = rest});
    };
    add("value", "value = 262144", "value = 262145");
    add("live", "", "live = false", "value = 262144", "unchanged");
    add("state", "", R"(state = "absent")", "value = 1");
    return rows;
}

std::vector<Row> source_rows() {
    std::vector<Row> rows;
    const std::vector<std::string> all = {R"(uri = "http://a")", R"(suites = ["stable"])",
                                          R"(signed_by = "key.asc")"};
    const auto add = [&](const std::string& with, const std::string& outcome = "changed") {
        const auto key = with.substr(0, with.find(' '));
        std::string without, rest;
        for (const auto& line : all)
            (line.starts_with(key + " ") ? without : rest) += line + "\n";
        rows.push_back({.type = "apt_source",
                        .key = key,
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .name = "internal",
                        .rest = rest});
    };
    for (const auto* with :
         {R"(uri = "http://b")", R"(suites = ["testing"])", R"(signed_by = "other.asc")",
          R"(components = ["extra"])", R"(architectures = ["amd64"])", "check_valid_until = false",
          R"(valid_until_max = "7d")", R"(valid_until_min = "1h")", "check_date = false",
          R"(by_hash = "force")", R"(languages = ["none"])", R"(targets = ["Packages"])", "pdiffs = false",
          R"(proxy = "http://proxy:3128")", R"(state = "absent")"})
        add(with);
    add(R"(max_age = "3d")", "unchanged");  // apt is told; the host has nothing of it
    return rows;
}

std::vector<Row> pin_rows() {
    std::vector<Row> rows;
    const std::vector<std::string> all = {R"(package = "nginx")", R"(pin = "version 1.*")",
                                          "priority = 1001"};
    for (const std::string with : {R"(package = "curl")", R"(pin = "version 2.*")", "priority = -1",
                                   R"(explanation = "why")", R"(state = "absent")"}) {
        const auto key = with.substr(0, with.find(' '));
        std::string without, rest;
        for (const auto& line : all)
            (line.starts_with(key + " ") ? without : rest) += line + "\n";
        rows.push_back(
            {.type = "apt_pin", .key = key, .without = without, .with = with, .name = "p", .rest = rest});
    }
    return rows;
}

std::vector<Row> package_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& key, const std::string& without, const std::string& with,
                         const std::string& outcome = "changed", const std::string& rest = "",
                         const Hand& given = {}, const std::string& before = "") {
        rows.push_back({.type = "package",
                        .key = key,
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .name = "nginx",
                        .rest = rest,
                        .before = before,
                        .given = given});
    };
    const auto installed = [](const std::string& package, const std::string& version) {
        return [=](Converging& host) { host.memory.apt.put_installed(package, version); };
    };
    add("packages", "", R"(packages = ["curl"])");
    add("version", R"(version = "= 1.0")", R"(version = "= 1.2")");
    // What is installed may stay, whoever has brought it.
    add(
        "from", "", R"(from = ["internal"])", "unchanged", "",
        [](Converging& host) { host.memory.apt.publish("internal", "nginx", "1.5"); },
        "[[resource]]\ntype = \"apt_source\"\nname = \"internal\"\nuri = \"http://a\"\nsuites = "
        "[\"stable\"]\n"
        "signed_by = \"key.asc\"\n");
    add("state", "", R"(state = "absent")");
    add("allow_downgrade", "", "allow_downgrade = true", "changed", R"(version = "= 1.0")",
        installed("nginx", "2.0"));
    add("held", "", "held = true");
    add("may_remove", "", R"(may_remove = ["curl"])", "changed", "", [](Converging& host) {
        host.memory.apt.put_installed("curl", "7.88");
        host.memory.apt.add_conflict("nginx", "curl");
    });
    add("conffiles", "", R"(conffiles = "replace")", "unchanged", "", [](Converging& host) {
        host.memory.apt.put_installed("nginx", "1.0");
        host.memory.apt.change_conffile("nginx", "/etc/nginx.conf");
    });
    return rows;
}

std::vector<Row> unit_rows() {
    std::vector<Row> rows;
    const std::string text = R"(content = "[Service]\nExecStart=/bin/true\n")";
    const auto add = [&](const std::string& key, const std::string& without, const std::string& with,
                         const std::string& rest = "", const Hand& given = {}) {
        rows.push_back({.type = "unit",
                        .key = key,
                        .without = without,
                        .with = with,
                        .name = "x.service",
                        .rest = rest,
                        .given = given});
    };
    add("content", text, R"(content = "[Service]\nExecStart=/bin/false\n")");
    add("source", text, R"(source = "template")");
    add("dropin", "", R"(dropin = "d")", text);
    add("verify", "", "verify = false", text, [](Converging& host) {
        host.memory.systemd.judge("x.service", {.errors = {"x.service:1: Unknown key"}});
    });
    add("state", "", R"(state = "absent")", text);
    return rows;
}

std::vector<Row> timer_rows() {
    std::vector<Row> rows;
    const std::vector<std::string> all = {R"(command = ["/bin/true"])", R"(schedule = "daily")"};
    for (const std::string with :
         {R"(command = ["/bin/false"])", R"(schedule = "hourly")", "persistent = true",
          R"(randomized_delay = "5m")", R"(user = "daemon")", R"(group = "daemon")", R"(cwd = "/srv")",
          R"(environment = { A = "b" })", R"(timeout = "1h")", R"(after = ["x.service"])",
          R"(description = "d")", R"(state = "absent")"}) {
        const auto key = with.substr(0, with.find(' '));
        std::string without, rest;
        for (const auto& line : all)
            (line.starts_with(key + " ") ? without : rest) += line + "\n";
        rows.push_back(
            {.type = "timer", .key = key, .without = without, .with = with, .name = "t", .rest = rest});
    }
    return rows;
}

std::vector<Row> service_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& with, const std::string& outcome = "changed",
                         const std::string& before = "", const Hand& meanwhile = {}) {
        rows.push_back({.type = "service",
                        .key = with.substr(0, with.find(' ')),
                        .without = "",
                        .with = with,
                        .outcome = outcome,
                        .name = "ready.service",
                        .before = before,
                        .meanwhile = meanwhile});
    };
    add("running = false");
    add("enabled = false");
    add("masked = true");
    add(R"(stable_for = "10s")", "unchanged");
    const auto file = "[[resource]]\ntype = \"file\"\nname = \"/etc/made\"\ncontent = \"1\"\n";
    for (const std::string action : {"restart", "reload"})
        add(action + R"(_when_changed = "file[/etc/made]")", "unchanged", file, put("/etc/made", "by hand"));
    return rows;
}

std::vector<Row> execute_rows() {
    std::vector<Row> rows;
    const std::string command = R"(command = ["make-it"])";
    const auto add = [&](const std::string& key, const std::string& without, const std::string& with,
                         const std::string& outcome, const std::string& rest, const std::string& before = "",
                         const Hand& given = {}) {
        rows.push_back({.type = "execute",
                        .key = key,
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .rest = rest,
                        .before = before,
                        .given = given});
    };
    const std::string creates = R"(creates = "/srv/made")";
    const auto made = command + "\n" + creates;
    // Once it is made, how it was made does not matter.
    add("command", command, R"(command = ["make-other"])", "unchanged", creates);
    add("shell", command, "shell = true\ncommand = \"make | it\"", "unchanged", creates);
    add("input", "", R"(input = "words")", "unchanged", made);
    add("cwd", "", R"(cwd = "/srv")", "unchanged", made);
    add("user", "", R"(user = "daemon")", "unchanged", made);
    add("environment", "", R"(environment = { A = "b" })", "unchanged", made);
    add("timeout", "", R"(timeout = "1m")", "unchanged", made);
    add("returns", "", "returns = [0, 3]", "changed", command, "",
        [](Converging& host) { host.memory.processes.answer("make-it", {.exit_code = 3}); });
    add("creates", "", creates, "unchanged", command);
    add("when_changed", "", R"(when_changed = "file[/etc/made]")", "unchanged", command,
        "[[resource]]\ntype = \"file\"\nname = \"/etc/made\"\ncontent = \"1\"\n");
    return rows;
}

std::vector<Row> check_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& type, const std::string& with, const std::string& outcome,
                         const Hand& given, const std::string& name, const std::string& rest = "") {
        rows.push_back({.type = type,
                        .key = with.substr(0, with.find(' ')),
                        .without = "",
                        .with = with,
                        .outcome = outcome,
                        .name = name,
                        .rest = rest,
                        .given = given});
    };
    add("http_check", "status = 503", "unchanged", answer(503), url);
    add("http_check", R"(body = "w")", "failed", answer(200), url);
    add("http_check", "json = { v = 2 }", "failed", answer(200), url);
    add("http_check", R"(headers = { A = "b" })", "unchanged", answer(200), url);
    add("http_check", R"(unix_socket = "/run/x.sock")", "unchanged", answer(200), url);
    add(
        "http_check", R"(ca = "/etc/ca.pem")", "unchanged",
        [](Converging& host) {
            host.memory.http.answer("https://h/", {200, ""});
        },
        "https://h/");
    add("http_check", R"(within = "2s")", "failed", answer(503), url);
    add("http_check", R"(interval = "3s")", "failed", answer(503), url);
    add("http_check", R"(timeout = "3s")", "unchanged", answer(200), url);
    const auto broken = [](Converging& host) {
        host.memory.http.answer(url, {503, "down"});
        host.memory.systemd.start("ready.service");
        host.memory.systemd.crash("ready.service", false);
    };
    add("http_check", R"(unit = "ready.service")", "failed", broken, url);
    add("tcp_check", R"(unit = "ready.service")", "failed", broken, "127.0.0.1:80");
    const auto late = [](Converging& host) { host.memory.http.listen("127.0.0.1:80", 2); };
    add(
        "tcp_check", R"(within = "600ms")", "failed",
        [](Converging& host) { host.memory.http.listen("127.0.0.1:80", 1000); }, "127.0.0.1:80");
    add("tcp_check", R"(interval = "3s")", "unchanged", late, "127.0.0.1:80");
    add("tcp_check", R"(timeout = "3s")", "unchanged", late, "127.0.0.1:80");
    return rows;
}

std::vector<Row> postgresql_rows() {
    std::vector<Row> rows;
    const auto add = [&](const std::string& type, const std::string& with,
                         const std::string& outcome = "changed", const std::string& without = "",
                         const std::string& name = "staff") {
        rows.push_back({.type = "postgresql_" + type,
                        .key = with.substr(0, with.find(' ')),
                        .without = without,
                        .with = with,
                        .outcome = outcome,
                        .name = name});
    };
    for (const auto* with :
         {"login = false", "superuser = true", "createdb = true", "createrole = true", "replication = true",
          "inherit = false", R"(password = { secret = "file:/etc/secret" })", R"(valid_until = "2027-01-31")",
          "connection_limit = 5", R"(member_of = ["postgres"])", R"(state = "absent")"})
        add("role", with);
    for (const auto* type : {"role", "database"}) {
        add(type, "port = 5433", "failed");  // where no server is
        add(type, R"(cluster = "15/main")", "unchanged");
    }
    add("database", R"(owner = "staff")");
    for (const auto* with :
         {R"(encoding = "LATIN1")", R"(locale = "C")", R"(lc_collate = "C")", R"(lc_ctype = "C")"})
        add("database", with, "failed");  // of a new one only
    add("database", R"(template = "other")", "unchanged");
    add("database", R"(extensions = ["citext"])");
    add("database", "connection_limit = 5");
    add("database", R"(comment = "c")");
    add("database", "state = \"absent\"\nforce = true");
    add("database", "force = true\nstate = \"absent\"", "unchanged", R"(state = "absent")");
    return rows;
}

std::vector<Row> rows() {
    std::vector<Row> all;
    for (const auto& some : {file_rows(), directory_rows(), line_rows(), account_rows(), host_rows(),
                             source_rows(), pin_rows(), package_rows(), unit_rows(), timer_rows(),
                             service_rows(), execute_rows(), check_rows(), postgresql_rows()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

/// Converges a fresh host to texts, and tells what it is like.
class Trial {
  public:
    explicit Trial(const Row& row) : row_(row) {
        host_.file("key.asc", openpgp("abc=")).file("other.asc", openpgp("xyz="));
        host_.file("text", "bytes")
            .file("template", "cores {{fact.cores}}\n")
            .file("other-template", "other\n");
        host_.file("tree/a", "1").file("tree/b/c", "2");
        auto& memory = host_.memory;
        memory.accounts.ensure_group({.name = "daemon"});
        memory.accounts.ensure_user({.name = "daemon", .group = "daemon"});
        memory.accounts.ensure_user({.name = "postgres", .group = "daemon"});
        memory.apt.add_version("curl", "7.88");
        for (const auto* version : {"1.0", "1.2", "2.0"})
            memory.apt.add_version("nginx", version);
        memory.files.put("/usr/lib/systemd/system/ready.service",
                         "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
        memory.files.put("/proc/sys/vm/max_map_count", "65530\n");
        memory.files.put("/etc/sysctl.d/README", "");
        memory.files.put("/etc/secret", "hunter2\n", {.owner = "root", .group = "root", .mode = 0600});
        const auto postgresql = std::make_shared<dray::test::FakePostgresql>();
        postgresql->roles["staff"] = {};
        if (row.type == "postgresql_database" && row.key != "template" && row.without.empty())
            postgresql->databases["staff"] = {};
        memory.processes.answer_others(
            [files = &memory.files, postgresql](const dray::host::Command& command) {
                if (command.argv.front() == "psql") return postgresql->answer(command);
                if (command.argv.front() != "check") files->put("/srv/made", "");
                return dray::host::Result{};
            });
        if (row.given) row.given(host_);
        begin_ = memory.clock.steady();
    }

    /// Whether the recipe has no mistakes with these lines; those are part of what it is like.
    bool takes(const std::string& lines) {
        host_.recipe(row_.before + "[[resource]]\ntype = \"" + row_.type + "\"\nname = \"" + row_.name +
                     "\"\n" + row_.rest + "\n" + lines + "\n");
        const auto mistakes = host_.mistakes();
        told_ += mistakes;
        return mistakes.empty();
    }

    Run converge() {
        auto run = host_.converge();
        tell(run);
        return run;
    }
    Run dry_run() { return host_.dry_run(); }

    void pass_time() {
        if (row_.meanwhile) row_.meanwhile(host_);
    }

    int changes() const { return host_.memory.changes(); }

    /// All that anybody can see of the host, of what was done to it, and of what was said.
    std::string seen() const {
        const auto& memory = host_.memory;
        std::string out = told_;
        look_below("/", out);
        for (const auto* name : {"a", "root", "daemon"}) {
            if (const auto user = memory.accounts.user(name)) {
                const auto password = memory.accounts.password(name).value_or(dray::host::PasswordStatus{});
                out += "user " + user->name + " " + std::to_string(user->uid) + " " + user->group + " " +
                       user->home + " " + user->shell + " " + user->comment + " " +
                       (password.locked ? "locked " : "") + password.expires;
                for (const auto& group : user->groups)
                    out += " +" + group;
                out += "\n";
            }
            if (const auto group = memory.accounts.group(name)) {
                out += "group " + group->name + " " + std::to_string(group->gid);
                for (const auto& member : group->members)
                    out += " " + member;
                out += "\n";
            }
        }
        for (const auto& call : memory.systemd.calls())
            out += "systemd " + call + "\n";
        for (const auto& command : memory.processes.commands()) {
            out += "run " + command.text() + " in " + command.directory.string() + " as " + command.user +
                   " for " + std::to_string(command.timeout.count()) + " < " + command.input;
            for (const auto& [name, value] : command.environment)
                out += " " + name + "=" + value;
            out += "\n";
        }
        for (const auto& one : memory.apt.applied()) {
            out +=
                std::string("apt") + (one.purge ? " purge" : "") + (one.allow_downgrade ? " downgrade" : "");
            for (const auto& [name, version] : one.install)
                out += " " + name + "=" + version;
            for (const auto& name : one.remove)
                out += " -" + name;
            for (const auto& [name, held] : one.hold)
                out += " " + name + (held ? " held" : " free");
            out += "\n";
        }
        for (const auto& [name, age] : memory.apt.expected_sources())
            out += "source " + name + " " + std::to_string(age.count()) + "\n";
        const auto& request = memory.http.request();
        out += "asked " + std::to_string(memory.http.asked().size()) + " " + request.unix_socket.string() +
               " " + request.ca_file.string() + " " + std::to_string(request.timeout.count());
        for (const auto& [name, value] : request.headers)
            out += " " + name + ": " + value;
        out += "\nconnected " + std::to_string(memory.http.endpoint().timeout.count()) + "\n";
        const auto time = memory.clock.steady() - begin_;
        return out + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) +
               " ms\n";
    }

  private:
    void look_below(const std::string& folder, std::string& out) const {
        const auto& files = host_.memory.files;
        for (const auto& name : files.list(folder)) {
            const auto path = (folder == "/" ? "" : folder) + "/" + name;
            const auto status = files.status(path);
            out +=
                path + " " + status->owner + ":" + status->group + " " + dray::host::mode_text(status->mode);
            if (status->type == dray::host::FileType::link) out += " -> " + files.read_link(path)->string();
            if (status->type == dray::host::FileType::regular) out += " " + files.read(path).value_or("");
            out += "\n";
            if (status->type == dray::host::FileType::directory) look_below(path, out);
        }
    }

    void tell(const Run& run) {
        for (const auto& step : run.steps) {
            told_ += step.resource + " " + std::string(dray::converge::outcome_text(step.outcome));
            for (const auto& change : step.changes)
                told_ += " " + change.name + " to " +
                         (change.display == dray::resources::Display::secret ? "(secret)" : change.to);
            for (const auto& text : step.actions)
                told_ += " " + text;
            for (const auto& text : step.notes)
                told_ += " " + text;
            if (step.error) told_ += " " + step.error->text();
            told_ += "\n";
        }
    }

    const Row& row_;
    Converging host_;
    std::string told_;
    std::chrono::steady_clock::time_point begin_;
};

/// What comes of a text on a fresh host that time passes over.
std::string seen_with(const Row& row, const std::string& lines) {
    Trial trial(row);
    if (!trial.takes(lines)) return trial.seen();
    trial.converge();
    trial.pass_time();
    trial.converge();
    return trial.seen();
}

}  // namespace

TEST_CASE("each key of each type makes a difference to what the host becomes, or to what is said") {
    for (const auto& row : rows()) {
        INFO(row.type, " ", row.with);
        CHECK(seen_with(row, row.without) != seen_with(row, row.with));
    }
}

TEST_CASE("a host follows each key of each type as its dry run foretells, and settles") {
    for (const auto& row : rows()) {
        INFO(row.type, " ", row.with);
        Trial trial(row);
        if (trial.takes(row.without)) {
            trial.converge();
            trial.pass_time();
            trial.converge();
        }
        REQUIRE(trial.takes(row.with));
        const auto before = trial.changes();
        const auto foretold = trial.dry_run();
        CHECK(trial.changes() == before);
        const auto done = trial.converge();
        CHECK(dray::converge::outcome_text(done.steps.back().outcome) == row.outcome);
        if (row.outcome == "failed") continue;
        if (!done.steps.back().check) CHECK(dray::test::deeds(foretold) == dray::test::deeds(done));
        const auto after = trial.changes();
        const bool runs_each_time = row.type == "execute" && row.key == "returns";
        CHECK(dray::test::outcomes(trial.converge()).ends_with(runs_each_time ? "changed" : "unchanged"));
        CHECK(trial.changes() == after);
    }
}

/// What makes a difference in a deploy alone, which has tests of its own: converge/deploy_test.cpp.
static bool is_of_deploys(const std::string& key) {
    return key == "gate_for" || key == "deploy" || key.starts_with("deploy.");
}

TEST_CASE("the rows above are those of the schemas, each key at least once") {
    std::set<std::string> expected, found;
    const auto& catalogue = dray::resources::catalogue();
    for (const auto& type : catalogue.types())
        for (const auto& key : catalogue.find(type)->keys)
            if (!is_of_deploys(key.name)) expected.insert(type + "." + key.name);
    for (const auto& row : rows()) {
        found.insert(row.type + "." + row.key);
        CHECK_MESSAGE(row.with.starts_with(row.key + " = "), row.type, ".", row.key);
    }
    for (const auto& each : expected)
        CHECK_MESSAGE(found.contains(each), each);
    for (const auto& each : found)
        CHECK_MESSAGE(expected.contains(each), each);
}

TEST_CASE("what is to be absent needs no more than its name, and what identifies it") {
    const auto& catalogue = dray::resources::catalogue();
    std::set<std::string> tried;
    for (const auto& type : catalogue.types()) {
        const auto* schema = catalogue.find(type);
        const auto* state = schema->find("state");
        if (state == nullptr || std::ranges::find(state->choices, "absent") == state->choices.end()) continue;
        tried.insert(type);
        const bool path = schema->name_kind == dray::recipe::Kind::path;
        const Row row{.type = type,
                      .key = "state",
                      .without = "",
                      .with = "",
                      .name = path               ? "/srv/gone"
                              : type == "unit"   ? "gone.service"
                              : type == "sysctl" ? "vm.gone"
                                                 : "gone",
                      .rest = type == "line"                  ? "path = \"/etc/gone\"\nmatch = \"x\""
                              : type == "postgresql_database" ? "force = true"
                                                              : ""};
        Trial trial(row);
        INFO(type);
        REQUIRE(trial.takes("state = \"absent\""));
        CHECK(dray::test::outcomes(trial.converge()) == "unchanged");
    }
    CHECK(tried.size() > 10);
}

TEST_CASE("what is to be present has to have all that makes it, also when an attribute says so") {
    for (const std::string state : {"", "state = \"present\"", "state = \"{{attribute.s}}\""}) {
        for (const auto* type : {"timer", "template", "apt_source", "apt_pin"}) {
            Converging host;
            host.recipe(std::string("[attributes]\ns = \"present\"\n[[resource]]\ntype = \"") + type +
                        "\"\nname = \"" + (type == std::string("template") ? "/etc/x" : "x") + "\"\n" +
                        state + "\n");
            INFO(type, " ", state);
            const auto mistakes = host.mistakes();
            CHECK(mistakes.find(" has no '") != std::string::npos);
            CHECK(mistakes.find("recipe.toml:") != std::string::npos);
        }
    }
}
