// Unit tests of recipes in packages: a repository's, and a service's own.
#include "builder/recipes_package.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// A repository with recipes, on a build host without dray.
struct RecipeSource {
    RecipeSource() {
        settings.deb.package = "store";
        settings.deb.maintainer = "A Team <team@example.org>";
        settings.deb.recipe = "recipe";
        products.version = *Version::parse("26.11.1");
        products.folder = folder.path() / "products";
    }
    std::string check() const {
        return check_own_recipe(host::SystemProcesses(), settings, source, folder.path());
    }
    void refuses(const std::string& recipe, const char* why) const {
        write(source.folder / "recipe/recipe.toml", recipe);
        CHECK_THROWS_WITH_AS(check(), doctest::Contains(why), Error);
    }

    Scratch folder;
    Settings settings;
    Products products;
    Source source{.folder = folder.path() / "source",
                  .time = std::chrono::sys_seconds(std::chrono::seconds(1793472305)),
                  .now = {}};
};

}  // namespace

TEST_CASE("a service's recipe is called as its package, or no host would find it") {
    const RecipeSource repository;
    fs::create_directories(repository.source.folder / "recipe");
    CHECK_THROWS_WITH_AS(repository.check(), doctest::Contains("there is no recipe/recipe.toml"), Error);
    repository.refuses("[recipe]\nname = \"warehouse\"\n", "it calls itself 'warehouse'");
    repository.refuses("[recipe]\n", "[recipe] has no name");
    repository.refuses("[recipe\n", "recipe/recipe.toml");
    write(repository.source.folder / "recipe/recipe.toml", "[recipe]\nname = \"store\"\nincludes = []\n");
    CHECK(repository.check() == "the recipe store was not checked: the package dray is not installed");
    write(repository.source.folder / "recipe/recipe.toml",
          "[recipe]\nname = \"store\"\nincludes = [\"base\"]\n");
    CHECK(repository.check() == "the recipe store was not checked: it includes others");
    fs::create_symlink("/etc/shadow", repository.source.folder / "recipe/more");
    CHECK_THROWS_WITH_AS(repository.check(), doctest::Contains("recipe/more is a symbolic link"), Error);
}

TEST_CASE("a recipe comes into a service's package by [deb] recipe alone, where it is checked") {
    RecipeSource repository;
    const auto refused = [&](const char* why) {
        CHECK_THROWS_WITH_AS(refuse_overlaid_recipes(repository.settings, repository.source),
                             doctest::Contains(why), Error);
    };
    CHECK_NOTHROW(refuse_overlaid_recipes(repository.settings, repository.source));
    repository.settings.deb.overlay = "packaging";
    refused("the repository has none of that name");
    const fs::path shared = repository.source.folder / "packaging/usr/share";
    write(shared / "dray-site/recipes/store/recipe.toml", "");
    CHECK_NOTHROW(refuse_overlaid_recipes(repository.settings, repository.source));
    fs::create_directory_symlink("dray-site", shared / "dray");
    refused("/usr/share/dray is a symbolic link");
    fs::remove(shared / "dray");
    fs::rename(shared / "dray-site", shared / "dray");
    refused("packaging/usr/share/dray/recipes is in the overlay");
}

TEST_CASE("a file of a recipe has a name that a package can have") {
    RecipeSource repository;
    const fs::path recipe = repository.source.folder / "recipes/site";
    write(recipe / "recipe.toml", "");
    const auto refused = [&](const char* name, const char* why) {
        write(recipe / name, "");
        CHECK_THROWS_WITH_AS(
            build_recipes_deb(host::SystemProcesses(), repository.settings, repository.source,
                              repository.folder.path() / "package", repository.products),
            doctest::Contains(why), Error);
        fs::remove(recipe / name);
        fs::remove_all(repository.folder.path() / "package");
        CHECK(repository.products.debs.empty());
    };
    refused("caf\xe9", "in /usr/share/dray/recipes/site is not UTF-8");
    refused("a\\b", "in /usr/share/dray/recipes/site holds control characters or a backslash");
}
