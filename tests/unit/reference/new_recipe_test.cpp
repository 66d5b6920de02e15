// `dray new`: what it writes is a sound recipe, and nothing that is there is touched.
#include "reference/new_recipe.h"

#include "recipe/loading.h"

#include <doctest/doctest.h>

#include <algorithm>

using dray::reference::write_new_recipe;
using dray::test::RecipeFolder;
namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// The text without the comment signs of what is TOML in comments.
std::string with_all_resources(const std::string& text) {
    std::istringstream stream(text);
    std::string out;
    bool inside = false;
    for (std::string line; std::getline(stream, line);) {
        if (line == "# [[resource]]") inside = true;
        const bool commented = line.starts_with("# repository") || line.starts_with("# port") ||
                               line.starts_with("# password") || (inside && line.starts_with("# "));
        out += (commented ? line.substr(2) : line) + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("a new recipe is sound") {
    const RecipeFolder folder;
    CHECK(write_new_recipe(folder.path(), "my-site") == folder.path() / "my-site");
    dray::Value facts(dray::Value::Table{
        {"hostname", "h"},
        {"os", dray::Value(dray::Value::Table{{"name", "Debian GNU/Linux 12 (bookworm)"}})}});
    dray::recipe::Problems problems;
    const auto book =
        dray::recipe::load({{"my-site"}, {folder.path()}, {}, facts}, dray::resources::catalogue(), problems);
    CHECK(problems.size() == 0);
    REQUIRE(book.bound.size() == 2);
    CHECK(book.bound[1].id() == "template[/srv/my-site/hello.txt]");
    CHECK(book.bound[1].properties.file("source").content ==
          "Hello from h, which runs Debian GNU/Linux 12 (bookworm).\n");
}

TEST_CASE("what a new recipe has in comments is sound, too") {
    RecipeFolder folder;
    write_new_recipe(folder.path(), "site");
    const fs::path configuration = folder.path() / "site/templates/site.conf.mustache";
    folder.write("site/templates/site.conf.mustache", text_of(configuration) + "{{attribute.password}}");
    folder.write("site/templates/hello.txt.mustache", "");
    std::string text = with_all_resources(text_of(folder.path() / "site/recipe.toml"));
    const std::string key = "/etc/dray/keys/internal.asc";  // of the host; here the recipe brings it
    REQUIRE(text.find(key) != std::string::npos);
    folder.write("site/recipe.toml", text.replace(text.find(key), key.size(), "key.asc"));
    folder.write("site/key.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
    const auto loaded = dray::test::load_from(folder, {"site"});
    CHECK(loaded.problems == std::vector<std::string>{});
    CHECK(loaded.book.bound.size() == 11);
}

TEST_CASE("nothing of a new recipe's texts is left to fill in, and no line is too long") {
    for (const auto& file : dray::reference::new_recipe("web")) {
        CHECK(file.content.find("NAME") == std::string::npos);
        CHECK(file.content.find("VERSION") == std::string::npos);
        CHECK(file.content.find("SCHEMA") == std::string::npos);
        std::istringstream stream(file.content);
        for (std::string line; std::getline(stream, line);)
            CHECK(line.size() <= 120);
    }
}

TEST_CASE("a new recipe is never written over something, nor through a link") {
    RecipeFolder folder;
    folder.write("mine/recipe.toml", "# mine");
    fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "link");
    for (const auto* name : {"mine", "link"})
        CHECK_THROWS_AS(write_new_recipe(folder.path(), name), dray::Error);
    CHECK(text_of(folder.path() / "mine/recipe.toml") == "# mine");
    CHECK(!fs::exists(folder.path() / "mine/README.md"));
    CHECK(!fs::exists(folder.path() / "elsewhere"));
}

TEST_CASE("a name that no recipe can have is refused before anything is made") {
    const RecipeFolder folder;
    for (const auto* name : {"", ".", "..", ".hidden", "a/b", "../x", "a b", "é", "a\nb"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(write_new_recipe(folder.path() / "recipes", name), dray::Error);
    }
    CHECK(!fs::exists(folder.path() / "recipes"));
    CHECK(fs::exists(write_new_recipe(folder.path() / "recipes", "a.b_c-1") / "recipe.toml"));
}
