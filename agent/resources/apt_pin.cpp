// The resource type `apt_pin`.
#include "resources/apt_pin.h"

#include "resources/apt_name.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>

namespace dray::resources {
namespace {

using recipe::Kind;
using recipe::Properties;

[[noreturn]] void refuse_pin(const Properties& properties, const std::string& key, std::string cause,
                             std::string hint) {
    throw Error("bad value for '" + key + "' of apt_pin[" + properties.name() + "]", std::move(cause),
                std::move(hint));
}

/// One line of the file: a line break would begin a field that nobody has checked.
std::string line(const Properties& properties, const std::string& key) {
    auto text = properties.text_or_empty(key);
    const bool broken =
        std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
    if (broken)
        refuse_pin(properties, key, "it holds a line break or control character", "write it in one line");
    return text;
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return words;
}

/// "a=stable, v=12": each condition one that apt knows, as it passes over all others and then pins more than
/// was meant.
void check_release(const Properties& properties, const std::string& conditions) {
    std::istringstream stream(conditions);
    for (std::string condition; std::getline(stream, condition, ',');) {
        const auto begin = condition.find_first_not_of(' ');
        const auto equal = condition.find('=');
        if (begin == std::string::npos)
            refuse_pin(properties, "pin", "a condition of 'release' is empty",
                       "write it like \"release o=Debian, n=bookworm\"");
        if (equal == std::string::npos) continue;
        const bool known = equal == begin + 1 &&
                           std::string_view("anvcolb").find(condition[begin]) != std::string_view::npos;
        if (!known)
            refuse_pin(properties, "pin", "apt knows no condition '" + condition.substr(begin) + "'",
                       "they are a= (suite), n= (codename), v= (version), c= (component), o= (origin), l= "
                       "(label) and b= (architecture)");
    }
}

std::string checked_pin(const Properties& properties) {
    const auto pin = line(properties, "pin");
    const auto space = pin.find(' ');
    const auto kind = pin.substr(0, space);
    constexpr std::array<std::string_view, 3> kinds = {"version", "origin", "release"};
    const auto begin = pin.find_first_not_of(' ', space);
    if (std::ranges::find(kinds, kind) == kinds.end() || begin == std::string::npos)
        refuse_pin(
            properties, "pin", "'" + pin + "' is no pin",
            "write \"version 26.11.*\", \"origin apt.example.org\" or \"release o=Debian, n=bookworm\"");
    if (kind == "release") check_release(properties, pin.substr(begin));
    return pin;
}

std::int64_t checked_priority(const Properties& properties) {
    const auto priority = properties.integer("priority");
    using Limits = std::numeric_limits<std::int16_t>;  // apt keeps it in a short
    if (priority == 0 || priority < Limits::min() || priority > Limits::max())
        refuse_pin(
            properties, "priority", std::to_string(priority) + " is 0 or out of range",
            "write -1 to forbid, 100 to 999 to prefer, above 1000 to downgrade too: apt_preferences(5)");
    return priority;
}

/// Whether apt would read the word as the name of one package, and not as a pattern.
bool is_plain_name(const std::string& word) {
    return word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos;
}

std::string record(const Properties& properties) {
    const auto packages = line(properties, "package");
    if (words(packages).empty())
        refuse_pin(properties, "package", "it is empty", "write a package's name, or \"*\" for all");
    const auto explanation = line(properties, "explanation");
    return "Explanation: kept by dray; changes made here by hand are undone at the next run\n" +
           (explanation.empty() ? "" : "Explanation: " + explanation + "\n") + "Package: " + packages +
           "\nPin: " + checked_pin(properties) +
           "\nPin-Priority: " + std::to_string(checked_priority(properties)) + "\n";
}

}  // namespace

const recipe::Schema AptPin::schema{
    .type = "apt_pin",
    .group = recipe::Group::packages,
    .summary = "Preferences of apt: versions of packages that are preferred to others, or never taken.",
    .source = "apt_preferences(5)",
    .name_doc = "a short name; the file is /etc/apt/preferences.d/NAME.pref",
    .name_kind = Kind::text,
    .keys = {{.name = "package",
              .kind = Kind::text,
              .doc = "The packages: a name, several with spaces between, a pattern such as \"nginx*\", "
                     "\"src:nginx\" for all of a source package, or \"*\" for all packages.",
              .required_if_present = true},
             {.name = "pin",
              .kind = Kind::text,
              .doc = "Which of their versions: \"version 26.11.*\", \"origin apt.example.org\" (the "
                     "repository's host) or \"release o=Debian, n=bookworm\" (fields of its Release file).",
              .required_if_present = true},
             {.name = "priority",
              .kind = Kind::integer,
              .doc = "Below 0 they are never installed; up to 99 only where no version is; up to 499 unless "
                     "another source has one; up to 989 unless the target release has one; up to 999 even "
                     "so; from 1000 on also as a downgrade.",
              .required_if_present = true},
             {.name = "explanation", .kind = Kind::text, .doc = "Why, for whoever reads the file."},
             {.name = "state",
              .kind = Kind::text,
              .doc = "Whether it is to be there at all.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "apt_pin"
name = "warehouse"
package = "warehouse"
pin = "version 26.11.2"
priority = 1001
explanation = "26.11.3 is slow"
)"};

AptPin::AptPin(const Properties& properties)
    : file_{.path = "/etc/apt/preferences.d/" + checked_apt_name(properties) + ".pref",
            .content = properties.text("state") == "present" ? record(properties) : "",
            .ownership = {"root", "root", 0644},
            .sensitive = false,
            .present = properties.text("state") == "present"} {
    for (auto& word : words(properties.text_or_empty("package")))
        if (is_plain_name(word)) packages_.push_back(std::move(word));
}

void AptPin::apply(host::Host& host, const State& now, const Progress&) {
    const auto before = candidates(host);
    file_.apply(host, now);
    host.apt().file_changed(file_.path, file_.present ? file_.content : "");
    tell(before, candidates(host));
}

std::vector<std::string> AptPin::candidates(host::Host& host) const {
    for (const auto& package : packages_)
        host.apt().expect_package({.name = package});  // so that one question answers for all
    std::vector<std::string> candidates;
    for (const auto& package : packages_) {
        const auto candidate = host.apt().status({.name = package}).candidate;
        candidates.push_back(candidate.empty() ? "none" : candidate);
    }
    return candidates;
}

void AptPin::tell(const std::vector<std::string>& before, const std::vector<std::string>& after) {
    notes_.clear();
    for (std::size_t i = 0; i < packages_.size(); ++i) {
        notes_.push_back(before[i] == after[i]
                             ? fmt::format("candidate of {} stays {}", packages_[i], after[i])
                             : fmt::format("candidate of {}: {} → {}", packages_[i], before[i], after[i]));
    }
}

}  // namespace dray::resources
