// From a declaration as written to typed values: render, check, convert, fill in defaults.
#include "recipe/declaration.h"
#include "recipe/path_text.h"
#include "recipe/scalar.h"
#include "recipe/secret_values.h"
#include "recipe/template_marks.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <set>

namespace dray::recipe {
namespace {

bool has_tags(const Value& value) {
    return value.text() != nullptr && value.text()->find("{{") != std::string::npos;
}

/// The same error, of the same type, at another place.
[[noreturn]] void rethrow_at(const Error& error, const Location& where) {
    auto parts = error.parts();
    parts.location = where;
    if (dynamic_cast<const Unknown*>(&error) != nullptr) throw Unknown(std::move(parts));
    throw Error(std::move(parts));
}

/// Binds the values of one declaration.
class Binder {
  public:
    Binder(const Declaration& declaration, const Renderer& renderer, Problems& problems)
        : declaration_(declaration), renderer_(renderer), problems_(problems) {}

    Bound run() {
        const Schema& schema = *declaration_.schema;
        Bound bound{Properties(schema.type, name(), declaration_.where()), {}, {}, true};
        id_ = bound.id();
        if (!check_keys(declaration_, problems_)) sound_ = false;
        for (const auto& key : schema.keys)
            bind_key(key, bound);
        for (const auto& key : common_keys()) {
            if (key.kind == Kind::guards)
                bind_guards(key, bound);
            else
                bind_key(key, bound);
        }
        check_presence(bound);
        check_at_once(bound);
        bound.sound = sound_;
        bound.secrets = !secret_keys_.empty();
        return bound;
    }

  private:
    void problem(std::string_view key, std::string cause, std::string hint) {
        const auto what = id_.empty() ? "a resource of type " + declaration_.schema->type : id_;
        problems_.add(fmt::format("bad value for '{}' of {}", key, what), std::move(cause), std::move(hint),
                      declaration_.where(key));
    }

    std::string name() {
        const auto found = declaration_.values.find("name");
        if (found == declaration_.values.end()) return "?";  // said by check_keys
        const auto value = convert(found->second, {.name = "name", .kind = declaration_.schema->name_kind});
        const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
        if (text != nullptr && text->empty()) problem("name", "it is empty", declaration_.schema->name_doc);
        if (text != nullptr && !text->empty()) return *text;
        sound_ = false;
        return found->second.show();
    }

    void bind_key(const Key& key, Bound& bound) {
        const auto found = declaration_.values.find(key.name);
        if (found == declaration_.values.end() && !key.fallback) return;
        auto value = convert(found != declaration_.values.end() ? found->second : *key.fallback, key);
        if (!value) {
            sound_ = false;
            return;
        }
        if (key.kind == Kind::references)
            for (const auto& source : std::get<std::vector<std::string>>(*value))
                bound.subscriptions.push_back({source, key.action});
        bound.properties.set(key.name, std::move(*value), secret_keys_.contains(key.name));
    }

    void bind_guards(const Key& key, Bound& bound) {
        const auto found = declaration_.values.find(key.name);
        if (found == declaration_.values.end()) return;
        const auto refuse = [&](std::string cause, std::string hint) {
            problem(key.name, std::move(cause), std::move(hint));
            sound_ = false;
        };
        try {
            for (auto& guard :
                 guards_of(found->second, key.name == "only_if",
                           {[&](const std::string& text) { return render(text, key); }, refuse}))
                bound.guards.push_back(std::move(guard));
        } catch (const Error& error) {
            problems_.caught(error, declaration_.where(key.name));
            sound_ = false;
        }
    }

    /// What a resource needs that is to be there, where an attribute says that it is.
    void check_presence(const Bound& bound) {
        const auto state = declaration_.values.find("state");
        if (state == declaration_.values.end() || state->second == Value("present")) return;  // check_keys
        if (!bound.properties.has("state") || bound.properties.text("state") != "present") return;
        if (!check_required(declaration_, id_, true, problems_)) sound_ = false;
    }

