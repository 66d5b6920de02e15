// Plans: what a dry run announced is what a later run may do, or it is refused; and no secret is in them.
#include "converge/plan.h"

#include "converging.h"
#include "report/json.h"
#include "report/plan_json.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using dray::converge::Plan;
using dray::converge::PlanKey;
using dray::test::Converging;
using dray::test::errors;
using dray::test::file;
using dray::test::outcomes;
using dray::test::resource;
using Texts = std::vector<std::string>;

namespace {

const PlanKey plan_key(std::string(32, 'k'));

/// A host whose dry runs make plans, and whose runs keep them.
struct Planning : Converging {
    Planning() { promise.key = &plan_key; }

    Planning& recipe(const std::string& text) {
        Converging::recipe(text);
        return *this;
    }

    nlohmann::ordered_json plan_text() {
        promise.plan = nullptr;
        return dray::report::run_json(dry_run());
    }
    Plan plan() { return dray::report::plan_from_json(plan_text().dump()); }

    /// What has moved since the plan was made.
    Texts moved(const Plan& plan) {
        promise.plan = nullptr;
        return plan.moved(dray::converge::plan_of(dry_run()));
    }

    dray::converge::Run keep(const Plan& plan) {
        promise.plan = &plan;
        return converge();
    }
};

}  // namespace

TEST_CASE("a plan holds as long as nothing moves, and a run that keeps it does all of it") {
    Planning host;
    host.memory.files.put("/usr/lib/systemd/system/s.service",
                          "[Service]\n[Install]\nWantedBy=multi-user.target\n");
    host.memory.systemd.enable("s.service");
    host.memory.systemd.start("s.service");
    host.recipe(resource("service", "s.service", "restart_when_changed = \"file[/etc/a]\"") +
                file("/etc/a", "1") + file("/etc/b", "2", "only_if = { exists = \"/etc/a\" }"));
    const auto plan = host.plan();
    CHECK(host.moved(plan).empty());
    const auto run = host.keep(plan);
    CHECK(errors(run) == "");
    CHECK(outcomes(run) == "unchanged changed changed changed");
    CHECK(host.moved(plan).size() == 3);
}

TEST_CASE("what has moved since a plan was made is listed") {
    Planning host;
    const dray::host::Ownership as_wanted{.owner = "root", .group = "root", .mode = 0644};
    host.memory.files.put("/etc/b", "old", as_wanted);
    host.recipe(file("/etc/a", "1") + file("/etc/b", "2") + file("/etc/c", "3"));
    const auto plan = host.plan();
    host.recipe(file("/etc/a", "other") + file("/etc/b", "2") + file("/etc/d", "3"));
    host.memory.files.put("/etc/b", "by hand", as_wanted);
    CHECK(host.moved(plan) == Texts{"file[/etc/a] would change content to another value now",
                                    "file[/etc/b] has another content now",
                                    "file[/etc/c] is in the plan, and not in the recipes",
                                    "file[/etc/d] is in the recipes, and not in the plan"});
    host.recipe(file("/etc/b", "2") + file("/etc/a", "1") + file("/etc/c", "3"));
    host.memory.files.put("/etc/b", "old", as_wanted);
    CHECK(host.moved(plan) == Texts{"the resources stand in another order now"});
    host.memory.files.put("/etc/c", "3", as_wanted);
    CHECK(host.moved(plan) ==
          Texts{"file[/etc/c] was changed (type, owner, group, mode, content) in the plan, "
                "and is unchanged now"});
}

TEST_CASE("short values that are no secrets are told") {
    Planning host;
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0600});
    const auto plan = host.recipe(file("/etc/a", "1")).plan();
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0640});
    CHECK(host.moved(plan) == Texts{"file[/etc/a] has mode 0640 now, which was 0600"});
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0600});
    host.recipe(file("/etc/a", "1", "mode = \"0444\""));
    CHECK(host.moved(plan) == Texts{"file[/etc/a] would change mode to 0444 now, and not to 0644"});
}

TEST_CASE("another candidate is a move, and a run that is held to the plan does not install it") {
    Planning host;
    host.memory.apt.add_version("nginx", "1.0");
    const auto plan = host.recipe(resource("package", "nginx")).plan();
    host.memory.apt.add_version("nginx", "1.1");
    CHECK(host.moved(plan) == Texts{"package[nginx] would change version to 1.1 now, and not to 1.0"});
    const auto run = host.keep(plan);
    CHECK(outcomes(run) == "failed");
    CHECK(errors(run).find("the plan does not have this change of version") != std::string::npos);
    CHECK(host.memory.apt.installed("nginx") == "");
}

