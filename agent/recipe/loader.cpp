// Recipes by name: found, read with their includes and files, and checked as a whole.
#include "recipe/loader.h"

#include "recipe/recipe_file.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <set>

namespace dray::recipe {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t recipe_file_limit = 16u
                                          << 20;  // keys, templates, small files; larger things are packages

bool is_name(const std::string& name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.front() != '.' && name.find_first_not_of(allowed) == std::string::npos;
}

class Loader {
  public:
    Loader(const Request& request, const Catalogue& catalogue, Problems& problems)
        : request_(request), catalogue_(catalogue), problems_(problems) {}

    Book run() {
        for (const auto& name : request_.names)
            load(name, {});
        if (!problems_.empty() && book_.declarations.empty()) return std::move(book_);
        for (const auto& layer : request_.layers)
            layers_.push_back(layer);
        book_.scope = Scope{merge(layers_, problems_), request_.facts, {}};
        const Renderer renderer(book_.scope);
        for (auto& declaration : book_.declarations)
            read_files(declaration, renderer);
        for (const auto& declaration : book_.declarations)
            book_.bound.push_back(bind(declaration, renderer, problems_));
        check_names();
        check_references();
        check_circles();
        return std::move(book_);
    }

  private:
    void load(const std::string& name, const Location& asked_at) {
        if (const auto at = std::ranges::find(trail_, name); at != trail_.end()) {
            std::string cycle;
            for (auto each = at; each != trail_.end(); ++each)
                cycle += *each + " → ";
            problems_.add("cannot include recipe " + name,
                          "the includes go round in a circle: " + cycle + name,
                          "remove one of these includes", asked_at);
            return;
        }
        if (!loaded_.insert(name).second) return;
        const auto folder = find(name, asked_at);
        if (folder.empty()) return;
        trail_.push_back(name);
        try {
            const auto file = folder / "recipe.toml";
            read(name, folder,
                 std::make_shared<const Toml>(
                     Toml::parse(read_file(file, toml_size_limit + 1), file.string())));
        } catch (const Error& error) {
            problems_.add(error.at(asked_at));
        }
        trail_.pop_back();
    }

    fs::path find(const std::string& name, const Location& asked_at) {
        if (!is_name(name)) {
            problems_.add("cannot load recipe '" + name + "'", "that is no recipe name",
                          "names have letters, digits, '.', '_' and '-'", asked_at);
            return {};
        }
        std::vector<std::string> known;
        std::string searched;
        for (const auto& folder : request_.search) {
            std::error_code code;
            if (fs::exists(folder / name / "recipe.toml", code)) return folder / name;
            searched += (searched.empty() ? "" : ", ") + folder.string();
            for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
                 entry.increment(code))
                if (std::error_code unknown; fs::exists(entry->path() / "recipe.toml", unknown))
                    known.push_back(entry->path().filename());
        }
        std::ranges::sort(known);
        known.erase(std::unique(known.begin(), known.end()), known.end());
        problems_.add("cannot find recipe " + name, "there is none in " + searched, did_you_mean(name, known),
                      asked_at);
        return {};
    }

    void read(const std::string& name, const fs::path& folder, const std::shared_ptr<const Toml>& text) {
        const auto& root = *text->root().table();
        static const std::vector<std::string> sections = {"recipe", "attributes", "resource"};
        for (const auto& [key, value] : root)
            if (std::ranges::find(sections, key) == sections.end())
                problems_.add(fmt::format("unknown key '{}' in recipe {}", key, name), "",
                              did_you_mean(key, sections), text->where(key));
        read_header(name, *text);
        if (const auto attributes = root.find("attributes"); attributes != root.end()) {
            if (attributes->second.table() != nullptr)
                layers_.push_back({*attributes->second.table(), *text, "attributes"});
            else
                problems_.add("cannot read recipe " + name, "'attributes' is no table", "write [attributes]",
                              text->where("attributes"));
        }
        const auto resources = root.find("resource");
        if (resources == root.end()) return;
        if (resources->second.list() == nullptr) {
            problems_.add("cannot read recipe " + name, "'resource' is not an array of tables",
                          "write [[resource]] with two brackets", text->where("resource"));
            return;
        }
        for (std::size_t i = 0; i < resources->second.list()->size(); ++i)
            declare(name, folder, text, (*resources->second.list())[i], fmt::format("resource.{}", i));
    }

    void read_header(const std::string& name, const Toml& text) {
        const auto* header = text.root().find("recipe");
        if (header == nullptr || header->table() == nullptr) {
            problems_.add("cannot read recipe " + name, "it has no [recipe] table",
                          "begin it with [recipe] and name = \"" + name + "\"", {text.file(), 1});
            return;
        }
        static const std::vector<std::string> known = {"name", "description", "includes"};
        for (const auto& [key, value] : *header->table()) {
            const auto where = text.where("recipe." + key);
            if (std::ranges::find(known, key) == known.end())
                problems_.add(fmt::format("unknown key '{}' in [recipe] of {}", key, name), "",
                              did_you_mean(key, known), where);
            else if (key == "includes")
                include(name, value, where);
            else if (value.text() == nullptr)
                problems_.add(fmt::format("bad value for '{}' in [recipe] of {}", key, name),
                              fmt::format("it is {}", value.kind()), "write a text", where);
            else if (key == "name" && *value.text() != name)
                problems_.add("cannot read recipe " + name, "it calls itself '" + *value.text() + "'",
                              "give the recipe the name of its folder", where);
        }
        if (!header->table()->contains("name"))
            problems_.add("cannot read recipe " + name, "[recipe] has no name",
                          "write name = \"" + name + "\"", text.where("recipe"));
    }

