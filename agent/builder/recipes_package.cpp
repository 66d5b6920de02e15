// A repository of recipes.
#include "builder/recipes_package.h"

#include "builder/confinement.h"
#include "builder/deb.h"
#include "builder/secrets.h"
#include "builder/settings_rules.h"
#include "builder/unsure.h"
#include "error.h"
#include "printable.h"
#include "toml.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto installed_below = "usr/share/dray/recipes";
constexpr auto check_timeout = std::chrono::minutes(2);

/// The names of the recipes in a folder, sorted.
std::vector<std::string> recipe_names(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing))
        if (fs::is_regular_file(entry.path() / "recipe.toml"))
            names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// Where the agent is when it is installed beside this program.
fs::path agent() {
    std::error_code unknown;
    return fs::read_symlink("/proc/self/exe", unknown).parent_path() / "dray";
}

/// A folder of the build, and what it is called in the repository.
struct NamedFolder {
    fs::path made;
    fs::path shown;
};

/// What dray said, with the files as the repository has them, and no line break at the end.
std::string as_in_repository(std::string text, const NamedFolder& folder) {
    const std::string made = (folder.made / "").string();
    const std::string shown = (folder.shown / "").string();
    for (std::size_t at = 0; (at = text.find(made, at)) != text.npos; at += shown.size())
        text.replace(at, made.size(), shown);
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

/// dray reads a recipe's files as root: a link could lead it anywhere, and the builder as well. `name` is the
/// folder's in the repository.
void refuse_links(const fs::path& folder, const fs::path& name) {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_symlink())
            throw Error("cannot pack the recipes",
                        fmt::format("{} is a symbolic link",
                                    (name / entry.path().lexically_relative(folder)).string()),
                        "put the file itself there");
}

/// Has the agent check the recipe of that name in a folder of recipes; returns what it warns of. `files` is
/// where its files come from.
std::string checked(const host::Processes& processes, const Settings& settings, const fs::path& folder,
                    const std::string& name, const NamedFolder& files) {
    const fs::path dray = agent();
    const auto result = processes.run(
        confined({.argv = {dray.string(), "check", "--elsewhere", "--recipes", folder.string(), name},
                  .environment = {{"HOME", "/tmp"}},
                  .timeout = check_timeout},
                 build_confinement(settings).with(dray).with(folder)));
    std::string said = printable(as_in_repository(result.errors, files));
    const Error error(fmt::format("recipe {} cannot be released", name),
                      fmt::format("dray check: {}\n{}", result.outcome(), said));
    if (result.timed_out) throw Unsure(error);
    if (!result.ok()) throw Error(error);
    return said;
}

/// Whether a service's recipe includes others; `shown` is its file as a person calls it. Throws Error when it
/// is no recipe of that name.
bool includes_others(const fs::path& file, const std::string& shown, const std::string& name) {
    const std::string attempt = "cannot pack the service's recipe";
    if (!fs::is_regular_file(fs::symlink_status(file)))
        throw Error(attempt, fmt::format("there is no {}", shown),
                    "[deb] recipe names the folder that has the recipe.toml");
    const Toml text = Toml::parse(read_made(file, toml_size_limit), shown);
    const Value* const found = text.root().find("recipe.name");
    const std::string* const own = found != nullptr ? found->text() : nullptr;
    if (own == nullptr || *own != name)
        throw Error(
            attempt,
            own != nullptr ? fmt::format("it calls itself '{}'", *own) : std::string("[recipe] has no name"),
            fmt::format("write name = \"{}\": hosts find it by the name of its package", name))
            .at(text.where("recipe.name"));
    const Value* const includes = text.root().find("recipe.includes");
    return includes != nullptr && (includes->list() == nullptr || !includes->list()->empty());
}

/// The licence of the repository, where it has one.
std::string copyright_of(const Settings& settings, const fs::path& repository) {
    for (const char* name : {"LICENSE", "LICENCE", "COPYING", "LICENSE.txt", "LICENSE.md"}) {
        if (!fs::is_regular_file(fs::symlink_status(repository / name))) continue;
        std::ifstream in(repository / name, std::ios::binary);
        std::ostringstream text;
        if (text << in.rdbuf()) return text.str();
    }
    return fmt::format("These recipes are by {}; their repository states no licence.\n",
                       settings.deb.maintainer);
}

}  // namespace

