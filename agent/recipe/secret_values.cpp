// { secret = "file:…" } in attributes and resources.
#include "recipe/secret_values.h"

#include <utility>
#include <vector>

namespace dray::recipe {
namespace {

using Where = std::function<Location(const std::string&)>;

SecretReference parse(const Value& value) {
    if (value.text() != nullptr) return parse_secret_reference(*value.text());
    std::vector<std::string> words;
    if (value.list() != nullptr)
        for (const auto& item : *value.list())
            if (item.text() != nullptr) words.push_back(*item.text());
    if (value.list() == nullptr || words.size() != value.list()->size())
        throw Error("cannot tell where a secret is kept", "it is no text and no list of texts",
                    "write { secret = \"file:/etc/dray/secrets/NAME\" }");
    return parse_secret_reference(words);
}

void read(Value& value, const std::string& path, const Where& where, Problems& problems) {
    if (value.list() != nullptr) {
        for (std::size_t i = 0; i < value.list()->size(); ++i)
            read((*value.list())[i], path + "." + std::to_string(i), where, problems);
    } else if (value.table() != nullptr && value.table()->size() == 1 && value.table()->contains("secret")) {
        try {
            value = Value(parse(value.table()->at("secret")));
        } catch (const Error& error) {
            problems.add(error.at(where(path)));
        }
    } else if (value.table() != nullptr) {
        for (auto& [key, item] : *value.table())
            read(item, path.empty() ? key : path + "." + key, where, problems);
    }
}

}  // namespace

void read_secrets(Value::Table& table, const Where& where, Problems& problems) {
    for (auto& [key, value] : table)
        read(value, key, where, problems);
}

void refuse_secret(const std::string& what, const Schema& schema, const Key& key, const std::string& id) {
    std::string others;
    for (const auto& each : schema.keys)
        if (each.secret) others += (others.empty() ? "" : ", ") + each.name;
    throw Error("a secret cannot stand in '" + key.name + "' of " +
                    (id.empty() ? "a resource of type " + schema.type : id),
                what + (key.kind == Kind::command || key.kind == Kind::script
                            ? " would be seen by all users in the list of processes"
                            : " would be seen in reports and logs"),
                others.empty() ? "write it into a file by a template with mode = \"0640\", and name that file"
                               : "of " + schema.type + ", these may hold one: " + others);
}

}  // namespace dray::recipe