TEST_CASE("what else apt would change is in the plan, and a run that is held to it changes nothing besides") {
    Planning host;
    host.memory.apt.add_version("apache", "1");
    host.memory.apt.put_installed("lighttpd", "1");
    host.recipe(resource("package", "apache", "may_remove = [\"lighttpd\"]"));
    const auto plan = host.plan();
    CHECK(host.moved(plan).empty());
    CHECK(plan.packages() == std::vector<dray::host::AptChange>{{"apache", "", "1"}});
    host.memory.apt.add_conflict("apache", "lighttpd");
    CHECK(host.moved(plan) == Texts{"package[apache] would have apt also remove lighttpd 1 now"});
    CHECK(host.plan().moved(plan) == Texts{"package[apache] would not have apt remove lighttpd 1 any more"});
    // Had it come about after the comparison:
    const auto run = host.keep(plan);
    CHECK(errors(run).find("apt would also remove lighttpd 1, which the plan does not have") !=
          std::string::npos);
    CHECK(host.memory.apt.installed("lighttpd") == "1");
    CHECK(host.memory.apt.applied().empty());
    CHECK(outcomes(host.keep(host.plan())) == "changed");
    CHECK(host.memory.apt.installed("lighttpd").empty());
}

TEST_CASE("an interrupted dpkg and a guard that answers otherwise are moves, too") {
    Planning host;
    host.recipe(file("/etc/a", "1", "not_if = { installed = \"x\" }"));
    const auto plan = host.plan();
    host.memory.apt.interrupt({"configured nginx"});
    CHECK(host.moved(plan) == Texts{"an interrupted dpkg would be finished first now"});
    host.memory.apt.interrupt({});
    host.memory.apt.put_installed("x", "1");
    CHECK(host.moved(plan).size() == 1);
}

TEST_CASE("a run that is held to a plan leaves alone what the plan does not have") {
    Planning host;
    host.recipe(file("/etc/a", "1") + file("/etc/b", "2") +
                resource("execute", "e", "command = [\"e\"]\nwhen_changed = \"file[/etc/b]\""));
    host.memory.files.put("/etc/b", "2", {.owner = "root", .group = "root", .mode = 0644});
    const auto plan = host.plan();
    host.memory.files.put("/etc/b", "by hand", {.owner = "root", .group = "root", .mode = 0600});
    const auto run = host.keep(plan);
    CHECK(outcomes(run) == "changed failed blocked");
    CHECK(errors(run).find("cannot converge file[/etc/b]: it is left alone: the plan does not have this "
                           "change of mode, this change of content") != std::string::npos);
    CHECK(host.memory.files.read("/etc/b") == "by hand");
    CHECK(run.exit_code(false) == 1);
}

TEST_CASE("an owed action that the plan does not have is not done, and stays owed") {
    Planning host;
    host.memory.processes.answer("e");
    host.recipe(resource("execute", "e", "command = [\"e\"]\nwhen_changed = \"file[/etc/a]\"") +
                file("/etc/a", "1"));
    host.memory.files.put("/etc/a", "1", {.owner = "root", .group = "root", .mode = 0644});
    const auto plan = host.plan();
    host.memory.files.put("/var/lib/dray/intents.json",
                          R"([{"target": "execute[e]", "action": "run", "source": "file[/etc/a]"}])");
    const auto run = host.keep(plan);
    CHECK(outcomes(run) == "failed unchanged");
    CHECK(errors(run).find("the plan does not have a run") != std::string::npos);
    CHECK(run.still_owed.size() == 1);
    CHECK(host.memory.processes.commands().empty());
}

TEST_CASE("what the plan has left open may turn out either way") {
    Planning host;
    host.memory.apt.add_version("nginx", "1.0");
    host.memory.apt.on_apply([&](const auto&) {
        host.memory.files.put("/usr/lib/systemd/system/nginx.service",
                              "[Service]\n[Install]\nWantedBy=multi-user.target\n");
        host.memory.files.put("/etc/nginx/conf.d/site", "packaged");
    });
    host.recipe(resource("package", "nginx") + file("/etc/nginx/conf.d/site", "1") +
                resource("service", "nginx.service"));
    const auto plan = host.plan();
    const auto run = host.keep(plan);
    CHECK(errors(run) == "");
    CHECK(outcomes(run) == "changed changed changed");
}

