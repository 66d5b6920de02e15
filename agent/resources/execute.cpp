// The resource type `execute`.
#include "resources/execute.h"

namespace dray::resources {

using recipe::Kind;

const recipe::Schema Execute::schema{
    .type = "execute",
    .group = recipe::Group::services,
    .summary =
        "A command, run without a shell: at each converge, or only when `creates` is missing, a guard holds, "
        "or something changed.",
    .source = "execve(2)",
    .name_doc = "a name of your choice",
    .name_kind = Kind::text,
    .keys = {{.name = "command",
              .kind = Kind::command,
              .doc =
                  "The program, by absolute path or looked for in the system's folders, and its arguments.",
              .required = true},
             {.name = "creates",
              .kind = Kind::path,
              .doc = "Run only while nothing is at this path; the command has to make it."},
             {.name = "when_changed",
              .kind = Kind::references,
              .doc = "Run only when one of these changed, and until it has succeeded once after.",
              .action = "run"},
             {.name = "cwd", .kind = Kind::path, .doc = "Working folder.", .fallback = "/"},
             {.name = "user",
              .kind = Kind::text,
              .doc = "Run as this user, with its groups; root when not given."},
             {.name = "environment",
              .kind = Kind::environment,
              .doc = "Variables added to a small clean environment.",
              .secret = true},
             {.name = "timeout",
              .kind = Kind::duration,
              .doc = "Then it is killed, with its children.",
              .fallback = "10m"}},
    .example = R"([[resource]]
type = "execute"
name = "migrate the database"
command = ["/opt/warehouse/bin/warehouse", "db", "upgrade", "head"]
user = "warehouse"
when_changed = "package[warehouse]"
)"};

Execute::Execute(const recipe::Properties& properties)
    : creates_(properties.text_or_empty("creates")),
      only_when_changed_(properties.has("when_changed") && creates_.empty()) {
    command_.argv = properties.texts("command");
    command_.directory = properties.text("cwd");
    command_.user = properties.text_or_empty("user");
    command_.timeout = properties.duration("timeout");
    if (!creates_.empty()) command_.makes = {creates_};
    for (const auto& [name, value] : properties.table("environment"))
        command_.environment[name] = *value.text();
}

State Execute::inspect(const host::Host& host) const {
    const bool done = only_when_changed_ || has_run_ || (!creates_.empty() && host.files().exists(creates_));
    return {{"command", done ? command_.text() : "not run"}};
}

State Execute::wanted(const host::Host&) const {
    return {{"command", command_.text()}};
}

void Execute::apply(host::Host& host, const State&, const Progress& progress) {
    act(host, "run", progress);
    if (!creates_.empty() && !host.files().exists(creates_))
        throw Error("command " + command_.text() + " succeeded", "but it did not create " + creates_,
                    "correct the command, or its 'creates'");
}

std::vector<std::string> Execute::actions(const std::set<std::string>& owed,
                                          const std::vector<Change>& changes) const {
    if (!changes.empty()) return {};
    return {owed.begin(), owed.end()};
}

void Execute::act(host::Host& host, const std::string&, const Progress& progress) {
    host::Command command = command_;
    std::string pending;
    command.on_output = [&](std::string_view piece) {
        pending += piece;
        for (auto end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
            progress(pending.substr(0, end));
            pending.erase(0, end + 1);
        }
    };
    host.processes().check(command, "command failed: " + command.text());
    if (!pending.empty()) progress(pending);
    has_run_ = true;
}

}  // namespace dray::resources
