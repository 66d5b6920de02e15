// The commands of `dray` that explain values: `attributes` and `facts`.
#include "commands.h"
#include "host/facts.h"
#include "host/file.h"
#include "learned_facts.h"
#include "recipe_book.h"
#include "report/values.h"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace dray {
namespace {

/// The values of a fact that are no tables.
void flatten(const std::string& name, const Value& value, const std::string& origin,
             std::vector<report::Fact>& facts) {
    if (value.table() == nullptr) {
        facts.push_back({name, value, origin});
        return;
    }
    for (const auto& [key, item] : *value.table())
        flatten(name + "." + key, item, origin, facts);
}

}  // namespace

int attributes_command(const Selection& selection, bool json, const Folders& folders) {
    const auto origins = attribute_origins(selection, folders);
    if (!origins) return exit_bad_recipe;
    std::cout << (json ? report::attributes_json(*origins) : report::attributes_text(*origins)) << std::flush;
    return 0;
}

int facts_command(bool json, const Folders& folders) {
    std::vector<report::Fact> facts;
    std::vector<Error> errors;
    const auto own = host::facts(host::SystemFiles());
    for (const auto& [name, value] : *own.table())
        flatten("fact." + name, value, std::string(host::fact_origin(name)), facts);
    const LearnedFacts learned(folders.settings / "facts.d");
    const auto attempt = [&errors](const auto& step) {
        try {
            step();
        } catch (const Error& error) {
            errors.push_back(error);
        }
    };
    std::vector<std::string> names;
    attempt([&] { names = learned.all_names(); });
    for (const auto& name : names)
        attempt([&] {
            if (own.table()->contains(name))
                throw Error("cannot use fact." + name + " of " + learned.origin(name),
                            "dray has a fact of that name itself", "give the file another name");
            if (const auto value = learned.learn(name))
                flatten("fact." + name, *value, learned.origin(name), facts);
        });
    std::cout << (json ? report::facts_json(facts, errors) : report::facts_text(facts)) << std::flush;
    for (const auto& error : errors)
        spdlog::log(::geteuid() == 0 ? spdlog::level::err : spdlog::level::warn, "{}", error.text());
    return errors.empty() || ::geteuid() != 0 ? 0 : exit_failed;
}

}  // namespace dray
