// Mustache templates, strict.
#include "recipe/template.h"

#include "recipe/template_marks.h"
#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace dray::recipe {
namespace {

using MustacheData = kainjow::mustache::data;

/// Bytes that one rendering may handle: sections over long lists, one in the other, would go on for ever and
/// take all memory. A configuration file of a megabyte with a hundred turns of its sections is far below it.
constexpr std::size_t work_limit = 256u << 20;

constexpr auto stand_in = "(secret)";  // while recipes are being checked

/// What mustache has of a secret: no text, but the place where it is kept. Mustache never calls it.
struct Hidden {
    SecretReference reference;
    std::string operator()(const std::string&) const { return stand_in; }
};

MustacheData convert(const Value& value) {
    if (value.secret() != nullptr) return MustacheData{kainjow::mustache::lambda(Hidden{*value.secret()})};
    if (value.table() != nullptr) {
        MustacheData object{MustacheData::type::object};
        for (const auto& [key, item] : *value.table())
            object.set(key, convert(item));
        return object;
    }
    if (value.list() != nullptr) {
        MustacheData list{MustacheData::type::list};
        for (const auto& item : *value.list())
            list.push_back(convert(item));
        return list;
    }
    if (value.truth() != nullptr) return MustacheData{*value.truth()};
    return MustacheData{value.show()};
}

/// What stands at a dotted path below `data`; null when nothing does. A key may have dots itself, as the
/// names of some packages.
const MustacheData* descend(const MustacheData* data, std::string_view path) {
    if (data != nullptr && data->is_object())
        if (const auto* found = data->get(std::string(path))) return found;
    while (data != nullptr) {
        const auto dot = path.find('.');
        data = data->is_object() ? data->get(std::string(path.substr(0, dot))) : nullptr;
        if (dot == std::string_view::npos) return data;
        path.remove_prefix(dot + 1);
    }
    return nullptr;
}

/// Likewise.
const Value* below(const Value& value, std::string_view path) {
    if (value.table() != nullptr)
        if (const auto found = value.table()->find(path); found != value.table()->end())
            return &found->second;
    return value.find(path);
}

/// The first part of a dotted name, and the rest.
std::pair<std::string_view, std::string_view> split(std::string_view name) {
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) return {name, {}};
    return {name.substr(0, dot), name.substr(dot + 1)};
}

}  // namespace

/// A scope in mustache's terms, with the facts that were learned on the way.
class Renderer::Data {
  public:
    struct Learned {
        std::optional<Value> value;
        MustacheData data{MustacheData::type::object};
    };

    explicit Data(Scope given) : scope(std::move(given)), root(MustacheData::type::object) {
        root.set("attribute", convert(scope.attributes));
        root.set("fact", convert(scope.facts));
    }

    /// The fact of this name beyond those of the scope itself; null when there is none.
    const Learned* learn(std::string_view name) const {
        if (!scope.more_facts || name.empty() || scope.facts.table()->contains(name)) return nullptr;
        auto found = learned_.find(name);
        if (found == learned_.end()) {
            Learned learned;
            learned.value = scope.more_facts->learn(std::string(name));
            if (learned.value) learned.data = convert(*learned.value);
            found = learned_.emplace(name, std::move(learned)).first;
        }
        return found->second.value ? &found->second : nullptr;
    }

    std::string reveal(const SecretReference& reference) const {
        return scope.secret ? scope.secret(reference).reveal() : stand_in;
    }

    /// A name without a value, in a tag or by itself.
    [[noreturn]] void missing(const std::string& name, bool tag, const Value* item,
                              const Location& where) const {
        const auto first = split(name).first;
        const auto shown = [tag](const std::string& each) { return tag ? "{{" + each + "}}" : each; };
        const auto attempt = (tag ? "cannot render " : "cannot find ") + shown(name);
        if (first == "item" && item == nullptr)
            throw Error(Error::Parts{attempt, "the resource has no for_each",
                                     "write for_each = \"attribute.…\" to have one for each item", where});
        std::vector<std::string> known;
        collect_names(scope.attributes, "attribute.", known);
        collect_names(scope.facts, "fact.", known);
        if (scope.more_facts)
            for (const auto& fact : scope.more_facts->names())
                known.push_back("fact." + fact);
        if (item != nullptr) known.emplace_back("item");
        if (item != nullptr && item->table() != nullptr) collect_names(*item, "item.", known);
        std::string hint = "names begin with attribute., fact. or package.";
        if (first == "fact") hint = "dray facts lists those of this host";
        if (first == "attribute")
            hint = "give it one under [attributes] in the recipe or in /etc/dray/host.toml";
        if (const auto near = nearest(name, known)) hint = "did you mean " + shown(*near) + "?";
        throw Error(Error::Parts{attempt, "it has no value", hint, where});
    }