TEST_CASE("a plan has no secret in it, and still knows when one has changed") {
    Planning host;
    const auto secret = [](const std::string& word) {
        return file("/etc/x", word, "sensitive = true\nmode = \"0600\"");
    };
    const auto first = host.recipe(secret("hunter2")).plan_text();
    CHECK(first.dump().find("hunter") == std::string::npos);
    CHECK(first["resources"][0]["changes"].back()["to"] == "(sensitive)");
    const auto hash = first["resources"][0]["hashes"].back();
    CHECK(hash["name"] == "content");
    CHECK(hash["to"].get<std::string>().size() == 64);
    const auto second = host.recipe(secret("hunter3")).plan_text();
    CHECK(second["resources"][0]["hashes"].back()["to"] != hash["to"]);
    const auto plan = dray::report::plan_from_json(first.dump());
    CHECK(host.moved(plan) == Texts{"file[/etc/x] would change content to another value now"});
}

TEST_CASE("a plan tells nothing of its values to who has no key") {
    const PlanKey other(std::string(32, 'o'));
    CHECK(plan_key.hash("x") != other.hash("x"));
    CHECK(plan_key.name() != other.name());
    CHECK(plan_key.name().size() == 16);
}

TEST_CASE("a host makes its key once, for root alone, and another one for a damaged one") {
    dray::host::MemoryHost memory;
    const auto make = [&] { return PlanKey::read_or_make(memory.files, "/var/lib/dray").name(); };
    memory.files.make_directory("/var/lib/dray", {.owner = {}, .group = {}, .mode = 0700}, true);
    CHECK(!PlanKey::read(memory.files, "/var/lib/dray"));
    const auto first = make();
    CHECK(make() == first);
    CHECK(PlanKey::read(memory.files, "/var/lib/dray")->name() == first);
    CHECK(memory.files.status("/var/lib/dray/plan.key")->mode == 0600);
    memory.files.put("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    CHECK(make() != first);  // a clone, which has the file as well
    memory.files.put("/var/lib/dray/plan.key", "short");
    CHECK(!PlanKey::read(memory.files, "/var/lib/dray"));
    CHECK(make() != first);
}

TEST_CASE("a machine ID that is a link elsewhere is no reason to have no key") {
    dray::host::MemoryHost memory;
    memory.files.make_directory("/var/lib/dray", {.owner = {}, .group = {}, .mode = 0700}, true);
    memory.files.make_directory("/etc", {.owner = {}, .group = {}, .mode = 0755}, true);
    memory.files.make_link("/etc/machine-id", "/run/machine-id");
    CHECK(PlanKey::read_or_make(memory.files, "/var/lib/dray").name().size() == 16);
}

TEST_CASE("without a key a dry run has no hashes, and its plan says so") {
    Converging host;
    const auto plan = dray::report::run_json(host.recipe(file("/etc/x", "1")).dry_run());
    CHECK(plan["plan"]["key"].is_null());
    CHECK(!plan["resources"][0].contains("hashes"));
    CHECK(dray::report::plan_from_json(plan.dump()).key == "");
}

TEST_CASE("what is no plan is refused") {
    Planning host;
    const auto plan = host.recipe(file("/etc/x", "1")).plan_text();
    auto newer = plan;
    newer["plan"]["format"] = dray::report::plan_format + 1;
    auto older = plan;
    older["plan"]["format"] = 1;
    auto broken = plan;
    broken["resources"][0]["hashes"][0].erase("to");
    auto fewer = plan;
    fewer["resources"][0]["hashes"].erase(0);
    host.promise.plan = nullptr;
    const auto real = dray::report::run_json(host.converge());
    for (const auto& text :
         {std::string("{"), std::string("[]"), std::string("{}"), std::string("{\"plan\": 1}"), newer.dump(),
          older.dump(), broken.dump(), fewer.dump(), real.dump(), std::string(5000, '[')})
        CHECK_THROWS_AS(dray::report::plan_from_json(text), dray::Error);
}

TEST_CASE("a plan whose names were put elsewhere is a move, and no fault") {
    Planning host;
    auto text = host.recipe(file("/etc/x", "1")).plan_text();
    auto& step = text["resources"][0];
    step["actions"] = nlohmann::json::array({step["hashes"].back()["name"]});
    step["hashes"].erase(step["hashes"].size() - 1);
    step["changes"].erase(step["changes"].size() - 1);
    CHECK(host.moved(dray::report::plan_from_json(text.dump())).size() == 1);
}