    /// Nothing can be done at once by a resource that nothing is ever owed to.
    void check_at_once(const Bound& bound) {
        const auto owes = [](const Key& key) { return !key.action.empty(); };
        const auto& keys = declaration_.schema->keys;
        if (!bound.properties.has("at_once") || !bound.properties.truth("at_once")) return;
        if (std::ranges::any_of(
                keys, [&](const Key& key) { return owes(key) && declaration_.values.contains(key.name); }))
            return;
        std::string names;
        for (const auto& key : keys)
            if (owes(key)) names += (names.empty() ? "" : " or ") + key.name;
        problem("at_once", "nothing is to be done when something changes",
                names.empty() ? "remove it: a " + declaration_.schema->type + " has nothing to do then"
                              : "write " + names + " beside it, or remove it");
        sound_ = false;
    }

    /// The value as the key's kind asks; nothing, and a problem, when it cannot be.
    std::optional<Properties::Typed> convert(const Value& written, const Key& key) {
        try {
            return typed(written, key);
        } catch (const Error& error) {
            problems_.caught(error, declaration_.where(key.name));
            return std::nullopt;
        }
    }

    std::optional<Properties::Typed> typed(const Value& given, const Key& key) {
        const Value* whole = whole_value(given, key);
        const Value& written = whole != nullptr ? *whole : given;
        as_it_is_ = whole != nullptr;
        if (written.holds_secret()) take_secret("it", key);
        switch (key.kind) {
            case Kind::text:
            case Kind::path:
                return checked_text(written, key);
            case Kind::scalar:
                if (written.integer() != nullptr || written.truth() != nullptr)
                    return Properties::Typed(written.show());
                return checked_text(written, key);
            case Kind::integer:
            case Kind::boolean:
            case Kind::mode:
            case Kind::duration:
                return scalar(written, key);
            case Kind::integers:
                return integers(written, key);
            case Kind::texts:
                return texts(written, key);
            case Kind::some_texts:
                return texts(written.text() != nullptr ? Value(Value::List{written}) : written, key);
            case Kind::script:
                if (written.text() != nullptr) return checked_text(written, key);
                [[fallthrough]];
            case Kind::command:
                return command(written, key);
            case Kind::references:
                return references(written, key);
            case Kind::file:
            case Kind::template_file:
                return file(key);
            case Kind::folder:
                return folder(key);
            case Kind::environment:
                return environment(written, key);
            case Kind::list_name:
            case Kind::conditions:
                break;  // no property: see selection_keys()
            case Kind::guards:
                break;  // no property: see bind_guards
            case Kind::table:
                if (written.table() == nullptr) return wrong_kind(written, key);
                return Properties::Typed(rendered(written, key));
        }
        return std::nullopt;
    }

    /// Where a list or a table is wanted, the one that a text which is a tag and nothing else names: groups =
    /// "{{attribute.groups}}". Else a null pointer.
    const Value* whole_value(const Value& given, const Key& key) const {
        const bool wanted = key.kind == Kind::texts || key.kind == Kind::some_texts ||
                            key.kind == Kind::integers || key.kind == Kind::command ||
                            key.kind == Kind::script || key.kind == Kind::environment ||
                            key.kind == Kind::table;
        if (!wanted || given.text() == nullptr) return nullptr;
        const auto name = whole_tag(*given.text());
        return name.empty() ? nullptr : &renderer_.value(name, declaration_.item_or_null());
    }

    std::nullopt_t wrong_kind(const Value& written, const Key& key) {
        problem(key.name, fmt::format("it is {}", written.kind()),
                fmt::format("write {}", kind_text(key.kind)));
        return std::nullopt;
    }

    /// Takes note of a secret in the value of a key, or refuses it.
    void take_secret(const std::string& what, const Key& key) {
        if (!key.secret) refuse_secret(what, *declaration_.schema, key, id_);
        secret_keys_.insert(key.name);
    }