    Scope scope;
    MustacheData root;

  private:
    mutable std::map<std::string, Learned, std::less<>> learned_;
};

namespace {

/// Looks names up, innermost section first, and throws for those that have no value.
class StrictContext final : public kainjow::mustache::basic_context<std::string> {
  public:
    StrictContext(const Renderer::Data& data, const Location& start, const Value* item, std::size_t text_size)
        : data_(data), item_(item), text_size_(text_size), start_(start) {
        if (item != nullptr) {
            MustacheData level{MustacheData::type::object};
            level.set("item", convert(*item));
            stack_.push_back(keep(std::move(level)));
        }
        stack_.push_back(&data.root);
    }

    void push(const MustacheData* data) override {
        work(text_size_);
        stack_.push_back(data);
    }
    void pop() override { stack_.pop_back(); }

    const MustacheData* get(const std::string& text) const override {
        const TemplateTag tag = read_mark(text);
        const MustacheData* found = tag.name == "." ? stack_.back() : look_up(tag.name);
        if (found == nullptr) found = fact(tag);
        if (found == nullptr) found = package(tag);
        if (found == nullptr) data_.missing(tag.name, true, item_, at(tag));
        if (found->is_lambda()) found = revealed(*found, tag);
        if (tag.variable && !found->is_string()) found = printed(*found, tag);
        if (!tag.variable && found->is_string() && found->string_value().empty())
            found =
                keep(MustacheData{false});  // so that a section can be about a value that may be left empty
        work(found->is_string() ? found->string_value().size() : 1);
        return found;
    }

    const MustacheData* get_partial(const std::string&) const override { return nullptr; }

    /// The names of the secrets that were looked up so far.
    const std::vector<std::string>& secrets() const { return secrets_; }

  private:
    const MustacheData* look_up(const std::string& name) const {
        for (auto level = stack_.rbegin(); level != stack_.rend(); ++level)
            if (const auto* found = descend(*level, name)) return found;
        return nullptr;
    }

    const MustacheData* fact(const TemplateTag& tag) const {
        const auto [first, rest] = split(tag.name);
        if (first != "fact") return nullptr;
        const auto [name, path] = split(rest);
        const auto* learned = data_.learn(name);
        if (learned == nullptr) return nullptr;
        return path.empty() ? &learned->data : descend(&learned->data, path);
    }

    const MustacheData* package(const TemplateTag& tag) const {
        constexpr std::string_view prefix = "package.";
        const auto dot = tag.name.rfind('.');
        if (!tag.name.starts_with(prefix) || dot < prefix.size()) return nullptr;
        const auto field = tag.name.substr(dot + 1);
        if (field != "version" && field != "release")
            throw Error(Error::Parts{"cannot render {{" + tag.name + "}}", "a package has no " + field,
                                     "write " + tag.name.substr(0, dot) +
                                         ".version (as dpkg has it) or .release (without the revision)",
                                     at(tag)});
        if (!data_.scope.package_version) return keep(MustacheData{"0"});
        const auto package = tag.name.substr(prefix.size(), dot - prefix.size());
        const auto version = data_.scope.package_version(package);
        if (!version)
            throw Error(Error::Parts{"cannot render {{" + tag.name + "}}",
                                     "package " + package + " is not installed",
                                     "put the package's resource above this one", at(tag)});
        return keep(MustacheData{field == "release" ? release_of(*version) : *version});
    }

    const MustacheData* revealed(const MustacheData& data, const TemplateTag& tag) const {
        if (std::ranges::find(secrets_, tag.name) == secrets_.end()) secrets_.push_back(tag.name);
        return keep(MustacheData{data_.reveal(data.lambda_value().target<Hidden>()->reference)});
    }

