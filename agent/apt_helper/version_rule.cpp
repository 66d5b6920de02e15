// Which versions of a package a recipe accepts.
#include "apt_helper/version_rule.h"

#include "error.h"

#include <apt-pkg/debversion.h>
#include <apt-pkg/pkgcache.h>
#include <spdlog/fmt/fmt.h>

#include <fnmatch.h>

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

VersionRule::VersionRule(std::string_view text) : version_(trimmed(text)) {
    if (version_ == "latest") return;
    kind_ = Kind::relation;
    relation_ = pkgCache::Dep::Equals;
    for (const Relation& relation : relations) {
        if (!version_.starts_with(relation.sign)) continue;
        relation_ = relation.code;
        version_ = trimmed(std::string_view(version_).substr(relation.sign.size()));
        break;
    }
    if (version_.find_first_of("*?[") != std::string::npos) kind_ = Kind::wildcard;
    const bool wildcard_of_a_range = kind_ == Kind::wildcard && relation_ != pkgCache::Dep::Equals;
    if (version_.empty() || wildcard_of_a_range || version_.find_first_of(" <>=") != std::string::npos)
        throw Error(fmt::format("cannot read the version \"{}\"", text), "it is no version and no range",
                    "write latest, 26.11.*, >= 26.11.3 or = 26.11.3");
}

bool VersionRule::allows(const std::string& version) const {
    switch (kind_) {
        case Kind::latest:
            return true;
        case Kind::wildcard:
            return ::fnmatch(version_.c_str(), version.c_str(), 0) == 0;
        case Kind::relation:
            return debVS.CheckDep(version.c_str(), relation_, version_.c_str());
    }
    return false;
}

}  // namespace dray::apt_helper
