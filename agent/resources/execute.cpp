// The resource type `execute`.
#include "resources/execute.h"

#include "host/output_lines.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::resources {

using recipe::Kind;

namespace {

constexpr std::int64_t largest_exit_code = 255;  // wait(2): eight bits

Error bad_setting(const recipe::Properties& properties, std::string_view key, std::string cause,
                  std::string hint) {
    return Error(fmt::format("bad value for '{}' of execute[{}]", key, properties.name()), std::move(cause),
                 std::move(hint));
}

/// The program with its arguments, or the shell with its text.
std::vector<std::string> argv_of(const recipe::Properties& properties) {
    const bool shell = properties.truth("shell");
    if (!properties.is_text("command")) {
        if (shell)
            throw bad_setting(properties, "command", "it is a list, and the shell reads one text",
                              "write one text, or remove 'shell'");
        return properties.texts("command");
    }
    if (!shell)
        throw bad_setting(properties, "command", "it is a text, and no shell is asked to read it",
                          "write a list of texts, such as [\"/bin/true\"], or shell = true beside it");
    if (properties.text("command").find_first_not_of(" \t\n") == std::string::npos)
        throw bad_setting(properties, "command", "it is empty", "write what the shell is to do");
    return {"/bin/sh", "-c", properties.text("command")};
}

std::vector<int> exit_codes(const recipe::Properties& properties) {
    std::vector<int> codes;
    for (const auto code : properties.integers("returns")) {
        if (code < 0 || code > largest_exit_code)
            throw bad_setting(properties, "returns", fmt::format("{} is no exit code", code),
                              fmt::format("write numbers from 0 to {}", largest_exit_code));
        codes.push_back(static_cast<int>(code));
    }
    return codes;
}

/// The command as one line for messages: of a text for the shell its first line that says something.
std::string shown(const recipe::Properties& properties, const host::Command& command) {
    if (!properties.is_text("command")) return command.text();
    const auto& text = properties.text("command");
    const auto begin = text.find_first_not_of(" \t\n");
    const auto end = text.find('\n', begin);
    const bool more = end != std::string::npos && text.find_first_not_of(" \t\n", end) != std::string::npos;
    return text.substr(begin, end == std::string::npos ? end : end - begin) + (more ? " …" : "");
}

}  // namespace

const recipe::Schema Execute::schema{
    .type = "execute",
    .group = recipe::Group::services,
    .summary =
        "A command, run without a shell unless one is asked for: at each converge, or only when `creates` is "
        "missing, a guard holds, or something changed.",
    .source = "execve(2), sh(1)",
    .name_doc = "a name of your choice",
    .name_kind = Kind::text,
    .keys = {{.name = "command",
              .kind = Kind::script,
              .doc =
                  "The program, by absolute path or looked for in the system's folders, and its arguments; "
                  "with `shell` one text.",
              .required = true},
             {.name = "shell",
              .kind = Kind::boolean,
              .doc = "Give the command, a text then, to /bin/sh -c. Attributes stand in that text as they "
                     "are: pass what may hold spaces or quotes by `environment`, and write \"$NAME\".",
              .fallback = false},
             {.name = "input",
              .kind = Kind::text,
              .doc = "What the command reads from its standard input; never shown. Nothing when not given.",
              .secret = true},
             {.name = "returns",
              .kind = Kind::integers,
              .doc = "The exit codes that are a success.",
              .fallback = Value(Value::List{0})},
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

[[resource]]
type = "execute"
name = "import the countries"
command = "gunzip --stdout countries.sql.gz | psql --quiet warehouse && touch imported"
shell = true
user = "warehouse"
cwd = "/var/lib/warehouse"
creates = "/var/lib/warehouse/imported"
)"};

Execute::Execute(const recipe::Properties& properties)
    : creates_(properties.text_or_empty("creates")),
      only_when_changed_(properties.has("when_changed") && creates_.empty()) {
    command_.argv = argv_of(properties);
    command_.input = properties.text_or_empty("input");
    command_.success = exit_codes(properties);
    shown_ = shown(properties, command_);
    command_.directory = properties.text("cwd");
    command_.user = properties.text_or_empty("user");
    command_.timeout = properties.duration("timeout");
    if (!creates_.empty()) command_.makes = {creates_};
    for (const auto& [name, value] : properties.table("environment"))
        command_.environment[name] = *value.text();
}

State Execute::inspect(const host::Host& host) const {
    const bool done = only_when_changed_ || has_run_ || (!creates_.empty() && host.files().exists(creates_));
    return {{"command", done ? shown_ : "not run"}};
}

State Execute::wanted(const host::Host&) const {
    return {{"command", shown_}};
}

void Execute::apply(host::Host& host, const State&, const Progress& progress) {
    act(host, "run", progress);
    if (!creates_.empty() && !host.files().exists(creates_))
        throw Error("command " + shown_ + " succeeded", "but it did not create " + creates_,
                    "correct the command, or its 'creates'");
}

std::vector<std::string> Execute::actions(const std::set<std::string>& owed,
                                          const std::vector<Change>& changes) const {
    if (!changes.empty()) return {};
    return {owed.begin(), owed.end()};
}

void Execute::act(host::Host& host, const std::string&, const Progress& progress) {
    host::Command command = command_;
    host::OutputLines lines(progress);
    command.on_output = [&lines](std::string_view piece) { lines.add(piece); };
    host.processes().check(command, "command failed: " + shown_);
    lines.finish();
    has_run_ = true;
}

}  // namespace dray::resources