    std::string render(const std::string& text, const Key& key) {
        if (as_it_is_) return without_nul(text, key);
        const auto where = declaration_.where(key.name);
        Rendered rendered;
        try {
            rendered = renderer_.render(text, where, declaration_.item_or_null());
        } catch (const Error& error) {
            // A line within the value is none of the file's: "\n" may stand for it, and """ swallows the
            // first.
            rethrow_at(error, where);
        }
        if (!rendered.secrets.empty()) take_secret("{{" + rendered.secrets.front() + "}}", key);
        return without_nul(std::move(rendered.text), key);
    }

    std::string without_nul(std::string text, const Key& key) const {
        if (text.find('\0') != std::string::npos)
            throw Error(fmt::format("bad value for '{}'{}", key.name, id_.empty() ? "" : " of " + id_),
                        "it holds a NUL character", "remove it");
        return text;
    }

    /// The text of a text or of a secret; nothing for any other value.
    std::optional<std::string> text_of(const Value& value, const Key& key) {
        if (value.text() != nullptr) return render(*value.text(), key);
        if (value.secret() != nullptr) return without_nul(renderer_.reveal(*value.secret()), key);
        return std::nullopt;
    }

    Value rendered(const Value& value, const Key& key) {
        if (auto text = text_of(value, key)) return Value(std::move(*text));
        if (value.list() != nullptr) {
            Value::List list;
            for (const auto& item : *value.list())
                list.push_back(rendered(item, key));
            return Value(std::move(list));
        }
        if (value.table() == nullptr) return value;
        Value::Table table;
        for (const auto& [name, item] : *value.table())
            table.emplace(name, rendered(item, key));
        return Value(std::move(table));
    }

    std::optional<Properties::Typed> checked_text(const Value& written, const Key& key) {
        auto found = text_of(written, key);
        if (!found) return wrong_kind(written, key);
        auto& text = *found;
        if (!key.choices.empty() && std::ranges::find(key.choices, text) == key.choices.end()) {
            problem(key.name, "'" + text + "' is not one of its values", did_you_mean(text, key.choices));
            return std::nullopt;
        }
        if (key.kind == Kind::path && !is_clean_path(text)) {
            problem(key.name, "'" + text + "' is not an absolute path without '..', '//' or a final '/'",
                    "write it from the root on, such as /etc/warehouse");
            return std::nullopt;
        }
        return Properties::Typed(std::move(text));
    }

    /// Modes and durations are texts; a number or truth value may be one with tags: port =
    /// "{{attribute.port}}".
    std::optional<Properties::Typed> scalar(const Value& written, const Key& key) {
        if (key.kind == Kind::integer && written.integer() != nullptr)
            return Properties::Typed(*written.integer());
        if (key.kind == Kind::boolean && written.truth() != nullptr)
            return Properties::Typed(*written.truth());
        const bool is_text = key.kind == Kind::mode || key.kind == Kind::duration;
        if (is_text ? written.text() == nullptr : !has_tags(written)) return wrong_kind(written, key);
        const auto text = render(*written.text(), key);
        auto value = parse_scalar(key.kind, text);
        if (!value && is_text)
            problem(key.name,
                    "'" + text + (key.kind == Kind::mode ? "' is no mode" : "' is no length of time"),
                    fmt::format("write {}", kind_text(key.kind)));
        else if (!value)
            problem(key.name, fmt::format("'{}' is '{}' here", *written.text(), text),
                    fmt::format("it has to be {}", kind_text(key.kind)));
        return value;
    }

    std::optional<std::vector<std::string>> text_list(const Value& written, const Key& key) {
        std::vector<std::string> out;
        if (written.list() == nullptr) return wrong_kind(written, key);
        for (const auto& item : *written.list()) {
            if (item.text() == nullptr) return wrong_kind(item, key);
            out.push_back(render(*item.text(), key));
        }
        return out;
    }

    std::optional<Properties::Typed> integers(const Value& written, const Key& key) {
        std::vector<std::int64_t> out;
        if (written.list() == nullptr) return wrong_kind(written, key);
        if (written.list()->empty())
            throw Error(fmt::format("bad value for '{}' of {}", key.name, id_), "it is empty",
                        fmt::format("write {}", kind_text(key.kind)));
        for (const auto& item : *written.list()) {
            const auto value = scalar(item, {.name = key.name, .kind = Kind::integer});
            if (!value) return std::nullopt;
            out.push_back(std::get<std::int64_t>(*value));
        }
        return Properties::Typed(std::move(out));
    }

