// The resource type `package`.
#include "resources/package.h"

#include <algorithm>

namespace dray::resources {
namespace {

using recipe::Kind;

/// Debian Policy 5.6.1.
bool is_package_name(const std::string& name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
    return name.size() >= 2 && name.find_first_not_of(allowed) == std::string::npos &&
           std::string_view("+-.").find(name.front()) == std::string_view::npos;
}

/// "latest", "26.11.*", or a relation of Debian Policy 7.1 with a version of 5.6.12.
bool is_version_wish(const std::string& wish) {
    constexpr std::string_view version =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-~:";
    if (wish == "latest") return true;
    auto rest = std::string_view(wish);
    for (const std::string_view relation : {"<< ", "<= ", "= ", ">= ", ">> "}) {
        if (!rest.starts_with(relation)) continue;
        rest.remove_prefix(relation.size());
        return !rest.empty() && rest.find_first_not_of(version) == std::string_view::npos;
    }
    return rest.ends_with("*") && rest.size() > 1 && rest.find_first_not_of(version) == rest.size() - 1;
}

bool unreachable(const host::Host& host) {
    return std::ranges::any_of(host.apt().verdicts(), [](const host::SourceVerdict& verdict) {
        return verdict.freshness == host::Freshness::unreachable;
    });
}

}  // namespace

const recipe::Schema Package::schema{
    .type = "package",
    .summary =
        "A Debian package at a wanted version, chosen by apt's own policy: pins and holds are respected.",
    .source = "apt_preferences(5), Debian Policy 5.6.12 and 7.1",
    .name_doc = "its name",
    .name_kind = Kind::text,
    .keys = {{.name = "version",
              .kind = Kind::text,
              .doc = "\"latest\" (apt's candidate), \"26.11.*\", \">= 26.11.3\" or \"= 26.11.3\".",
              .fallback = "latest"},
             {.name = "state",
              .kind = Kind::text,
              .doc = "\"absent\" removes it, \"purged\" removes its conffiles too.",
              .fallback = "installed",
              .choices = {"installed", "absent", "purged"}},
             {.name = "allow_downgrade",
              .kind = Kind::boolean,
              .doc = "Go to a lower version than the installed one when the wish says so.",
              .fallback = false}},
    .example = R"([[resource]]
type = "package"
name = "warehouse"
version = "latest"
)"};

Package::Package(const recipe::Properties& properties)
    : wish_{properties.name(), properties.text("version")},
      state_(properties.text("state")),
      allow_downgrade_(properties.truth("allow_downgrade")) {
    const auto what = "package[" + wish_.name + "]";
    if (!is_package_name(wish_.name))
        throw Error("bad name of " + what, "it is no Debian package name", "see Debian Policy 5.6.1");
    if (!is_version_wish(wish_.version))
        throw Error("bad value for 'version' of " + what,
                    "'" + wish_.version + "' is no version that can be asked for",
                    "write \"latest\", \"26.11.*\", \">= 26.11.3\" or \"= 26.11.3\"");
}

void Package::expect(host::Host& host) const {
    if (state_ == "installed") host.apt().expect_package(wish_);
}

State Package::inspect(const host::Host& host) const {
    const auto installed = host.apt().installed(wish_.name);
    return {{"version", installed.empty() ? "absent" : installed}};
}

State Package::wanted(const host::Host& host) const {
    if (state_ != "installed") return {{"version", "absent"}};
    const auto status = host.apt().status(wish_);
    if (!status.candidate.empty()) return {{"version", status.candidate}};
    const auto wish = wish_.version == "latest" ? std::string() : " (wanted: " + wish_.version + ")";
    const auto attempt = "cannot find a version of package " + wish_.name + wish;
    if (unreachable(host))
        throw RepositoryUnreachable(attempt, status.reason,
                                    "the next run tries again; see the sources above");
    throw Error(attempt, status.reason, "see `apt-cache policy " + wish_.name + "`");
}

void Package::apply(host::Host& host, const State&, const Progress& progress) {
    host::Transaction transaction;
    transaction.allow_downgrade = allow_downgrade_;
    if (state_ == "installed") {
        transaction.install[wish_.name] = host.apt().status(wish_).candidate;
    } else {
        transaction.remove.push_back(wish_.name);
        transaction.purge = state_ == "purged";
    }
    host.apt().apply(transaction, progress);
}

}  // namespace dray::resources