void build_recipes_deb(const host::Processes& processes, const Settings& settings, const Source& source,
                       const fs::path& tree, Products& products) {
    const fs::path folder = folder_in(source.folder, settings.recipes.folder);
    refuse_links(folder, settings.recipes.folder);
    const auto names = recipe_names(folder);
    if (names.empty())
        throw Error("cannot pack the recipes",
                    fmt::format("no folder in {} has a recipe.toml", settings.recipes.folder.string()),
                    "[recipes] folder names the folder that has one for each recipe");
    for (const std::string& name : names) {
        if (!only(name, "-_.") || name.starts_with('.') || name.starts_with('-'))
            throw Error("cannot pack the recipes", fmt::format("'{}' is no name for a recipe", name),
                        "letters, digits, - _ . are");
        copy_tree(folder / name, tree, fs::path(installed_below) / name);
    }
    write_documents(processes, settings, BuildRoot(), source, products, tree,
                    copyright_of(settings, source.folder));
    normalise(tree, source.time);
    refuse_secrets(processes, settings, tree.parent_path(), {tree});
    const TreeContent content = read_tree(tree);
    Control control{.package = settings.deb.package,
                    .version = products.version.text(),
                    .architecture = "all",
                    .maintainer = settings.deb.maintainer,
                    .installed_size = content.installed_size,
                    .depends = {"dray"},
                    .section = "admin",
                    .schema_floor = {},
                    .description = settings.deb.description,
                    .details = {fmt::format("Recipes of dray: {}.", fmt::join(names, ", ")),
                                fmt::format("Commit: {}", products.commit)}};
    control.depends.insert(control.depends.end(), settings.deb.depends.begin(), settings.deb.depends.end());
    std::string file =
        pack_deb(processes, tree, content, {.control = control, .conffiles = {}, .postinst = {}, .prerm = {}},
                 source.time, products.folder);
    products.debs = {{.target = {}, .version = control.version, .file = std::move(file), .buildinfo = {}}};
}

std::vector<std::string> check_recipes(const host::Processes& processes, const Settings& settings,
                                       const fs::path& scratch, const Products& products,
                                       const std::function<void(const std::string&)>& note) {
    if (!fs::exists(agent()))
        throw Unsure(Error("cannot check the recipes", fmt::format("there is no {}", agent().string()),
                           "install the package dray on the build host"));
    const fs::path unpacked = scratch / "unpacked-package";
    const std::string& deb = products.debs.front().file;
    processes.check({.argv = {"dpkg-deb", "--extract", (products.folder / deb).string(), unpacked.string()}},
                    fmt::format("cannot use {} as it was packed", deb));
    const fs::path folder = unpacked / installed_below;
    const auto names = recipe_names(folder);
    // One at a time: two recipes for different hosts may well declare the same thing.
    for (const std::string& name : names)
        if (const std::string said =
                checked(processes, settings, folder, name, {folder, settings.recipes.folder});
            !said.empty())
            note(fmt::format("recipe {}: {}", name, said));
    return names;
}

void refuse_overlaid_recipes(const Settings& settings, const Source& source) {
    if (settings.deb.overlay.empty()) return;
    const fs::path overlay = folder_in(source.folder, settings.deb.overlay);
    // Where hosts look for recipes, and what they read before any.
    for (const fs::path below : {installed_below, "etc/dray"}) {
        refuse_link_at(overlay, below);
        if (fs::exists(overlay / below))
            throw Error("cannot pack the service",
                        fmt::format("{} is in the overlay, and what is there is not checked",
                                    (settings.deb.overlay / below).string()),
                        "[deb] recipe names a folder with the service's recipe; a repository of recipes has "
                        "more than one");
    }
}

std::string check_own_recipe(const host::Processes& processes, const Settings& settings, const Source& source,
                             const fs::path& scratch) {
    const std::string& name = settings.deb.package;
    const fs::path folder = folder_in(source.folder, settings.deb.recipe);
    refuse_links(folder, settings.deb.recipe);
    const bool includes =
        includes_others(folder / "recipe.toml", (settings.deb.recipe / "recipe.toml").string(), name);
    if (includes || !fs::exists(agent()))
        return fmt::format("the recipe {} was not checked: {}", name,
                           includes ? "it includes others" : "the package dray is not installed");
    const fs::path recipes = scratch / "recipe";
    copy_tree(folder, recipes, name);
    const std::string said =
        checked(processes, settings, recipes, name, {recipes / name, settings.deb.recipe});
    return said.empty() ? said : fmt::format("recipe {}: {}", name, said);
}

}  // namespace dray::builder
