// Mustache templates, strict.
#include "recipe/template.h"

#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace dray::recipe {
namespace {

using Data = kainjow::mustache::data;

constexpr std::size_t section_depth_limit = 32;  // kainjow's reader is recursive, and no person nests so deep

constexpr char mark = '\x01';  // cannot be in a recipe: toml_lines refuses control characters

Data convert(const Value& value) {
    if (value.table() != nullptr) {
        Data object{Data::type::object};
        for (const auto& [key, item] : *value.table())
            object.set(key, convert(item));
        return object;
    }
    if (value.list() != nullptr) {
        Data list{Data::type::list};
        for (const auto& item : *value.list())
            list.push_back(convert(item));
        return list;
    }
    if (value.truth() != nullptr) return Data{*value.truth()};
    return Data{value.show()};
}

/// Mustache cannot tell its data whether a name stands in {{name}} or in {{#name}}, and has no lines in its
/// errors. So each name is marked before it is parsed: mark, 'v' or 's' (variable, section), line, mark,
/// name.
class Marker {
  public:
    Marker(std::string_view text, const Location& start) : text_(text), at_(start) {}

    std::string run() {
        while (true) {
            const auto begin = text_.find(open_);
            copy(begin == std::string_view::npos ? text_.size() : begin);
            if (text_.empty()) break;
            tag();
        }
        if (sections_.empty()) return std::move(out_);
        at_.line = sections_.back().second;
        broken(fmt::format("section '{}' is never closed", sections_.back().first),
               fmt::format("write {{{{/{}}}}} where it ends", sections_.back().first));
    }

    /// The names in the text's tags, sections' too; complete once it has run.
    const std::vector<std::string>& names() const { return names_; }

  private:
    [[noreturn]] void broken(std::string cause, std::string hint) const {
        throw Error(Error::Parts{"cannot render a template", std::move(cause), std::move(hint), at_});
    }

    static std::string_view trimmed(std::string_view text) {
        const auto first = text.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return {};
        return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
    }

    void copy(std::size_t length) {
        at_.line += static_cast<int>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        out_ += text_.substr(0, length);
        text_.remove_prefix(length);
    }

    void tag() {
        const bool triple = open_ == "{{" && text_.starts_with("{{{");
        const std::string end = triple ? "}}}" : close_;
        const auto close = text_.find(end, open_.size());
        if (close == std::string_view::npos)
            broken("'" + open_ + "' is never closed by '" + end + "'",
                   "write {{=<% %>=}} before a text that has such brackets of its own");
        const auto length = close + end.size();
        auto inner = trimmed(text_.substr(open_.size(), close - open_.size()));
        const char sigil = inner.empty() ? '\0' : inner.front();
        if (sigil == '=') {
            set_delimiters(inner);
            return copy(length);
        }
        if (sigil == '!') return copy(length);
        if (sigil == '>')
            broken("partials ({{> …}}) are not part of dray's templates",
                   "put the text into the template itself");
        const bool section = sigil == '#' || sigil == '^' || sigil == '/';
        if (section || sigil == '{' || sigil == '&') inner.remove_prefix(1);
        const auto name = trimmed(inner);
        names_.emplace_back(name);
        if (section) {
            // The same mark at both ends of a section, or they would not match.
            const int line = sigil == '/' ? close_section(name) : open_section(name);
            out_ += open_ + sigil + marked('s', line, name) + close_;
        } else {
            out_ += open_ + "&" + marked('v', at_.line, name) + close_;
        }
        at_.line += static_cast<int>(
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(length), '\n'));
        text_.remove_prefix(length);
    }

    int open_section(std::string_view name) {
        if (sections_.size() == section_depth_limit)
            broken(fmt::format("sections nested deeper than {} levels", section_depth_limit),
                   "write it flatter");
        sections_.emplace_back(name, at_.line);
        return at_.line;
    }

    /// The line on which the section was opened.
    int close_section(std::string_view name) {
        if (sections_.empty())
            broken(fmt::format("section '{}' is closed, but not open", name),
                   "remove its end, or write its beginning");
        const auto [opened, line] = sections_.back();
        if (opened != name)
            broken(fmt::format("section '{}' of line {} is closed as '{}'", opened, line, name),
                   "close the innermost section first");
        sections_.pop_back();
        return line;
    }

    static std::string marked(char kind, int line, std::string_view name) {
        return fmt::format("{}{}{}{}{}", mark, kind, line, mark, name);
    }

    void set_delimiters(std::string_view inner) {
        const auto first = inner.find_first_not_of("= \t");
        const auto last = inner.find_last_not_of("= \t");
        const auto space = inner.find_first_of(" \t", first == std::string_view::npos ? 0 : first);
        if (first == std::string_view::npos || space == std::string_view::npos || space > last)
            broken("broken delimiter tag", "write {{=<% %>=}}");
        open_ = inner.substr(first, space - first);
        const auto second = inner.find_first_not_of(" \t", space);
        close_ = inner.substr(second, last - second + 1);
    }

    std::string_view text_;
    Location at_;
    std::string open_ = "{{";
    std::string close_ = "}}";
    std::vector<std::pair<std::string_view, int>> sections_;
    std::vector<std::string> names_;
    std::string out_;
};

struct Tag {
    bool variable = false;
    int line = 0;
    std::string name;
};