    const MustacheData* printed(const MustacheData& data, const TemplateTag& tag) const {
        if (data.is_bool()) return keep(MustacheData{data.is_true() ? "true" : "false"});
        throw Error(Error::Parts{"cannot print {{" + tag.name + "}}",
                                 data.is_list() ? "it is a list" : "it is a table",
                                 data.is_list() ? "write {{#" + tag.name + "}}{{.}} {{/" + tag.name + "}}"
                                                : "name one of its keys",
                                 at(tag)});
    }

    void work(std::size_t bytes) const {
        work_ += bytes;
        if (work_ > work_limit)
            throw Error(Error::Parts{"cannot render a template", "its sections would go on for too long",
                                     "go through fewer or shorter lists in each other", start_});
    }

    Location at(const TemplateTag& tag) const { return {start_.file, tag.line > 0 ? tag.line : start_.line}; }

    const MustacheData* keep(MustacheData data) const { return &kept_.emplace_back(std::move(data)); }

    std::vector<const MustacheData*> stack_;
    const Renderer::Data& data_;
    const Value* item_;
    std::size_t text_size_;
    Location start_;
    mutable std::size_t work_ = 0;
    mutable std::vector<std::string> secrets_;
    mutable std::deque<MustacheData> kept_;  // mustache wants pointers to what is made on the way
};

}  // namespace

Renderer::Renderer(Scope scope) : data_(std::make_unique<Data>(std::move(scope))) {}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

Rendered Renderer::render(std::string_view text, const Location& start, const Value* item) const {
    if (text.find("{{") == std::string_view::npos) return {std::string(text)};
    if (text.find(template_mark) != std::string_view::npos)
        throw Error(Error::Parts{"cannot render a template", "it holds a control character (0x01)",
                                 "remove it", start});
    kainjow::mustache::mustache parsed{mark_template(text, start).text};
    if (!parsed.is_valid()) {
        auto cause = parsed.error_message();
        std::erase(cause, template_mark);
        throw Error(Error::Parts{"cannot render a template", cause, "see mustache(5)", start});
    }
    StrictContext context(*data_, start, item, text.size());
    auto rendered = parsed.render(context);
    return {std::move(rendered), context.secrets()};
}

std::string Renderer::render_shown(std::string_view text, const Location& start, const Value* item) const {
    auto rendered = render(text, start, item);
    if (rendered.secrets.empty()) return std::move(rendered.text);
    throw Error(Error::Parts{"cannot use {{" + rendered.secrets.front() + "}} here",
                             "a secret would be seen in reports and logs", "name something that may be shown",
                             start});
}

std::string Renderer::reveal(const SecretReference& reference) const {
    return data_->reveal(reference);
}

const Value& Renderer::value(std::string_view name, const Value* item) const {
    const auto [first, rest] = split(name);
    const Value* found = nullptr;
    if (first == "item" && item != nullptr) found = rest.empty() ? item : item->find(rest);
    if (first == "attribute") found = data_->scope.attributes.find(rest);
    if (first == "fact") {
        found = data_->scope.facts.find(rest);
        const auto [fact, path] = split(rest);
        if (const auto* learned = found == nullptr ? data_->learn(fact) : nullptr)
            found = path.empty() ? &*learned->value : below(*learned->value, path);
    }
    if (found == nullptr) data_->missing(std::string(name), false, item, {});
    return *found;
}

std::vector<std::string> packages_named(std::string_view text) {
    constexpr std::string_view prefix = "package.";
    if (text.find("{{") == std::string_view::npos) return {};
    std::vector<std::string> names;
    try {
        names = mark_template(text, {}).names;
    } catch (const Error&) {
        return {};  // who renders the text is told what is wrong with it
    }
    std::vector<std::string> packages;
    for (const auto& name : names) {
        const auto dot = name.rfind('.');
        if (name.starts_with(prefix) && dot > prefix.size())
            packages.push_back(name.substr(prefix.size(), dot - prefix.size()));
    }
    return packages;
}

std::string release_of(std::string_view version) {
    if (const auto colon = version.find(':'); colon != std::string_view::npos)
        version.remove_prefix(colon + 1);
    if (const auto dash = version.rfind('-'); dash != std::string_view::npos)
        version = version.substr(0, dash);
    return std::string(version.substr(0, version.find_first_of("+~")));
}

}  // namespace dray::recipe
