// make-manual: from dray-recipe.5.in to dray-recipe.5, when dray is built. Reads standard input, is not
// installed.
#include "error.h"
#include "reference/manual.h"
#include "resources/registry.h"

#include <exception>
#include <iostream>
#include <iterator>

int main() {
    try {
        const std::string page{std::istreambuf_iterator<char>(std::cin), {}};
        std::cout << dray::reference::manual_page(page, dray::resources::catalogue()) << std::flush;
        return std::cout ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "make-manual: " << error.what() << std::endl;
        return 1;
    }
}
