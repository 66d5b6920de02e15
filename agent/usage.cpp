// What a mistaken command line is told.
#include "usage.h"

#include "suggestion.h"

#include <vector>

namespace dray {
namespace {

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

/// The commands of `app` when none was given, else the options of the one that was.
std::string meant_instead(const CLI::App& app, const std::string& word) {
    const auto given = app.get_subcommands();
    if (word.starts_with("--"))
        return did_you_mean(word.substr(0, word.find('=')),
                            option_names(given.empty() ? app : *given.front()));
    if (!given.empty()) return {};
    std::vector<std::string> commands;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(command->get_name());
    return "there is no command " + word + "; " + did_you_mean(word, commands);
}

}  // namespace

std::string usage_message(const CLI::App* app, const CLI::Error& error) {
    const auto given = app->get_subcommands();
    const auto name = app->get_name() + (given.empty() ? "" : " " + given.front()->get_name());
    std::string text = "error: " + std::string(error.what()) + "\n";
    if (const auto left = app->remaining(true); !left.empty())
        if (const auto instead = meant_instead(*app, left.front()); !instead.empty())
            text += "  hint: " + instead + "\n";
    return text + "  help: " + name + " --help\n";
}

}  // namespace dray
