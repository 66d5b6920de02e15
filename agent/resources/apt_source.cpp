// The resource type `apt_source`.
#include "resources/apt_source.h"

#include <algorithm>
#include <sstream>

namespace dray::resources {
namespace {

using recipe::Kind;

[[noreturn]] void refuse(const recipe::Properties& properties, const std::string& key, std::string cause,
                         std::string hint) {
    throw Error("bad value for '" + key + "' of apt_source[" + properties.name() + "]", std::move(cause),
                std::move(hint));
}

bool has_space(const std::string& text) {
    return text.find_first_of(" \t\n\r") != std::string::npos;
}

std::string joined(const recipe::Properties& properties, const std::string& key) {
    std::string text;
    for (const auto& word : properties.texts(key)) {
        if (word.empty() || has_space(word))
            refuse(properties, key, "'" + word + "' is empty or holds white space",
                   "write one word an entry");
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// The key as a deb822 field of many lines: each line indented, an empty one written as ".". Source:
/// deb822(5).
std::string key_field(const recipe::Properties& properties) {
    const auto& key = properties.file("signed_by");
    if (key.content.find("-----BEGIN PGP PUBLIC KEY BLOCK-----") == std::string::npos)
        refuse(properties, "signed_by", key.path + " is no armoured OpenPGP public key",
               "make it by `gpg --armor --export KEY`");
    std::string field;
    std::istringstream lines(key.content);
    for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.pop_back();
        field += "\n " + (line.empty() ? "." : line);
    }
    return field;
}

std::string deb822(const recipe::Properties& properties) {
    const auto& uri = properties.text("uri");
    if (has_space(uri) || uri.find(':') == std::string::npos)
        refuse(properties, "uri", "'" + uri + "' is no URI", "write http://host/path or https://host/path");
    const auto suites = joined(properties, "suites");
    if (suites.empty()) refuse(properties, "suites", "it is empty", "write suites = [\"stable\"]");
    const auto components = joined(properties, "components");
    const bool flat = suites.ends_with("/");
    if (components.empty() != flat)
        refuse(properties, "components",
               flat ? "a flat repository (a suite that ends in '/') has none" : "it is empty",
               "see sources.list(5)");
    std::string text =
        "# Kept by dray: changes made here by hand are undone at the next run.\nTypes: deb\nURIs: " + uri +
        "\nSuites: " + suites + "\n";
    if (!flat) text += "Components: " + components + "\n";
    if (const auto architectures = joined(properties, "architectures"); !architectures.empty())
        text += "Architectures: " + architectures + "\n";
    return text + "Signed-By:" + key_field(properties) + "\n";
}

}  // namespace

const recipe::Schema AptSource::schema{
    .type = "apt_source",
    .summary = "A signed apt repository; one without a key cannot be declared.",
    .source = "sources.list(5), deb822(5)",
    .name_doc = "a short name; the file is /etc/apt/sources.list.d/NAME.sources",
    .name_kind = Kind::text,
    .keys = {{.name = "uri", .kind = Kind::text, .doc = "Base URI of the repository.", .required = true},
             {.name = "suites",
              .kind = Kind::texts,
              .doc = "Suites, or paths that end in '/' for a flat repository.",
              .required = true},
             {.name = "components",
              .kind = Kind::texts,
              .doc = "Components; none for a flat repository.",
              .fallback = Value(Value::List{"main"})},
             {.name = "architectures",
              .kind = Kind::texts,
              .doc = "Only these architectures; the host's own when not given."},
             {.name = "signed_by",
              .kind = Kind::file,
              .doc = "The armoured OpenPGP key that signs it; compared by content, so that a renewed key is "
                     "taken up.",
              .required = true},
             {.name = "state",
              .kind = Kind::text,
              .doc = "Whether it is to be there at all.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "apt_source"
name = "internal"
uri = "{{attribute.repository}}"
suites = ["stable"]
components = ["main"]
signed_by = "files/internal.asc"
)"};

AptSource::AptSource(const recipe::Properties& properties) : name_(properties.name()) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    if (name_.find_first_not_of(allowed) != std::string::npos || name_.front() == '.')
        refuse(properties, "name", "apt passes over files with such names",
               "use letters, digits, '_', '-' and '.'");
    file_ = {.path = "/etc/apt/sources.list.d/" + name_ + ".sources",
             .content = deb822(properties),
             .ownership = {"root", "root", 0644},
             .sensitive = false,
             .present = properties.text("state") == "present"};
}

void AptSource::expect(host::Host& host) const {
    if (file_.present) host.apt().expect_source(name_);
}

void AptSource::apply(host::Host& host, const State& now, const Progress&) {
    file_.apply(host, now);
    host.apt().sources_changed();
}

void AptSource::rehearse(host::Host& host) const {
    host.apt().rehearse_source(name_, file_.present ? file_.content : "");
}

}  // namespace dray::resources
