// Which versions of a package a recipe accepts.
#include "apt_helper/version_rule.h"

#include "debian_version.h"
#include "error.h"

#include <apt-pkg/debversion.h>
#include <apt-pkg/pkgcache.h>
#include <spdlog/fmt/fmt.h>

#include <fnmatch.h>

#include <algorithm>

namespace dray::apt_helper {
namespace {

struct Relation {
    std::string_view sign;
    int code;
};

constexpr Relation relations[] = {
    {">=", pkgCache::Dep::GreaterEq}, {"<=", pkgCache::Dep::LessEq}, {">>", pkgCache::Dep::Greater},
    {"<<", pkgCache::Dep::Less},      {"=", pkgCache::Dep::Equals},
};

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

}  // namespace

VersionRule::VersionRule(std::string_view text) {
    if (trimmed(text) == "latest") return;
    for (auto rest = text;;) {
        const auto comma = rest.find(',');
        parts_.push_back(read(trimmed(rest.substr(0, comma)), text));
        if (comma == std::string_view::npos) return;
        rest.remove_prefix(comma + 1);
    }
}

/// Reads one of the parts of `whole`. Throws Error.
VersionRule::Part VersionRule::read(std::string_view text, std::string_view whole) {
    Part part{.relation = pkgCache::Dep::Equals, .version = std::string(text)};
    for (const Relation& relation : relations) {
        if (!text.starts_with(relation.sign)) continue;
        part.relation = relation.code;
        part.version = trimmed(text.substr(relation.sign.size()));
        break;
    }
    part.wildcard = part.version.find_first_of("*?[") != std::string::npos;
    const bool wildcard_of_a_range = part.wildcard && part.relation != pkgCache::Dep::Equals;
    if (part.version.empty() || wildcard_of_a_range ||
        part.version.find_first_of(" <>=") != std::string::npos)
        throw Error(fmt::format("cannot read the version \"{}\"", whole), "it is no version and no range",
                    "write latest, 26.11.*, >= 26.11.3, = 26.11.3, or a range: >= 26.11.3, << 27");
    return part;
}

bool VersionRule::allows(const std::string& version) const {
    return std::ranges::all_of(parts_, [&version](const Part& part) {
        const std::string compared(comparable(version, part.version));
        return part.wildcard ? ::fnmatch(part.version.c_str(), compared.c_str(), 0) == 0
                             : debVS.CheckDep(compared.c_str(), part.relation, part.version.c_str());
    });
}

}  // namespace dray::apt_helper
