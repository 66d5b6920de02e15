// The guards of a resource.
#include "recipe/guard.h"

#include "recipe/path_text.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace dray::recipe {
namespace {

using GuardKind = Guard::Kind;

constexpr auto usage =
    "write a command as a list of texts, or one of { exists = \"/path\" }, { contains = { path = \"/path\", "
    "text = \"…\" } }, { installed = \"package\" }, { running = \"unit.service\" }, { command = […], "
    "read_only = true }";

bool is_table(const Value& value) {
    return value.table() != nullptr;
}

/// Reads the conditions of one key.
class GuardReader {
  public:
    GuardReader(bool wanted, const GuardReading& reading) : wanted_(wanted), reading_(reading) {}

    std::vector<Guard> run(const Value& written) {
        if (is_table(written)) {
            table(*written.table());
        } else if (written.list() != nullptr && !written.list()->empty() &&
                   std::ranges::all_of(*written.list(), is_table)) {
            for (const auto& each : *written.list())
                table(*each.table());
        } else {
            Guard guard;
            if (command(written, guard)) add(std::move(guard));
        }
        return std::move(guards_);
    }

  private:
    void problem(std::string cause, std::string hint) const {
        reading_.problem(std::move(cause), std::move(hint));
    }

    void add(Guard guard) {
        guard.wanted = wanted_;
        guards_.push_back(std::move(guard));
    }

    std::optional<std::string> text(const Value& written, std::string_view key) const {
        if (written.text() == nullptr) {
            problem(fmt::format("'{}' is {}", key, written.kind()), "write a text");
            return std::nullopt;
        }
        auto rendered = reading_.render(*written.text());
        if (!rendered.empty()) return rendered;
        problem(fmt::format("'{}' is empty", key), "write a text, or leave out the guard");
        return std::nullopt;
    }

    bool path(const Value& written, std::string_view key, Guard& guard) const {
        auto rendered = text(written, key);
        if (!rendered) return false;
        if (!is_clean_path(*rendered)) {
            problem(fmt::format("'{}' of '{}' is not an absolute path without '..', '//' or a final '/'",
                                *rendered, key),
                    "write it from the root on, such as /etc/warehouse");
            return false;
        }
        guard.object = std::move(*rendered);
        return true;
    }

    bool command(const Value& written, Guard& guard) const {
        const auto* list = written.list();
        const bool texts = list != nullptr && std::ranges::all_of(*list, [](const Value& item) {
                               return item.text() != nullptr;
                           });
        if (!texts) {
            problem(list != nullptr ? "its entries are neither all texts nor all tables"
                                    : fmt::format("it is {}", written.kind()),
                    usage);
            return false;
        }
        for (const auto& word : *list)
            guard.command.push_back(reading_.render(*word.text()));
        if (!guard.command.empty() && !guard.command.front().empty()) return true;
        problem("the command is empty", usage);
        return false;
    }

    bool contains(const Value& written, Guard& guard) const {
        static const std::vector<std::string> keys = {"path", "text"};
        if (!is_table(written)) {
            problem(fmt::format("'contains' is {}", written.kind()),
                    "write { contains = { path = \"/path\", text = \"…\" } }");
            return false;
        }
        bool good = true;
        for (const auto& key : keys) {
            if (written.table()->contains(key)) continue;
            problem("'contains' has no '" + key + "'",
                    "write { contains = { path = \"/path\", text = \"…\" } }");
            good = false;
        }
        for (const auto& [key, value] : *written.table()) {
            if (key == "path") {
                good &= path(value, "path", guard);
            } else if (key == "text") {
                auto rendered = text(value, key);
                good &= rendered.has_value();
                guard.text = std::move(rendered).value_or("");
            } else {
                problem("unknown key '" + key + "' in 'contains'", did_you_mean(key, keys));
                good = false;
            }
        }
        return good;
    }

    bool installed(const Value& written, Guard& guard) const {
        auto name = text(written, "installed");
        if (!name) return false;
        if (name->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") != std::string::npos) {
            problem("'" + *name + "' is no Debian package name", "see Debian Policy 5.6.1");
            return false;
        }
        guard.object = std::move(*name);
        return true;
    }

    bool running(const Value& written, Guard& guard) const {
        auto unit = text(written, "running");
        if (!unit) return false;
        if (unit->find('.') == std::string::npos || unit->find('/') != std::string::npos) {
            problem("'" + *unit + "' is no unit name with a suffix", "write " + *unit + ".service");
            return false;
        }
        guard.object = std::move(*unit);
        return true;
    }

    void table(const Value::Table& written) {
        static const std::vector<std::string> keys = {"command",   "exists",  "contains",
                                                      "installed", "running", "read_only"};
        Guard guard;
        int conditions = 0;
        bool good = true;
        for (const auto& [key, value] : written) {
            if (key == "read_only") {
                good &= read_only(value, written.contains("command"), guard);
                continue;
            }
            ++conditions;
            if (key == "command") {
                guard.kind = GuardKind::command;
                good &= command(value, guard);
            } else if (key == "exists") {
                guard.kind = GuardKind::exists;
                good &= path(value, key, guard);
            } else if (key == "contains") {
                guard.kind = GuardKind::contains;
                good &= contains(value, guard);
            } else if (key == "installed") {
                guard.kind = GuardKind::installed;
                good &= installed(value, guard);
            } else if (key == "running") {
                guard.kind = GuardKind::running;
                good &= running(value, guard);
            } else {
                problem("unknown condition '" + key + "'", did_you_mean(key, keys));
                good = false;
            }
        }
        if (conditions != 1 && good) {
            problem(conditions == 0 ? "it has no condition" : "it has more than one condition in a table",
                    conditions == 0 ? usage : "write a list of tables with one condition each");
            good = false;
        }
        if (good) add(std::move(guard));
    }

    bool read_only(const Value& written, bool has_command, Guard& guard) const {
        if (written.truth() == nullptr) {
            problem(fmt::format("'read_only' is {}", written.kind()), "write true or false");
            return false;
        }
        if (!has_command) {
            problem("'read_only' stands without a command", "leave it out: only commands can change things");
            return false;
        }
        guard.read_only = *written.truth();
        return true;
    }

    bool wanted_;
    const GuardReading& reading_;
    std::vector<Guard> guards_;
};

}  // namespace

const std::vector<GuardForm>& guard_forms() {
    static const std::vector<GuardForm> forms = {
        {"exists", R"({ exists = "/etc/nginx/disabled" })",
         "Something is at the path, be it a link that leads nowhere."},
        {"contains", R"({ contains = { path = "/etc/fstab", text = "/srv" } })",
         "The file has the text in it."},
        {"installed", R"({ installed = "nginx" })", "The package is installed, in whatever version."},
        {"running", R"({ running = "nginx.service" })", "The unit is active."},
        {"command", R"({ command = ["/usr/bin/test", "-s", "/srv/list"], read_only = true })",
         "The command exits with 0; one marked read_only is run in dry runs too. Just the list does as "
         "well."},
    };
    return forms;
}

std::vector<Guard> guards_of(const Value& written, bool wanted, const GuardReading& reading) {
    return GuardReader(wanted, reading).run(written);
}

}  // namespace dray::recipe