Tag parse_mark(const std::string& text) {
    if (text.empty() || text.front() != mark) return {true, 0, text};
    const auto end = text.find(mark, 1);
    return {text.at(1) == 'v', std::stoi(text.substr(2, end - 2)), text.substr(end + 1)};
}

/// Looks names up, innermost section first, and throws for those that have no value.
class StrictContext final : public kainjow::mustache::basic_context<std::string> {
  public:
    StrictContext(const Data& root, const Scope& scope, const Location& start)
        : scope_(scope), start_(start) {
        stack_.push_back(&root);
    }

    void push(const Data* data) override { stack_.push_back(data); }
    void pop() override { stack_.pop_back(); }

    const Data* get(const std::string& text) const override {
        const Tag tag = parse_mark(text);
        const Data* found = tag.name == "." ? stack_.back() : look_up(tag.name);
        if (found == nullptr) found = package(tag);
        if (found == nullptr) missing(tag);
        if (tag.variable && !found->is_string()) return printed(*found, tag);
        return found;
    }

    const Data* get_partial(const std::string&) const override { return nullptr; }

  private:
    const Data* look_up(const std::string& name) const {
        for (auto level = stack_.rbegin(); level != stack_.rend(); ++level) {
            const Data* at = *level;
            std::size_t begin = 0;
            while (at != nullptr && begin <= name.size()) {
                const auto dot = std::min(name.find('.', begin), name.size());
                at = at->is_object() ? at->get(name.substr(begin, dot - begin)) : nullptr;
                begin = dot + 1;
            }
            if (at != nullptr) return at;
        }
        return nullptr;
    }

    const Data* package(const Tag& tag) const {
        constexpr std::string_view prefix = "package.";
        const auto dot = tag.name.rfind('.');
        if (!tag.name.starts_with(prefix) || dot < prefix.size()) return nullptr;
        const auto field = tag.name.substr(dot + 1);
        if (field != "version" && field != "release") return nullptr;
        if (!scope_.package_version) return keep(Data{"0"});
        const auto package = tag.name.substr(prefix.size(), dot - prefix.size());
        const auto version = scope_.package_version(package);
        if (!version)
            throw Error(Error::Parts{"cannot render {{" + tag.name + "}}",
                                     "package " + package + " is not installed",
                                     "put the package's resource above this one", at(tag)});
        return keep(Data{field == "release" ? release_of(*version) : *version});
    }

    const Data* printed(const Data& data, const Tag& tag) const {
        if (data.is_bool()) return keep(Data{data.is_true() ? "true" : "false"});
        throw Error(Error::Parts{"cannot print {{" + tag.name + "}}",
                                 data.is_list() ? "it is a list" : "it is a table",
                                 data.is_list() ? "write {{#" + tag.name + "}}{{.}} {{/" + tag.name + "}}"
                                                : "name one of its keys",
                                 at(tag)});
    }

    [[noreturn]] void missing(const Tag& tag) const {
        std::vector<std::string> known;
        for (const auto& [key, value] : *scope_.attributes.table())
            known.push_back("attribute." + key);
        for (const auto& [key, value] : *scope_.facts.table())
            known.push_back("fact." + key);
        const auto near = nearest(tag.name, known);
        throw Error(
            Error::Parts{"cannot render {{" + tag.name + "}}", "it has no value",
                         near ? "did you mean {{" + *near + "}}?"
                              : "give it one under [attributes] in the recipe or in /etc/dray/host.toml",
                         at(tag)});
    }

    Location at(const Tag& tag) const { return {start_.file, tag.line > 0 ? tag.line : start_.line}; }

    const Data* keep(Data data) const { return &kept_.emplace_back(std::move(data)); }

    std::vector<const Data*> stack_;
    const Scope& scope_;
    Location start_;
    mutable std::deque<Data> kept_;  // mustache wants pointers to what is made on the way
};

}  // namespace

class Renderer::Data {
  public:
    explicit Data(Scope given) : scope(std::move(given)), root(kainjow::mustache::data::type::object) {
        root.set("attribute", convert(scope.attributes));
        root.set("fact", convert(scope.facts));
    }
    Scope scope;
    kainjow::mustache::data root;
};

Renderer::Renderer(Scope scope) : data_(std::make_unique<Data>(std::move(scope))) {}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

const Scope& Renderer::scope() const {
    return data_->scope;
}

std::string Renderer::render(std::string_view text, const Location& start) const {
    if (text.find("{{") == std::string_view::npos) return std::string(text);
    if (text.find(mark) != std::string_view::npos)
        throw Error(Error::Parts{"cannot render a template", "it holds a control character (0x01)",
                                 "remove it", start});
    kainjow::mustache::mustache parsed{Marker(text, start).run()};
    if (!parsed.is_valid()) {
        auto cause = parsed.error_message();
        std::erase(cause, mark);
        throw Error(Error::Parts{"cannot render a template", cause, "see mustache(5)", start});
    }
    StrictContext context(data_->root, data_->scope, start);
    return parsed.render(context);
}

std::vector<std::string> packages_named(std::string_view text) {
    constexpr std::string_view prefix = "package.";
    if (text.find("{{") == std::string_view::npos) return {};
    Marker marker(text, {});
    try {
        marker.run();
    } catch (const Error&) {
        return {};  // who renders the text is told what is wrong with it
    }
    std::vector<std::string> packages;
    for (const auto& name : marker.names()) {
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
