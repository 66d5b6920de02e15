// Secrets: where they are kept.
#include "secret.h"

#include "error.h"

#include <sstream>

namespace dray {
namespace {

constexpr auto forms =
    "write \"file:/etc/dray/secrets/NAME\", \"credential:NAME\" or \"command:PROGRAM ARGUMENTS\"";

[[noreturn]] void refuse(std::string cause) {
    throw Error("cannot tell where a secret is kept", std::move(cause), forms);
}

bool is_path(const std::string& text) {
    return text.size() > 1 && text.front() == '/' && text.back() != '/' &&
           text.find('\0') == std::string::npos && (text + "/").find("/../") == std::string::npos;
}

bool is_credential_name(const std::string& text) {
    return !text.empty() && text != "." && text != ".." &&
           text.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

SecretReference make(std::string_view store, std::vector<std::string> words) {
    if (store == "command") {
        if (words.empty() || words.front().empty()) refuse("it names no command");
        return {SecretReference::Store::command, {}, std::move(words)};
    }
    if (store != "file" && store != "credential")
        refuse("a secret itself does not stand in a recipe or in its attributes, only where it is kept");
    if (words.size() != 1) refuse("it needs one name");
    if (store == "file") {
        if (!is_path(words.front())) refuse("its file is no absolute path without '..'");
        return {SecretReference::Store::file, std::move(words.front()), {}};
    }
    if (!is_credential_name(words.front())) refuse("its credential has no name, or one with a slash");
    return {SecretReference::Store::credential, std::move(words.front()), {}};
}

}  // namespace

std::string SecretReference::text() const {
    switch (store) {
        case Store::file:
            return "file:" + name;
        case Store::credential:
            return "credential:" + name;
        case Store::command:
            break;
    }
    std::string text;
    for (const auto& word : command)
        text += (text.empty() ? "command:" : " ") + word;
    return text;
}

SecretReference parse_secret_reference(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto store = text.substr(0, colon);
    const auto rest = std::string(text.substr(std::min(colon + 1, text.size())));
    if (store != "command") return make(store, {rest});
    std::vector<std::string> words;
    std::istringstream stream(rest);
    for (std::string word; stream >> word;)
        words.push_back(word);
    return make(store, std::move(words));
}

SecretReference parse_secret_reference(const std::vector<std::string>& words) {
    if (words.empty()) refuse("it is an empty list");
    return make(words.front(), {words.begin() + 1, words.end()});
}

}  // namespace dray
