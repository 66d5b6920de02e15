// The resource types as dray-recipe(5) has them.
#include "reference/manual.h"

#include "error.h"
#include "reference/help.h"
#include "reference/value_shape.h"

namespace dray::reference {
namespace {

using recipe::Key;

constexpr std::string_view mark = "\n.\\\" RESOURCE TYPES\n";

/// Text as roff shows it unchanged: groff_man(7), "Portability".
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else if (c == '`')
            out += "\\(ga";
        else if (c == '"')
            out += "\\(dq";
        else
            out += c;
    }
    return out;
}

std::string manual_entry(const Key& key) {
    std::string kind(kind_name(key.kind));
    if (!key.choices.empty()) {
        kind = "one of";
        for (const auto& choice : key.choices)
            kind += (choice == key.choices.front() ? " " : ", ") + choice;
    }
    std::string out = ".TP\n\\fB" + roff(key.name) + "\\fP (\\fI" + roff(kind) + "\\fP";
    if (key.secret) out += "; may hold a secret";
    if (key.required) out += "; required";
    if (key.required_if_present) out += "; required unless state is absent";
    if (key.fallback) out += "; default " + roff(key.fallback->show());
    return out + ")\n" + roff(key.doc) + "\n";
}

}  // namespace

std::string manual_section(const recipe::Schema& schema) {
    std::string out =
        ".SS " + schema.type + "\n" + roff(schema.summary) + "\n" + manual_entry(name_key(schema));
    for (const auto& key : schema.keys)
        out += manual_entry(key);
    return out + ".PP\n.EX\n" + roff(schema.example) +
           ".EE\n.PP\nSource of the rules: " + roff(schema.source) + ".\n";
}

std::string manual_page(std::string_view page, const recipe::Catalogue& catalogue) {
    const auto at = page.find(mark);
    if (at == std::string_view::npos || page.find(mark, at + 1) != std::string_view::npos)
        throw Error("cannot make the manual page", "it has not exactly one line '.\\\" RESOURCE TYPES'");
    std::string out(page.substr(0, at + 1));
    for (const auto& type : catalogue.types())
        out += manual_section(*catalogue.find(type));
    out += page.substr(at + mark.size());
    return out;
}

}  // namespace dray::reference