    std::optional<Properties::Typed> texts(const Value& written, const Key& key) {
        auto list = text_list(written, key);
        if (!list) return std::nullopt;
        return Properties::Typed(std::move(*list));
    }

    std::optional<Properties::Typed> command(const Value& written, const Key& key) {
        auto list = text_list(written, key);
        if (!list) return std::nullopt;
        if (list->empty() || list->front().empty()) {
            problem(key.name, "the command is empty", fmt::format("write {}", kind_text(key.kind)));
            return std::nullopt;
        }
        return Properties::Typed(std::move(*list));
    }

    std::optional<Properties::Typed> references(const Value& written, const Key& key) {
        const Value list = written.text() != nullptr ? Value(Value::List{written}) : written;
        if (list.list() == nullptr) return wrong_kind(written, key);
        std::vector<std::string> ids;
        for (const auto& each : *list.list()) {
            if (each.text() == nullptr) return wrong_kind(each, key);
            if (const auto* group = group_named(*each.text())) {
                ids.insert(ids.end(), group->begin(), group->end());
                continue;
            }
            if (left_out(*each.text())) continue;  // its name may have no value on this host
            auto id = render(*each.text(), key);
            if (!left_out(id)) ids.push_back(std::move(id));
        }
        return Properties::Typed(std::move(ids));
    }

    /// All that a resource with for_each became, where a resource without one refers to it.
    const std::vector<std::string>* group_named(const std::string& reference) const {
        if (declaration_.item || !declaration_.aliases) return nullptr;
        const auto found = declaration_.aliases->groups.find(reference);
        return found != declaration_.aliases->groups.end() ? &found->second : nullptr;
    }

    bool left_out(const std::string& id) const {
        return declaration_.aliases && declaration_.aliases->left_out.contains(id);
    }

    std::optional<Properties::Typed> environment(const Value& written, const Key& key) {
        if (written.table() == nullptr) return wrong_kind(written, key);
        for (const auto& [name, value] : *written.table()) {
            if (value.text() == nullptr && value.secret() == nullptr) return wrong_kind(value, key);
            if (!name.empty() && name.find_first_of(std::string_view("=\0", 2)) == std::string::npos)
                continue;
            problem(key.name, "'" + name + "' is no name of a variable", "remove '=' from it");
            return std::nullopt;
        }
        return Properties::Typed(rendered(written, key));
    }

    std::optional<Properties::Typed> file(const Key& key) {
        const auto found = declaration_.files.find(key.name);
        if (found == declaration_.files.end()) return std::nullopt;  // the loader has said why
        auto file = found->second;
        if (key.kind != Kind::template_file) return Properties::Typed(std::move(file));
        Rendered rendered;
        try {
            rendered = renderer_.render(file.content, {file.path, 1}, declaration_.item_or_null());
        } catch (const Error& error) {
            problems_.caught(error, {});
            return std::nullopt;
        }
        if (!rendered.secrets.empty())
            take_secret("{{" + rendered.secrets.front() + "}} in " + file.path, key);
        file.content = std::move(rendered.text);
        return Properties::Typed(std::move(file));
    }

    std::optional<Properties::Typed> folder(const Key& key) {
        const auto found = declaration_.folders.find(key.name);
        if (found == declaration_.folders.end()) return std::nullopt;  // the loader has said why
        return Properties::Typed(found->second);
    }

    const Declaration& declaration_;
    const Renderer& renderer_;
    Problems& problems_;
    std::string id_;
    bool sound_ = true;
    bool as_it_is_ = false;  ///< the value at hand is an attribute's, in which tags are no tags
    std::set<std::string> secret_keys_;
};

}  // namespace

Bound bind(const Declaration& declaration, const Renderer& renderer, Problems& problems) {
    return Binder(declaration, renderer, problems).run();
}

}  // namespace dray::recipe
