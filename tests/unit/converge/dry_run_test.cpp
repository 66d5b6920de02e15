// Dry runs: later resources see what earlier ones would have made, what nobody can know is said, and nothing
// is changed.
#include "converge/engine.h"
#include "converging.h"
#include "report/terminal.h"

#include <doctest/doctest.h>

using dray::test::Converging;
using dray::test::deeds;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;
using Texts = std::vector<std::string>;

namespace {

const std::string unit_text =
    "content = \"[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n\"";

/// What a dry run says, a line per resource.
std::string lines(const dray::converge::Run& run) {
    std::string text;
    for (const auto& step : run.steps)
        text += dray::report::step_line(run, step) + "\n";
    return text;
}

/// A host on which the package nginx can be installed, which brings a unit, a folder and a user.
struct WithNginx : Converging {
    WithNginx() {
        memory.apt.add_version("nginx", "1.0");
        memory.apt.on_apply([this](const auto&) {
            memory.files.put("/usr/lib/systemd/system/nginx.service",
                             "[Service]\n[Install]\nWantedBy=multi-user.target\n");
            memory.files.make_directory("/etc/nginx/conf.d", {.owner = {}, .group = {}, .mode = 0755}, true);
            memory.accounts.ensure_user({.name = "nginx", .system = true});
        });
    }
};

}  // namespace

TEST_CASE("a dry run sees what earlier resources would have made") {
    Converging host;
    host.memory.files.put("/usr/lib/systemd/system/old.service",
                          "[Service]\n[Install]\nWantedBy=multi-user.target\n");
    host.recipe(resource("group", "app") + resource("user", "app", "group = \"app\"") +
                resource("directory", "/srv/app", "owner = \"app\"\ngroup = \"app\"") +
                resource("file", "/srv/app/f", "content = \"1\"\nowner = \"app\"") +
                resource("unit", "app.service", unit_text) + resource("service", "app.service") +
                resource("service", "old.service", "restart_when_changed = \"file[/srv/app/f]\""));
    const auto before = host.memory.changes();
    const auto foretold = host.dry_run();
    CHECK(host.memory.changes() == before);
    CHECK(host.memory.systemd.calls().empty());
    CHECK(outcomes(foretold) == "changed changed changed changed changed changed changed");
    CHECK(deeds(foretold) == deeds(host.converge()));
}

TEST_CASE("of what a package brings nothing is guessed and nothing fails") {
    WithNginx host;
    host.recipe(
        resource("package", "nginx") +
        resource("file", "/etc/nginx/conf.d/site", "content = \"1\"\nowner = \"nginx\"") +
        resource("service", "nginx.service", "reload_when_changed = \"file[/etc/nginx/conf.d/site]\"") +
        resource("user", "nginx", "shell = \"/bin/false\"") + resource("file", "/etc/a", "content = \"\""));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "changed conditional unknown conditional changed");
    CHECK(lines(run) ==
          "package[nginx] would change: version absent → 1.0\n"
          "file[/etc/nginx/conf.d/site] would change: type absent → file, owner (none) → nginx, "
          "group (none) → root, mode (none) → 0644, content, unknown until package[nginx]: whether there is "
          "/etc/nginx/conf.d and whether there is a user nginx\n"
          "service[nginx.service] is unknown until package[nginx]: whether there is a unit nginx.service\n"
          "user[nginx] would change: state absent → present, shell (none) → /bin/false, unknown until "
          "package[nginx]: whether there is a user nginx and whether there is a group nginx\n"
          "file[/etc/a] would change: type absent → file, owner (none) → root, group (none) → root, mode "
          "(none) → 0644, content\n");
    CHECK(run.steps.at(2).until == Texts{"package[nginx]"});
    CHECK(run.exit_code(false) == 0);
    CHECK(errors(host.converge()) == "");
}

TEST_CASE("of what a command does nothing is guessed") {
    Converging host;
    host.memory.processes.answer("unpack");
    host.recipe(resource("execute", "unpack", "command = [\"unpack\"]\ncreates = \"/opt/app\"") +
                resource("file", "/opt/app/conf", "content = \"1\"") +
                resource("file", "/srv/unpacked/conf", "content = \"1\"") +
                resource("service", "app.service") +
                resource("execute", "second", "command = [\"unpack\"]\ncreates = \"/opt/app\""));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "changed conditional conditional unknown unchanged");
    CHECK(run.steps.at(1).reason == "unknown until execute[unpack]: what /opt/app is like");
    CHECK(run.steps.at(2).reason == "unknown until execute[unpack]: whether there is /srv/unpacked");
    CHECK(run.steps.at(3).reason == "unknown until execute[unpack]: whether there is a unit app.service");
    CHECK(host.memory.processes.commands().empty());
}

TEST_CASE("what nobody would bring fails in a dry run as it would in a run") {
    Converging host;
    host.recipe(resource("file", "/srv/none/f", "content = \"1\"") +
                resource("file", "/etc/f", "content = \"1\"\nowner = \"nobody-here\"") +
                resource("service", "none.service") +
                resource("execute", "e", "command = [\"e\"]\nwhen_changed = \"file[/etc/f]\""));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "failed failed failed blocked");
    CHECK(run.exit_code(false) == 1);
    CHECK(errors(run) == errors(host.converge()));
}

TEST_CASE("what waits for something unknown is conditional") {
    WithNginx host;
    host.recipe(resource("package", "nginx") + resource("service", "nginx.service") +
                resource("execute", "e", "command = [\"e\"]\nwhen_changed = \"service[nginx.service]\"") +
                resource("execute", "f", "command = [\"e\"]\nwhen_changed = \"package[nginx]\""));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "changed unknown conditional changed");
    CHECK(run.steps.at(2).reason == "if service[nginx.service] changes");
}

TEST_CASE("a check that answers well now is unknown once its service would be restarted") {
    Converging host;
    const std::string url = "http://127.0.0.1/";
    host.memory.http.answer(url, {200, ""});
    host.memory.files.put("/usr/lib/systemd/system/s.service",
                          "[Service]\n[Install]\nWantedBy=multi-user.target\n");
    host.recipe(resource("http_check", url));
    CHECK(outcomes(host.dry_run()) == "unchanged");
    host.recipe(resource("service", "s.service") + resource("http_check", url));
    const auto run = host.dry_run();
    CHECK(outcomes(run) == "changed unknown");
    CHECK(run.steps.at(1).reason == "unknown until service[s.service]: what the server answers");
}
