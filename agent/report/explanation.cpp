// Why apt's candidate of a package is what it is, for people and for programs.
#include "report/explanation.h"

#include "printable.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::report {
namespace {

std::string or_none(const std::string& version) {
    return version.empty() ? "none" : version;
}

std::string wish_text(const host::PackageWish& wish) {
    std::string text = fmt::format("version \"{}\"", wish.version);
    for (const auto& source : wish.from)
        text += (source == *wish.from.begin() ? " from " : ", ") + source;
    if (wish.hold == host::Hold::own) text += ", held";
    return text;
}

}  // namespace

std::string explanation_text(const host::PackageWish& wish, const std::optional<DeclaredWish>& declared,
                             const host::AptExplanation& explanation) {
    const auto& status = explanation.status;
    std::string text = fmt::format("{}: installed {}, candidate {}", wish.name, or_none(status.installed),
                                   or_none(status.candidate));
    if (!status.reason.empty()) text += ": " + status.reason;
    text += "\n";
    text += declared ? fmt::format("wanted: {} (at {})\n", wish_text(wish), declared->where.text())
                     : "wanted: by no recipe of this host; apt's own choice is explained\n";
    std::size_t width = 0;
    for (const auto& version : explanation.versions)
        width = std::max(width, version.version.size());
    for (const auto& version : explanation.versions) {
        text += fmt::format("{} {:{}}  priority {:>4}  {}\n", version.candidate ? "*" : " ", version.version,
                            width, version.priority, version.words);
        for (const auto& origin : version.origins)
            text += fmt::format("  {:{}}    {}\n", "", width, origin);
    }
    return printable(text);
}

std::string explanation_json(const host::PackageWish& wish, const std::optional<DeclaredWish>& declared,
                             const host::AptExplanation& explanation) {
    using json = nlohmann::ordered_json;
    json out = {{"package", wish.name},
                {"installed", explanation.status.installed},
                {"candidate", explanation.status.candidate},
                {"reason", explanation.status.reason},
                {"wanted", {{"version", wish.version}, {"from", wish.from}}},
                {"versions", json::array()}};
    if (declared) out["wanted"]["where"] = declared->where.text();
    for (const auto& version : explanation.versions)
        out["versions"].push_back({{"version", version.version},
                                   {"candidate", version.candidate},
                                   {"priority", version.priority},
                                   {"origins", version.origins},
                                   {"words", version.words}});
    return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace dray::report
