// What a resource type accepts.
#include "recipe/schema.h"

#include <algorithm>

namespace dray::recipe {

std::string_view kind_text(Kind kind) {
    switch (kind) {
        case Kind::text:
            return "a text";
        case Kind::scalar:
            return "a text, an integer or a truth value";
        case Kind::path:
            return "an absolute path";
        case Kind::integer:
            return "an integer";
        case Kind::integers:
            return "a list of integers, such as [0, 3]";
        case Kind::boolean:
            return "true or false";
        case Kind::mode:
            return "a mode of octal digits such as \"0640\"";
        case Kind::duration:
            return "a length of time such as \"20s\" or \"1h30m\"";
        case Kind::texts:
            return "a list of texts";
        case Kind::some_texts:
            return "a text, or a list of texts";
        case Kind::command:
            return "a command as a list of texts, such as [\"/bin/true\"]";
        case Kind::script:
            return "a command as a list of texts, such as [\"/bin/true\"], or a text for the shell";
        case Kind::references:
            return "a reference such as \"package[warehouse]\", or a list of them";
        case Kind::environment:
            return "a table of texts";
        case Kind::file:
            return "the path of a file in the recipe's folder";
        case Kind::template_file:
            return "the path of a template in the recipe's folder";
        case Kind::folder:
            return "the path of a folder in the recipe's folder";
        case Kind::table:
            return "a table";
        case Kind::list_name:
            return "the name of a list, such as \"attribute.sites\"";
        case Kind::guards:
            return "a command such as [\"/bin/true\"], a condition such as { exists = \"/etc/x\" }, or a "
                   "list "
                   "of conditions";
        case Kind::conditions:
            return "a table of conditions, such as { \"fact.os.codename\" = [\"bookworm\", \"trixie\"] }";
    }
    return "a value";
}

const Key* Schema::find(std::string_view key) const {
    const auto is_it = [key](const Key& candidate) { return candidate.name == key; };
    const auto own = std::ranges::find_if(keys, is_it);
    if (own != keys.end()) return &*own;
    const auto common = std::ranges::find_if(common_keys(), is_it);
    return common != common_keys().end() ? &*common : nullptr;
}

const std::vector<Key>& common_keys() {
    static const std::vector<Key> keys = {
        {.name = "only_if",
         .kind = Kind::guards,
         .doc =
             "Converge this resource only when this holds: a command exits with 0, or a condition is met."},
        {.name = "not_if",
         .kind = Kind::guards,
         .doc = "Converge this resource only when none of this holds."},
        {.name = "requires",
         .kind = Kind::references,
         .doc =
             "Resources above this one without which it makes no sense: when one of them fails, this one is "
             "left alone."},
        {.name = "on_failure",
         .kind = Kind::text,
         .doc = "What becomes of the run when this resource fails: what refers to it is left alone, the run "
                "stops, or everything goes on.",
         .fallback = "continue",
         .choices = {"continue", "stop", "ignore"}},
        {.name = "at_once",
         .kind = Kind::boolean,
         .doc =
             "Restart, reload or run it right after each change that asks for it, not when its turn comes.",
         .fallback = false},
    };
    return keys;
}

const std::vector<Key>& selection_keys() {
    static const std::vector<Key> keys = {
        {.name = "for_each",
         .kind = Kind::list_name,
         .doc = "One such resource for each item of a list; {{item}} stands for the item."},
        {.name = "only_on",
         .kind = Kind::conditions,
         .doc = "Only on hosts where these facts and attributes have these values."},
    };
    return keys;
}

const std::vector<Group>& groups() {
    static const std::vector<Group> all = {Group::packages,  Group::files,  Group::accounts, Group::services,
                                           Group::databases, Group::checks, Group::host,     Group::other};
    return all;
}

std::string_view group_text(Group group) {
    switch (group) {
        case Group::packages:
            return "Packages";
        case Group::files:
            return "Files";
        case Group::accounts:
            return "Accounts";
        case Group::services:
            return "Services and commands";
        case Group::databases:
            return "Databases";
        case Group::checks:
            return "Checks";
        case Group::host:
            return "The host itself";
        case Group::other:
            break;
    }
    return "Others";
}

const std::vector<Key>& header_keys() {
    static const std::vector<Key> keys = {
        {.name = "name", .doc = "The folder's name again.", .required = true},
        {.name = "description", .doc = "What the recipe is for, in one line."},
        {.name = "version", .doc = "The recipe's version, numbers with dots: \"1.2.0\"."},
        {.name = "requires_dray",
         .doc = "The versions of dray that can use the recipe: \">= 0.1\", \">= 0.1, < 2\"."},
        {.name = "includes",
         .kind = Kind::texts,
         .doc = "The recipes that are converged before this one, each once: names, or tables with 'recipe', "
                "'attributes' and 'version'."},
    };
    return keys;
}

const std::vector<Key>& include_keys() {
    static const std::vector<Key> keys = {
        {.name = "recipe", .doc = "The recipe's name.", .required = true},
        {.name = "attributes", .kind = Kind::table, .doc = "Attributes that are passed to it."},
        {.name = "version", .doc = "What its version has to be: \">= 1.2\"."},
    };
    return keys;
}

std::vector<std::string> names_of(const std::vector<Key>& keys) {
    std::vector<std::string> names;
    for (const auto& key : keys)
        names.push_back(key.name);
    return names;
}

const Schema* Catalogue::find(std::string_view type) const {
    const auto found =
        std::ranges::find_if(schemas_, [type](const Schema* schema) { return schema->type == type; });
    return found != schemas_.end() ? *found : nullptr;
}

std::vector<std::string> Catalogue::types() const {
    std::vector<std::string> names;
    for (const Schema* schema : schemas_)
        names.push_back(schema->type);
    return names;
}

}  // namespace dray::recipe
