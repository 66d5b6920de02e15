// A service in memory whose releases behave as a test says: what the tests of deploys converge.
#pragma once

#include "converging.h"
#include "debian_version.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

namespace dray::test {

/// A host with package web, its configuration, its unit, and a health check as gate. What answers is the
/// version and the configuration that were there when w.service was started last.
class Deploying {
  public:
    /// How a release behaves once it runs.
    enum class Behaviour {
        good,
        answers_500,
        answers_old_version,
        flaps,
        cannot_migrate,
        cannot_start,
        dies
    };

    Converging host;
    bool database = true;  ///< without it no release is well
    int migrations = 0;    ///< that have succeeded
    std::string gates =
        "migrate = [\"/opt/w/bin/migrate\"]\nstable_for = \"3s\"\n";  ///< of [resource.deploy]

    Deploying() {
        auto& memory = host.memory;
        memory.systemd.on_transient([this](const host::TransientUnit& unit) {
            if (unit.argv.front() != "/opt/w/bin/migrate") return true;
            if (behaviour(installed()) == Behaviour::cannot_migrate || !database) return false;
            ++migrations;
            return true;
        });
        memory.systemd.on_start([this](const std::string& unit) {
            if (unit != "w.service") return;
            running = version_in(tree_of_service());
            configuration = host.memory.files.read("/etc/w.conf").value_or("");
            if (behaviour(running) == Behaviour::cannot_start) host.memory.systemd.crash(unit, false);
        });
        memory.http.play(url, [this] { return answer(); });
        memory.files.make_directory("/opt/web", {.mode = 0755});
        memory.processes.answer_others([this](const host::Command& command) { return run(command); });
        configure("good");
    }

    void release(const std::string& version, Behaviour behaviour = Behaviour::good, std::string floor = "",
                 std::string depends = "") {
        releases_[version] = behaviour;
        host::MemoryDeb deb{.depends = std::move(depends)};
        if (!floor.empty()) deb.fields["Dray-Schema-Floor"] = floor;
        host.memory.apt.add_version("web", version, deb);
    }
    /// What the recipe wants in /etc/w.conf; with "bad" in it no release is well.
    void configure(const std::string& text) {
        host.recipe("[[resource]]\ntype = \"file\"\nname = \"/etc/w.conf\"\ncontent = \"" + text +
                    "\"\n[[resource]]\ntype = \"package\"\nname = \"web\"\n[resource.deploy]\n" + gates +
                    "[[resource]]\ntype = \"unit\"\nname = \"w.service\"\ncontent = \"[Service]\\n"
                    "ExecStart=/opt/w/bin/w\\n[Install]\\nWantedBy=multi-user.target\\n\"\n"
                    "[[resource]]\ntype = \"service\"\nname = \"w.service\"\nrestart_when_changed = ["
                    "\"package[web]\", \"file[/etc/w.conf]\", \"unit[w.service]\"]\n"
                    "[[resource]]\ntype = \"http_check\"\nname = \"" +
                    url +
                    "\"\njson = { version = \"{{package.web.release}}\" }\nwithin = \"5s\"\n"
                    "gate_for = \"package[web]\"\n");
    }

    converge::Run converge() { return host.converge(); }
    std::string installed() { return host.memory.apt.installed("web"); }
    /// What the service says of itself now: a version, or what is wrong.
    std::string served() {
        try {
            const auto response = answer();
            return response.status == 200 ? running : "status " + std::to_string(response.status);
        } catch (const Error& error) {
            return error.parts().cause;
        }
    }

    /// The folder that w.service sees at /opt/web when it is started next.
    std::string tree_of_service() {
        const auto text =
            host.memory.files.read("/etc/systemd/system/w.service.d/dray-tree.conf").value_or("");
        const std::string key = "BindReadOnlyPaths=";
        const auto begin = text.find(key);
        if (begin == text.npos) return "/opt/web";
        return text.substr(begin + key.size(), text.find(':', begin) - begin - key.size());
    }
    /// The names in /opt/.dray/web: copies, and the link.
    std::vector<std::string> copies() {
        return host.memory.files.exists(copies_folder) ? host.memory.files.list(copies_folder)
                                                       : std::vector<std::string>();
    }

    static constexpr auto copies_folder = "/opt/.dray/web";
    static constexpr auto url = "http://127.0.0.1:9000/_health";
    std::string running;        ///< the version of the running process
    std::string configuration;  ///< that it has read

  private:
    /// The version whose files are in a folder: dpkg's, or a copy that has its version in a file.
    std::string version_in(const std::string& folder) {
        return folder == "/opt/web" ? installed()
                                    : host.memory.files.read(folder + "/version").value_or("nothing");
    }
    /// Copies and removes folders.
    host::Result run(const host::Command& command) {
        auto& files = host.memory.files;
        const auto& last = command.argv.back();
        if (command.argv.front() == "cp") {
            files.make_directory(last, {.mode = 0755});
            files.write(last + "/version", installed(), {});
        } else if (command.argv.front() == "rm") {
            files.remove(last + "/version");
            files.remove(last);
        } else if (command.argv.front() != "sync") {
            return {.exit_code = 1};  // the package has no md5sums
        }
        return {};
    }
    Behaviour behaviour(const std::string& version) {
        const auto found = releases_.find(version);
        return found != releases_.end() ? found->second : Behaviour::good;
    }

    host::HttpResponse answer() {
        if (host.memory.systemd.status_now("w.service").active_state != "active")
            throw Error("cannot get it", "connection refused");
        auto how = behaviour(running);
        if (how == Behaviour::dies) {
            host.memory.systemd.crash("w.service", false);
            throw Error("cannot get it", "connection reset");
        }
        if (how == Behaviour::flaps) how = ++asked_ % 2 == 0 ? Behaviour::answers_500 : Behaviour::good;
        if (!database || how == Behaviour::answers_500 || configuration.find("bad") != std::string::npos)
            return {.status = 500, .body = "down"};
        // A service knows its release, and nothing of the target that its package was built for.
        const auto said = how == Behaviour::answers_old_version ? std::string("0.0.1")
                                                                : std::string(without_target(running));
        return {.status = 200, .body = "{\"version\": \"" + said + "\"}"};
    }

    std::map<std::string, Behaviour> releases_;
    int asked_ = 0;
};

/// The states that the only deploy of a run went through, and its end: "planned drained … : committed".
inline std::string chain(const converge::Run& run) {
    std::string text;
    for (const auto& deploy : run.deploys) {
        for (const auto& passage : deploy.passages)
            text += std::string(converge::state_text(passage.state)) + ", ";
        text += std::string(converge::end_text(deploy.end));
    }
    return text;
}

/// A host that runs release 1.1 and has committed it.
inline void run_first(Deploying& world) {
    world.release("1.1");
    const auto run = world.converge();
    REQUIRE_MESSAGE(run.exit_code(false) == 0, errors(run));
    REQUIRE(world.served() == "1.1");
}

/// The chain of a deploy that is good from its beginning to its end.
inline const std::string upgraded =
    "planned, downloaded, drained, unpacked, migrated, started, verified, committed, committed";

/// A SIGKILL of the agent: nothing of dray's own catches it.
struct Killed {};

/// A converge that is killed before the change of that name; of several the one of that number.
inline void kill_before(Deploying& world, const std::string& instant, int number = 1) {
    world.host.memory.instants.on_each([&](const std::string& what) {
        if (what == instant && --number == 0) throw Killed{};
    });
    CHECK_THROWS_AS(world.converge(), Killed);
    world.host.memory.instants.on_each({});
}

}  // namespace dray::test
