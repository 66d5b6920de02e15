// A host in memory that unit tests converge to a recipe's text.
#pragma once

#include "converge/engine.h"
#include "host/memory_host.h"
#include "recipe_folder.h"
#include "resources/registry.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace dray::test {

/// Converges its host to one recipe named "r". Each converge is a new run, as a new process would make it.
class Converging {
  public:
    host::MemoryHost memory;

    Converging() {
        memory.files.make_directory("/var/lib/dray", {.owner = {}, .group = {}, .mode = 0700}, true);
    }

    /// What the recipe holds besides its header from now on: resources and attributes in TOML.
    Converging& recipe(const std::string& text) {
        folder_.recipe("r", text);
        return *this;
    }
    Converging& file(const std::string& name, const std::string& text) {
        folder_.write("r/" + name, text);
        return *this;
    }

    /// Where the recipe's files are.
    std::filesystem::path recipe_path() const { return folder_.path() / "r"; }

    /// The mistakes in the recipe, each with its place; empty when there are none.
    std::string mistakes() {
        recipe::Problems problems;
        load(problems);
        std::string text;
        for (const auto& problem : problems.all())
            text += problem.text() + "\n";
        return text;
    }

    converge::Run converge() { return run(false); }
    converge::Run dry_run() { return run(true); }
    std::vector<converge::Observer*> observers;
    converge::Promise promise;
    std::function<bool()> recipes_changed;
    const converge::Run* earlier = nullptr;
    std::optional<converge::RollbackWish> rollback;

  private:
    recipe::Book load(recipe::Problems& problems) {
        const recipe::Request request{{"r"}, {folder_.path()}, {}, Value(Value::Table{{"cores", 2}})};
        auto book = recipe::load(request, resources::catalogue(), problems);
        converge::check(book, problems);
        return book;
    }

    converge::Run run(bool dry) {
        memory.apt.begin_run();
        recipe::Problems problems;
        const auto book = load(problems);
        if (!problems.empty()) throw problems.all().front();
        return converge::converge(memory.host, book,
                                  {.dry_run = dry,
                                   .recipes = {"r"},
                                   .promise = promise,
                                   .recipes_changed = recipes_changed,
                                   .rollback = rollback,
                                   .earlier = earlier},
                                  observers);
    }

    RecipeFolder folder_;
};

/// The text of a resource; `keys` are lines of TOML.
inline std::string resource(const std::string& type, const std::string& name, const std::string& keys = "") {
    return "[[resource]]\ntype = \"" + type + "\"\nname = \"" + name + "\"\n" + keys + "\n";
}

/// A file with this content.
inline std::string file(const std::string& name, const std::string& content, const std::string& keys = "") {
    return resource("file", name, "content = \"" + content + "\"\n" + keys);
}

/// A command that is called as its resource.
inline std::string execute(const std::string& name, const std::string& keys = "") {
    return resource("execute", name, "command = [\"" + name + "\"]\n" + keys);
}

/// The service that `with_service` makes.
inline std::string service(const std::string& keys) {
    return resource("service", "s.service", keys);
}

/// Gives the host a running service whose unit is there already.
inline void with_service(Converging& host) {
    host.memory.files.put("/usr/lib/systemd/system/s.service",
                          "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
    host.memory.systemd.enable("s.service");
    host.memory.systemd.start("s.service");
}

/// How often that service was restarted.
inline long restarts(const Converging& host) {
    return std::ranges::count(host.memory.systemd.calls(), "restart s.service");
}

/// Whether a recipe is refused in these words, with the place of the mistake.
inline bool complains(const std::string& text, const std::string& words) {
    const auto found = Converging().recipe(text).mistakes();
    return found.find(words) != std::string::npos && found.find("recipe.toml:") != std::string::npos;
}

/// The outcomes of a run's resources in one line: "changed unchanged failed".
inline std::string outcomes(const converge::Run& run) {
    std::string text;
    for (const auto& step : run.steps)
        text += (text.empty() ? "" : " ") + std::string(converge::outcome_text(step.outcome));
    return text;
}

/// What a run did or foretold, a line for each step: "file[/etc/x] changed type absent→file".
inline std::string deeds(const converge::Run& run) {
    std::string text;
    for (const auto& step : run.steps) {
        text += step.resource + " " + std::string(converge::outcome_text(step.outcome));
        for (const auto& change : step.changes)
            text += " " + change.name + " " + change.from.value_or("(none)") + "→" + change.to;
        for (const auto& action : step.actions)
            text += " " + action;
        text += "\n";
    }
    return text;
}

/// What went wrong in a run, a line for each error.
inline std::string errors(const converge::Run& run) {
    std::string text = run.error ? run.error->text() + "\n" : "";
    for (const auto& step : run.steps)
        if (step.error) text += step.error->text() + "\n";
    return text;
}

}  // namespace dray::test
