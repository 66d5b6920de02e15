// From the command line and the host's settings to recipes ready to converge.
#include "recipe_book.h"

#include "converge/engine.h"
#include "digest.h"
#include "host/facts.h"
#include "host/file.h"
#include "learned_facts.h"
#include "recipe/host_settings.h"
#include "resources/registry.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace dray {
namespace {

recipe::Layer layer_of(const std::string& argument) {
    try {
        return recipe::parse_set(argument);
    } catch (const Error& error) {
        throw UsageError(error.parts());
    }
}

/// What was asked for.
recipe::Request request_for(const Selection& selection, const Folders& folders, recipe::HostSettings settings,
                            recipe::Problems& problems) {
    recipe::Request request;
    request.names = selection.recipes.empty() ? settings.recipes : selection.recipes;
    if (selection.folder) {
        std::error_code unreadable;  // whatever is the matter with it is said when a recipe is looked for
        const auto folder = std::filesystem::weakly_canonical(*selection.folder, unreadable);
        request.search.push_back(unreadable ? std::filesystem::absolute(*selection.folder) : folder);
    }
    if (!selection.elsewhere) request.search.push_back(folders.settings / "recipes");
    request.search.push_back(folders.shipped_recipes);
    request.layers = std::move(settings.layers);
    for (const auto& argument : selection.set)
        request.layers.push_back(layer_of(argument));
    if (request.names.empty() && selection.elsewhere)
        throw UsageError("no recipe is selected", "--elsewhere looks at no host's settings",
                         "name one (dray check --elsewhere warehouse)");
    if (request.names.empty() && problems.empty())
        throw UsageError(
            "no recipe is selected",
            "none is named, and " + (folders.settings / "host.toml").string() + " lists none",
            "name one (dray converge warehouse), or write recipes = [\"warehouse\"] into that file");
    return request;
}

std::string hint_for(const recipe::UnusedAttribute& attribute) {
    return attribute.near.empty() ? "dray attributes lists those that there are"
                                  : "did you mean '" + attribute.near + "'?";
}

/// Those of the host's settings; each of the command line is a problem.
std::vector<recipe::UnusedAttribute> unused_attributes(const recipe::Book& book, std::size_t above,
                                                       recipe::Problems& problems) {
    auto unused = recipe::unused_attributes(book, book.layers.size() - above);
    for (const auto& each : unused)
        if (each.typed)
            problems.add("cannot use --set " + each.name, "no recipe of this run asks for it", hint_for(each),
                         {});
    std::erase_if(unused, &recipe::UnusedAttribute::typed);
    return unused;
}

/// Says all that is wrong; true when nothing is.
bool said(const recipe::Problems& problems) {
    for (const auto& note : problems.notes())
        spdlog::warn("not checked: {}", note.text());
    if (problems.empty()) return true;
    for (const auto& problem : problems.by_place())
        spdlog::error("{}", problem.text());
    spdlog::error("{} mistake{}: nothing was touched", problems.size(), problems.size() == 1 ? "" : "s");
    return false;
}

}  // namespace

std::optional<Selected> load_selected(const Selection& selection, const Folders& folders,
                                      const std::function<void(const std::vector<Error>&)>& hearer) {
    recipe::Problems problems;
    auto settings =
        selection.elsewhere ? recipe::HostSettings{} : recipe::host_settings(folders.settings, problems);
    const auto lock_wait = settings.lock_wait;
    auto request = request_for(selection, folders, std::move(settings), problems);
    request.facts = host::facts(host::SystemFiles());
    request.elsewhere = selection.elsewhere;
    request.more_facts = selection.elsewhere
                             ? std::make_shared<const LearnedFacts>(LearnedFacts::Elsewhere())
                             : std::make_shared<const LearnedFacts>(folders.settings / "facts.d");
    Selected selected{request.names, recipe::load(request, resources::catalogue(), problems), {}, lock_wait};
    if (problems.empty()) selected.unused = unused_attributes(selected.book, request.layers.size(), problems);
    converge::check(selected.book, problems);
    if (!said(problems)) {
        if (hearer) hearer(problems.by_place());
        return std::nullopt;
    }
    return selected;
}

void warn_of_unused(const Selected& selected) {
    for (const auto& each : selected.unused)
        spdlog::warn("{}: no recipe of this run asks for attribute '{}'\n  hint: {}", each.where.text(),
                     each.name, hint_for(each));
}

std::string digest_of(const recipe::Book& book) {
    namespace fs = std::filesystem;
    const host::SystemFiles files;
    std::map<std::string, std::string> digests;
    std::error_code ignored;  // what is not there any more is not in the list
    for (const auto& recipe : book.recipes)
        for (const auto& entry : fs::recursive_directory_iterator(recipe.file.parent_path(), ignored))
            if (entry.is_regular_file(ignored))
                digests[entry.path()] = sha256(files.read(entry.path()).value_or(""));
    std::string text;
    for (const auto& [path, digest] : digests)
        text += path + " " + digest + "\n";
    return sha256(text);
}

std::optional<std::vector<recipe::Origin>> attribute_origins(const Selection& selection,
                                                             const Folders& folders) {
    recipe::Problems problems;
    const auto request =
        request_for(selection, folders, recipe::host_settings(folders.settings, problems), problems);
    auto layers = recipe::read_recipes(request, resources::catalogue(), problems).layers;
    const auto own = layers.size();
    layers.insert(layers.end(), request.layers.begin(), request.layers.end());
    const auto merged = recipe::merge(layers, problems);
    if (!said(problems)) return std::nullopt;
    return recipe::origins(layers, own, merged);
}

}  // namespace dray
