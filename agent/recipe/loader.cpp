// Recipes by name: found, read with their includes and files, and checked as a whole.
#include "recipe/loader.h"

#include "recipe/recipe_file.h"
#include "recipe/references.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>

namespace dray::recipe {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t recipe_file_limit = 16u
                                          << 20;  // keys, templates, small files; larger things are packages

class Loader {
  public:
    Loader(const Request& request, const Catalogue& catalogue, Problems& problems)
        : request_(request), catalogue_(catalogue), problems_(problems) {}

    Book run() {
        auto texts = read_recipes(request_, catalogue_, problems_);
        book_.recipes = std::move(texts.recipes);
        if (!problems_.empty() && texts.declarations.empty()) return std::move(book_);
        book_.layers = std::move(texts.layers);
        book_.layers.insert(book_.layers.end(), request_.layers.begin(), request_.layers.end());
        book_.scope = Scope{merge(book_.layers, problems_), request_.facts, {}, request_.more_facts};
        const Renderer renderer(book_.scope);
        auto expanded = expand(texts.declarations, renderer, problems_);
        book_.declarations = std::move(expanded.declarations);
        book_.left_out = std::move(expanded.left_out);
        for (auto& declaration : book_.declarations)
            bind_one(declaration, renderer);
        check_references(book_.declarations, book_.bound, problems_);
        return std::move(book_);
    }

  private:
    /// The items of a for_each share a mistake that has nothing to do with the item: it is said once.
    void bind_one(Declaration& declaration, const Renderer& renderer) {
        Problems found;
        read_files(declaration, renderer, found);
        book_.bound.push_back(bind(declaration, renderer, found));
        for (const auto& problem : found.all()) {
            const auto& parts = problem.parts();
            if (!declaration.item ||
                said_.insert(parts.location.text() + "\n" + parts.cause + "\n" + parts.hint).second)
                problems_.add(problem);
        }
        for (const auto& note : found.notes())
            problems_.note(note);
    }

    /// Reads the files that a declaration names; their paths may hold tags.
    void read_files(Declaration& declaration, const Renderer& renderer, Problems& problems) const {
        for (const auto& key : declaration.schema->keys) {
            if (key.kind != Kind::file && key.kind != Kind::template_file && key.kind != Kind::folder)
                continue;
            const auto found = declaration.values.find(key.name);
            if (found == declaration.values.end()) continue;
            const auto where = declaration.where(key.name);
            fs::path named;
            try {
                if (found->second.text() == nullptr)
                    throw Error(fmt::format("bad value for '{}'", key.name),
                                fmt::format("it is {}", found->second.kind()),
                                fmt::format("write {}", kind_text(key.kind)));
                named = renderer.render_shown(*found->second.text(), where, declaration.item_or_null());
                if (std::ranges::find(named, "..") != named.end())
                    throw Error("cannot read " + named.string(), "it leads out of the recipe's folder",
                                "put the file below " + declaration.folder.string());
                const auto path = declaration.folder / named;  // an absolute path stays as it is
                if (key.kind == Kind::folder)
                    declaration.folders[key.name] = read_folder(path, recipe_file_limit);
                else
                    declaration.files[key.name] = {path.string(), read_file(path, recipe_file_limit)};
            } catch (const Error& error) {
                std::error_code unreadable;
                const bool of_the_host = named.is_absolute() && named == named.lexically_normal();
                if (request_.elsewhere && of_the_host && !fs::exists(named, unreadable))
                    problems.note(error.at(where));
                else
                    problems.caught(error, where);
            }
        }
    }

    const Request& request_;
    const Catalogue& catalogue_;
    Problems& problems_;
    Book book_;
    std::set<std::string> said_;
};

}  // namespace

Book load(const Request& request, const Catalogue& catalogue, Problems& problems) {
    return Loader(request, catalogue, problems).run();
}

}  // namespace dray::recipe
