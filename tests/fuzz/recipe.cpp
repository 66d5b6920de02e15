// A recipe's text of any bytes is a book or a list of mistakes, each with words and a place.
#include "converge/engine.h"
#include "fuzz.h"
#include "recipe/loader.h"
#include "recipe_folder.h"
#include "resources/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace dray;
    static test::RecipeFolder folder;
    folder.write("r/recipe.toml", fuzz::text(data, size));
    const recipe::Request request{{"r"}, {folder.path()}, {}, fuzz::facts()};
    recipe::Problems problems;
    const auto book = recipe::load(request, resources::catalogue(), problems);
    if (problems.empty()) converge::check(book, problems);
    for (const auto& problem : problems.all()) {
        fuzz::hold(!problem.parts().attempt.empty(), "a mistake has words");
        fuzz::hold(!problem.parts().location.file.empty(), "a mistake has a place");
    }
    return 0;
}