    void include(const std::string& name, const Value& value, const Location& where) {
        const bool texts =
            value.list() != nullptr &&
            std::ranges::all_of(*value.list(), [](const Value& item) { return item.text() != nullptr; });
        if (!texts) {
            problems_.add("bad value for 'includes' in [recipe] of " + name,
                          fmt::format("it is {}", value.kind()), "write a list of recipe names", where);
            return;
        }
        for (const auto& item : *value.list())
            load(*item.text(), where);
    }

    void declare(const std::string& recipe, const fs::path& folder, const std::shared_ptr<const Toml>& text,
                 const Value& value, const std::string& path) {
        const auto where = text->where(path);
        if (value.table() == nullptr) return;  // cpptoml keeps arrays of tables homogeneous
        const auto type = value.table()->find("type");
        if (type == value.table()->end() || type->second.text() == nullptr) {
            problems_.add("a resource has no type", "", did_you_mean("", catalogue_.types()), where);
            return;
        }
        const Schema* schema = catalogue_.find(*type->second.text());
        if (schema == nullptr) {
            problems_.add("unknown resource type '" + *type->second.text() + "'", "",
                          did_you_mean(*type->second.text(), catalogue_.types()),
                          text->where(path + ".type"));
            return;
        }
        book_.declarations.push_back({recipe, folder, schema, *value.table(), text, path, {}});
    }

    /// Reads the files that a declaration names; their paths may hold tags.
    void read_files(Declaration& declaration, const Renderer& renderer) {
        for (const auto& key : declaration.schema->keys) {
            if (key.kind != Kind::file && key.kind != Kind::template_file) continue;
            const auto found = declaration.values.find(key.name);
            if (found == declaration.values.end()) continue;
            const auto where = declaration.where(key.name);
            try {
                if (found->second.text() == nullptr)
                    throw Error(fmt::format("bad value for '{}'", key.name),
                                fmt::format("it is {}", found->second.kind()),
                                fmt::format("write {}", kind_text(key.kind)));
                const fs::path named = renderer.render(*found->second.text(), where);
                if (std::ranges::find(named, "..") != named.end())
                    throw Error("cannot read " + named.string(), "it leads out of the recipe's folder",
                                "put the file below " + declaration.folder.string());
                const auto path = declaration.folder / named;  // an absolute path stays as it is
                declaration.files[key.name] = {path.string(), read_file(path, recipe_file_limit)};
            } catch (const Error& error) {
                problems_.add(error.at(where));
            }
        }
    }

    void check_names() {
        std::map<std::string, Location> seen;
        for (std::size_t i = 0; i < book_.bound.size(); ++i) {
            const auto& bound = book_.bound[i];
            if (!book_.declarations[i].values.contains("name")) continue;  // said already
            const auto [first, added] = seen.emplace(bound.id(), bound.properties.where());
            if (!added)
                problems_.add(bound.id() + " is declared twice", "the first is at " + first->second.text(),
                              "merge the two, or give one another name", bound.properties.where());
        }
    }

    void check_references() {
        std::vector<std::string> ids;
        for (const auto& bound : book_.bound)
            ids.push_back(bound.id());
        const std::set<std::string> known(ids.begin(), ids.end());
        for (std::size_t i = 0; i < book_.bound.size(); ++i) {
            const auto& declaration = book_.declarations[i];
            for (const auto& key : declaration.schema->keys) {
                if (key.kind != Kind::references) continue;
                for (const auto& source : book_.bound[i].properties.texts(key.name)) {
                    if (!known.contains(source))
                        problems_.add(
                            fmt::format("unknown reference '{}' in '{}' of {}", source, key.name, ids[i]), "",
                            did_you_mean(source, ids), declaration.where(key.name));
                    else if (source == ids[i])
                        problems_.add(fmt::format("'{}' of {} names the resource itself", key.name, ids[i]),
                                      "", "remove it", declaration.where(key.name));
                }
            }
        }
    }

    /// Resources that wait for each other would restart each other for ever.
    void check_circles() {
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < book_.bound.size(); ++i)
            places.emplace(book_.bound[i].id(), i);
        std::vector<bool> done(book_.bound.size());
        std::vector<std::size_t> trail;
        for (std::size_t i = 0; i < book_.bound.size(); ++i)
            follow(i, places, done, trail);
    }

    void follow(std::size_t i, const std::map<std::string, std::size_t>& places, std::vector<bool>& done,
                std::vector<std::size_t>& trail) {
        if (const auto at = std::ranges::find(trail, i); at != trail.end()) {
            if (at + 1 == trail.end()) return;  // a reference to itself, said already
            std::string circle;
            for (auto each = at; each != trail.end(); ++each)
                circle += book_.bound[*each].id() + " → ";
            const auto id = book_.bound[i].id();
            problems_.add("the references of " + id + " go round in a circle", circle + id,
                          "remove one of them", book_.bound[i].properties.where());
            return;
        }
        if (done[i]) return;
        trail.push_back(i);
        for (const auto& subscription : book_.bound[i].subscriptions)
            if (const auto source = places.find(subscription.source); source != places.end())
                follow(source->second, places, done, trail);
        trail.pop_back();
        done[i] = true;
    }

    const Request& request_;
    const Catalogue& catalogue_;
    Problems& problems_;
    Book book_;
    std::vector<Layer> layers_;
    std::set<std::string> loaded_;
    std::vector<std::string> trail_;
};

}  // namespace

Book load(const Request& request, const Catalogue& catalogue, Problems& problems) {
    return Loader(request, catalogue, problems).run();
}

}  // namespace dray::recipe
