// What a resource type accepts: its keys, their kinds and defaults, and the words that explain them.
#pragma once

#include "value.h"

#include <optional>
#include <string>
#include <vector>

namespace dray::recipe {

/// What a key's value must be.
enum class Kind {
    text,    ///< any text
    scalar,  ///< a text, an integer or a truth value, taken as a text
    path,    ///< an absolute path without ".." parts
    integer,
    integers,  ///< a list of integers that is not empty
    boolean,
    mode,         ///< permission bits as a text of octal digits: "0640"
    duration,     ///< "20s", "5m", "1h30m"
    texts,        ///< a list of texts
    some_texts,   ///< a list of texts, or one text for a list of one
    command,      ///< a program and its arguments, a list of texts that is not empty
    script,       ///< a command, or one text for a shell
    references,   ///< one "type[name]" or a list of them, each a resource of this run
    environment,  ///< a table of texts
    file,         ///< a file of the recipe's folder, or an absolute path; its content is read with the recipe
    template_file,  ///< likewise, and rendered
    folder,         ///< a folder below the recipe's, or an absolute path; all in it is read with the recipe
    table,          ///< any table, its texts rendered
    list_name,      ///< the name of a list attribute or fact, or a list itself
    conditions,     ///< a table of names and the values that they have to have
    guards,         ///< a command, a table with a condition, or a list of such; see guard.h
};

/// A kind in words, for messages and reference pages: "an absolute path".
std::string_view kind_text(Kind kind);

/// One key of a resource type.
struct Key {
    std::string name;
    Kind kind = Kind::text;
    std::string doc = {};                          ///< one line
    std::optional<Value> fallback = std::nullopt;  ///< what holds when the key is not written
    bool required = false;
    /// Required too, but not of a resource that is to be gone: where `state` is "absent".
    bool required_if_present = false;
    std::vector<std::string> choices = {};  ///< the only texts allowed; empty for any
    /// For references: what is done to this resource when one of those changed ("restart"); "" is an order
    /// only.
    std::string action = {};
    /// May hold a secret: a text, a template or a table of which no part is shown once it does. All other
    /// keys refuse secrets.
    bool secret = false;
};

/// What a resource type is about: under which heading lists of types have it.
enum class Group { packages, files, accounts, services, databases, checks, host, other };

/// All groups in the order in which they are listed.
const std::vector<Group>& groups();

/// A group's heading: "Services and commands".
std::string_view group_text(Group group);

/// A resource type.
struct Schema {
    std::string type;
    Group group = Group::other;
    std::string summary;   ///< one sentence
    std::string source;    ///< where the rules come from: man pages, policy sections
    std::string name_doc;  ///< what the resource's name means
    Kind name_kind = Kind::text;
    std::vector<Key> keys;
    std::string example;  ///< TOML

    const Key* find(std::string_view key) const;
};

/// The keys that every resource type has besides `type` and `name`: guards, and what becomes of the run.
const std::vector<Key>& common_keys();

/// The keys that say how many of a resource there are on this host: for_each and only_on. They are evaluated
/// before a resource is bound, and no property of it.
const std::vector<Key>& selection_keys();

/// The keys of a recipe's table [recipe].
const std::vector<Key>& header_keys();

/// The keys of an entry of `includes` that is a table.
const std::vector<Key>& include_keys();

/// The names of keys, in their order.
std::vector<std::string> names_of(const std::vector<Key>& keys);

/// The resource types of this program, as recipes see them.
class Catalogue {
  public:
    explicit Catalogue(std::vector<const Schema*> schemas) : schemas_(std::move(schemas)) {}
    const Schema* find(std::string_view type) const;
    std::vector<std::string> types() const;

  private:
    std::vector<const Schema*> schemas_;
};

}  // namespace dray::recipe
