// A repository of recipes.
#include "builder/recipes_package.h"

#include "builder/confinement.h"
#include "builder/deb.h"
#include "builder/secrets.h"
#include "builder/settings_rules.h"
#include "builder/unsure.h"
#include "error.h"
#include "printable.h"

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

/// The agent that is installed beside this program.
fs::path agent() {
    std::error_code unknown;
    const fs::path program = fs::read_symlink("/proc/self/exe", unknown).parent_path() / "dray";
    if (unknown || !fs::exists(program))
        throw Unsure(Error("cannot check the recipes", fmt::format("there is no {}", program.string()),
                           "install the package dray on the build host"));
    return program;
}

/// What dray said, with the files as the repository has them, and no line break at the end.
std::string without_folder(std::string text, const fs::path& folder) {
    const std::string prefix = folder.string() + "/";
    for (std::size_t at = 0; (at = text.find(prefix, at)) != text.npos;)
        text.erase(at, prefix.size());
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

/// dray reads a recipe's files as root: a link could lead it anywhere, and the builder as well.
void refuse_links(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_symlink())
            throw Error(
                "cannot pack the recipes",
                fmt::format("{} is a symbolic link", entry.path().lexically_relative(folder).string()),
                "put the file itself there");
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
    refuse_links(folder);
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
    set_modes_and_times(tree, source.time);
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
    const fs::path dray = agent();
    const fs::path unpacked = scratch / "unpacked-package";
    const std::string& deb = products.debs.front().file;
    processes.check({.argv = {"dpkg-deb", "--extract", (products.folder / deb).string(), unpacked.string()}},
                    fmt::format("cannot use {} as it was packed", deb));
    const fs::path folder = unpacked / installed_below;
    const auto names = recipe_names(folder);
    const Confinement confinement = build_confinement(settings).with(dray).with(folder);
    // One at a time: two recipes for different hosts may well declare the same thing.
    for (const std::string& name : names) {
        const auto result = processes.run(
            confined({.argv = {dray.string(), "check", "--elsewhere", "--recipes", folder.string(), name},
                      .environment = {{"HOME", "/tmp"}},
                      .timeout = check_timeout},
                     confinement));
        const std::string said = printable(without_folder(result.errors, folder));
        const Error error(fmt::format("recipe {} cannot be released", name),
                          fmt::format("dray check: {}\n{}", result.outcome(), said));
        if (result.timed_out) throw Unsure(error);
        if (!result.ok()) throw Error(error);
        if (!said.empty()) note(fmt::format("recipe {}: {}", name, said));
    }
    return names;
}

}  // namespace dray::builder
