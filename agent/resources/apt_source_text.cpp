// The files of an apt source: what stands in them, from a resource's values.
#include "resources/apt_source_text.h"

#include "error.h"

#include <algorithm>
#include <sstream>
#include <string_view>

namespace dray::resources {
namespace {

using recipe::Properties;

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

[[noreturn]] void refuse_source(const Properties& properties, const std::string& key, std::string cause,
                                std::string hint) {
    throw Error("bad value for '" + key + "' of apt_source[" + properties.name() + "]", std::move(cause),
                std::move(hint));
}

/// White space and control characters, which would begin a field of their own.
bool has_space(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 127; });
}

std::string one_line(const Properties& properties, const std::string& key) {
    std::string text;
    for (const auto& word : properties.texts(key)) {
        if (word.empty() || has_space(word))
            refuse_source(properties, key, "'" + word + "' is empty or holds white space",
                          "write one word an entry");
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

/// What stands between "//" and the path of a URI: "user@host:port".
std::string authority(const std::string& uri) {
    const auto begin = uri.find("://");
    if (begin == std::string::npos) return {};
    const auto end = uri.find('/', begin + 3);
    return uri.substr(begin + 3, end == std::string::npos ? end : end - begin - 3);
}

std::string checked_uri(const Properties& properties) {
    const auto& uri = properties.text("uri");
    const auto colon = uri.find(':');
    if (has_space(uri) || colon == std::string::npos || colon == 0)
        refuse_source(properties, "uri", "'" + uri + "' is no URI",
                      "write http://host/path or https://host/path");
    if (authority(uri).find('@') != std::string::npos)
        refuse_source(properties, "uri", "everybody on the host could read the password in it",
                      "put it into a file of mode 0600 in /etc/apt/auth.conf.d, see apt_auth.conf(5)");
    return uri;
}

/// The key as a deb822 field of many lines: each line indented, an empty one written as ".". Source:
/// deb822(5).
std::string key_field(const Properties& properties) {
    const auto& key = properties.file("signed_by");
    const bool is_public = key.content.find("-----BEGIN PGP PUBLIC KEY BLOCK-----") != std::string::npos;
    const bool is_private = key.content.find("PRIVATE KEY BLOCK-----") != std::string::npos;
    if (!is_public || is_private)
        refuse_source(properties, "signed_by", key.path + " is no armoured OpenPGP public key",
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

/// Suites and components, which a flat repository does not have.
std::string suite_fields(const Properties& properties) {
    const auto suites = one_line(properties, "suites");
    if (suites.empty()) refuse_source(properties, "suites", "it is empty", "write suites = [\"stable\"]");
    const auto list = properties.texts("suites");
    const auto flat =
        std::ranges::count_if(list, [](const std::string& suite) { return suite.ends_with('/'); });
    if (flat != 0 && static_cast<std::size_t>(flat) != list.size())
        refuse_source(properties, "suites", "some end in '/' and some do not",
                      "write one source for the flat repository and one for the other");
    auto components = one_line(properties, "components");
    if (flat != 0 && !components.empty())
        refuse_source(properties, "components", "a flat repository (a suite that ends in '/') has none",
                      "leave it out; see sources.list(5)");
    if (flat != 0) return "Suites: " + suites + "\n";
    if (properties.has("components") && components.empty())
        refuse_source(properties, "components", "it is empty",
                      "leave it out for \"main\"; see sources.list(5)");
    if (components.empty()) components = "main";
    return "Suites: " + suites + "\nComponents: " + components + "\n";
}

std::string seconds_field(const Properties& properties, const std::string& key, const std::string& field) {
    if (!properties.has(key)) return {};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(properties.duration(key)).count();
    if (seconds < 1) refuse_source(properties, key, "it is shorter than a second", "write it like \"7d\"");
    return field + ": " + std::to_string(seconds) + "\n";
}

std::string option_fields(const Properties& properties) {
    const auto truth = [&](const std::string& key, const std::string& field) {
        if (!properties.has(key)) return std::string();
        return field + (properties.truth(key) ? ": yes\n" : ": no\n");
    };
    const auto words = [&](const std::string& key, const std::string& field) {
        const auto text = one_line(properties, key);
        return text.empty() ? std::string() : field + ": " + text + "\n";
    };
    std::string text = words("architectures", "Architectures") + words("languages", "Languages") +
                       words("targets", "Targets") + truth("pdiffs", "PDiffs");
    if (properties.has("by_hash")) text += "By-Hash: " + properties.text("by_hash") + "\n";
    return text + truth("check_valid_until", "Check-Valid-Until") +
           seconds_field(properties, "valid_until_min", "Valid-Until-Min") +
           seconds_field(properties, "valid_until_max", "Valid-Until-Max") +
           truth("check_date", "Check-Date");
}

}  // namespace

std::string source_text(const Properties& properties) {
    return "# Kept by dray: changes made here by hand are undone at the next run.\nTypes: deb\nURIs: " +
           checked_uri(properties) + "\n" + suite_fields(properties) + option_fields(properties) +
           "Signed-By:" + key_field(properties) + "\n";
}

std::string proxy_text(const Properties& properties, const std::string& proxy) {
    const auto uri = checked_uri(properties);
    const auto scheme = uri.substr(0, uri.find(':'));
    auto host = authority(uri);
    host = host.substr(0, host.find(':'));
    const bool named = !host.empty() && host.find_first_not_of(std::string(letters) + "-.") == host.npos;
    if ((scheme != "http" && scheme != "https") || !named)
        refuse_source(properties, "proxy",
                      "apt has proxies for http and https hosts with a name or IPv4 address",
                      "leave it out for " + uri);
    const bool known = std::ranges::any_of(
        std::initializer_list<std::string_view>{"http://", "https://", "socks5h://"},
        [&](std::string_view prefix) { return proxy.starts_with(prefix) && proxy.size() > prefix.size(); });
    if (proxy != "DIRECT" && !known)
        refuse_source(properties, "proxy", "'" + proxy + "' is no proxy",
                      "write http://host:port, https://host:port, socks5h://host:port or DIRECT");
    if (authority(proxy).find('@') != std::string::npos)
        refuse_source(properties, "proxy", "everybody on the host could read the password in it",
                      "put it into a file of mode 0600 in /etc/apt/auth.conf.d, see apt_auth.conf(5)");
    if (has_space(proxy) || proxy.find_first_of("\"\\;{}") != std::string::npos)
        refuse_source(properties, "proxy", "'" + proxy + "' has characters that apt.conf(5) does not take",
                      "write http://host:port");
    return "// Kept by dray: changes made here by hand are undone at the next run.\nAcquire::" + scheme +
           "::Proxy::" + host + " \"" + proxy + "\";\n";
}

}  // namespace dray::resources
