// for_each and only_on: from resources as they are written to those of this host.
#include "recipe/expand.h"

#include "recipe/conditions.h"
#include "recipe/template_marks.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::recipe {
namespace {

class Expander {
  public:
    Expander(const Renderer& renderer, Problems& problems) : renderer_(renderer), problems_(problems) {}

    Expanded run(const std::vector<Declaration>& written) {
        for (const auto& declaration : written) {
            if (declaration.values.contains("for_each"))
                each(declaration);
            else
                one(declaration);
        }
        if (!aliases_->left_out.empty())  // the name may belong to another resource that is on this host
            for (const auto& declaration : expanded_.declarations)
                aliases_->left_out.erase(id(declaration));
        for (auto& declaration : expanded_.declarations)
            declaration.aliases = aliases_;
        return std::move(expanded_);
    }

  private:
    /// "type[name]", or the name as written where it has no value.
    std::string id(const Declaration& declaration) const {
        const auto name = declaration.values.find("name");
        if (name == declaration.values.end() || name->second.text() == nullptr) return {};
        try {
            return declaration.schema->type + "[" +
                   renderer_.render_shown(*name->second.text(), {}, declaration.item_or_null()) + "]";
        } catch (const Error&) {  // said when it is bound
            return declaration.written_id();
        }
    }

    void bad(const Declaration& declaration, const std::string& key, const Error& error) {
        const auto attempt = fmt::format("bad value for '{}' of {}", key, declaration.written_id());
        const auto where = declaration.where(key);
        if (dynamic_cast<const Unknown*>(&error) != nullptr)
            problems_.caught(error, where);
        else
            problems_.add(error.during(attempt).at(where));
    }

    void leave_out(const Declaration& declaration, std::string reason) {
        check_keys(declaration, problems_);
        const auto name = id(declaration);
        aliases_->left_out.insert(name);
        if (!declaration.item) aliases_->left_out.insert(declaration.written_id());
        expanded_.left_out.push_back(
            {name, declaration.recipe, declaration.where("only_on"), std::move(reason)});
    }

    /// The declaration goes in, unless its conditions keep it off this host.
    bool one(const Declaration& declaration) {
        const auto conditions = declaration.values.find("only_on");
        try {
            if (conditions == declaration.values.end()) return put(declaration);
            if (conditions->second.table() == nullptr)
                throw Error(fmt::format("it is {}", conditions->second.kind()), "",
                            fmt::format("write {}", kind_text(Kind::conditions)));
            const auto reason = unmet(*conditions->second.table(), renderer_, declaration.item_or_null());
            if (!reason) return put(declaration);
            leave_out(declaration, *reason);
        } catch (const Error& error) {
            bad(declaration, "only_on", error);
            leave_out(declaration, "its conditions cannot be checked");
        }
        return false;
    }

    bool put(const Declaration& declaration) {
        expanded_.declarations.push_back(declaration);
        return true;
    }

    const Value::List& items(const Value& value) const {
        if (value.list() != nullptr) return *value.list();
        if (value.text() == nullptr)
            throw Error(fmt::format("it is {}", value.kind()), "",
                        fmt::format("write {}", kind_text(Kind::list_name)));
        const auto tag = whole_tag(*value.text());
        const std::string name(tag.empty() ? *value.text() : tag);
        const Value& list = renderer_.value(name);
        if (list.list() == nullptr)
            throw Error(fmt::format("{} is {}", name, list.kind()), "",
                        list.table() != nullptr ? "a list of tables is written [[attributes.sites]]"
                                                : "write it as a list: [\"…\"]");
        return *list.list();
    }

    void each(const Declaration& declaration) {
        auto& group = aliases_->groups[declaration.written_id()];
        try {
            std::vector<std::string> names;
            for (const auto& item : items(declaration.values.at("for_each"))) {
                Declaration instance = declaration;
                instance.item = item;
                const auto name = id(instance);
                if (std::ranges::find(names, name) != names.end()) {
                    problems_.add(name + " is declared twice by its for_each", "",
                                  declaration.written_id() == name
                                      ? "its name has to differ from item to item: use {{item}} in it"
                                      : "remove the item that is in the list twice",
                                  declaration.where("name"));
                    continue;
                }
                names.push_back(name);
                if (one(instance)) group.push_back(name);
            }
            if (names.empty()) check_keys(declaration, problems_);
        } catch (const Error& error) {
            check_keys(declaration, problems_);
            bad(declaration, "for_each", error);
        }
    }

    const Renderer& renderer_;
    Problems& problems_;
    Expanded expanded_;
    std::shared_ptr<Aliases> aliases_ = std::make_shared<Aliases>();
};

}  // namespace

Expanded expand(const std::vector<Declaration>& written, const Renderer& renderer, Problems& problems) {
    return Expander(renderer, problems).run(written);
}

}  // namespace dray::recipe
