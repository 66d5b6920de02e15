// The resource type `package`.
#include "resources/package.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

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
/// One relation, or a wildcard.
bool is_version_part(std::string_view rest) {
    constexpr std::string_view version =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-~:";
    for (const std::string_view relation : {"<< ", "<= ", "= ", ">= ", ">> "}) {
        if (!rest.starts_with(relation)) continue;
        rest.remove_prefix(relation.size());
        return !rest.empty() && rest.find_first_not_of(version) == std::string_view::npos;
    }
    return rest.ends_with("*") && rest.size() > 1 && rest.find_first_not_of(version) == rest.size() - 1;
}

/// As apt_helper/version_rule.h reads it, but for a bare version: whether that is the lowest one or the only
/// one, who reads a recipe could not tell.
bool is_version_wish(std::string_view wish) {
    if (wish == "latest") return true;
    for (;;) {
        const auto comma = wish.find(", ");
        if (!is_version_part(wish.substr(0, comma))) return false;
        if (comma == std::string_view::npos) return true;
        wish.remove_prefix(comma + 2);
    }
}

/// Whether a source brings nothing for now, which has an exit code of its own and is not the recipe's fault.
/// Where `from` names any, only those matter.
bool source_brings_nothing(const host::Host& host, const std::set<std::string>& from) {
    using host::Freshness;
    return std::ranges::any_of(host.apt().verdicts(), [&from](const host::SourceVerdict& verdict) {
        if (!from.empty() && !from.contains(verdict.source)) return false;
        return verdict.freshness == Freshness::unreachable || verdict.freshness == Freshness::expired ||
               verdict.freshness == Freshness::untrusted;
    });
}

std::vector<std::string> checked_names(const recipe::Properties& properties, const std::string& key,
                                       std::vector<std::string> names) {
    for (const auto& name : names) {
        if (!is_package_name(name))
            throw Error("bad value for '" + key + "' of package[" + properties.name() + "]",
                        "'" + name + "' is no Debian package name", "see Debian Policy 5.6.1");
        if (std::ranges::count(names, name) > 1)
            throw Error("bad value for '" + key + "' of package[" + properties.name() + "]",
                        "'" + name + "' stands in it twice", "remove one of them");
    }
    return names;
}

constexpr auto absent = "absent";
constexpr auto removed = "removed, its conffiles are there";

}  // namespace

const recipe::Schema Package::schema{
    .type = "package",
    .group = recipe::Group::packages,
    .summary =
        "A Debian package at a wanted version, chosen by apt's own policy: pins and holds are respected.",
    .source = "apt_preferences(5), dpkg(1), Debian Policy 5.6.12 and 7.1",
    .name_doc = "its name; with `packages` a name of your choice",
    .name_kind = Kind::text,
    .keys =
        [] {
            std::vector<recipe::Key> keys = {
                {.name = "packages",
                 .kind = Kind::texts,
                 .doc = "Several packages, changed in one transaction of apt; the other keys hold for each."},
                {.name = "version",
                 .kind = Kind::text,
                 .doc = "\"latest\" (apt's candidate), \"26.11.*\", \">= 26.11.3\" (also <<, <=, >>), "
                        "\"= 26.11.3\", or a range, of which all has to hold: \">= 26.11.3, << 27\". "
                        "26.11.3+deb12, a release that was built for a target, counts as 26.11.3.",
                 .fallback = "latest"},
                {.name = "from",
                 .kind = Kind::some_texts,
                 .doc = "Only this source, or these, may bring it, by the name of their apt_source (or of "
                        "their .sources file): a package of the same name in another archive is never taken, "
                        "whatever its version, as a dependency of others or in a repair neither. What is "
                        "installed already may stay."},
                {.name = "state",
                 .kind = Kind::text,
                 .doc = "\"absent\" removes it, \"purged\" removes its conffiles too.",
                 .fallback = "installed",
                 .choices = {"installed", "absent", "purged"}},
                {.name = "allow_downgrade",
                 .kind = Kind::boolean,
                 .doc = "Go to a lower version than the installed one when the wish says so.",
                 .fallback = false},
                {.name = "held",
                 .kind = Kind::boolean,
                 .doc =
                     "Hold it as `apt-mark hold` does: nobody upgrades it, and this resource moves it only "
                     "when its version does not fit `version`. false ends a hold; without the key a hold is "
                     "respected and left alone."},
                {.name = "may_remove",
                 .kind = Kind::texts,
                 .doc =
                     "Packages that may be removed when there is no other way; a plan that would remove any "
                     "other is refused."},
                {.name = "conffiles",
                 .kind = Kind::text,
                 .doc =
                     "What becomes of a conffile that was changed on the host when a new version of it "
                     "comes: "
                     "kept, the new one beside it as FILE.dpkg-dist, or replaced, the old one beside it as "
                     "FILE.dpkg-old. The report names them.",
                 .fallback = "keep",
                 .choices = {"keep", "replace"}}};
            const auto gates = deploy_keys();
            keys.insert(keys.end(), gates.begin(), gates.end());
            return keys;
        }(),
    .example = R"([[resource]]
type = "package"
name = "warehouse"
version = "latest"

[[resource]]
type = "package"
name = "tools"
packages = ["curl", "jq"]
)"};

Package::Package(const recipe::Properties& properties)
    : id_("package[" + properties.name() + "]"),
      several_(properties.has("packages")),
      version_(properties.text("version")),
      state_(properties.text("state")),
      allow_downgrade_(properties.truth("allow_downgrade")),
      replace_conffiles_(properties.text("conffiles") == "replace") {
    if (several_) {
        names_ = checked_names(properties, "packages", properties.texts("packages"));
        if (names_.empty())
            throw Error("bad value for 'packages' of " + id_, "it is empty", "name at least one package");
    } else {
        names_ = checked_names(properties, "name", {properties.name()});
    }
    const auto removable = checked_names(properties, "may_remove", properties.texts("may_remove"));
    may_remove_ = {removable.begin(), removable.end()};
    const auto sources = properties.texts("from");
    from_ = {sources.begin(), sources.end()};
    if (properties.has("from") && (from_.empty() || from_.contains("")))
        throw Error("bad value for 'from' of " + id_, "it names no source",
                    "name an apt_source, or leave the key out");
    if (properties.has("held")) held_ = properties.truth("held");
    if (!is_version_wish(version_))
        throw Error("bad value for 'version' of " + id_,
                    "'" + version_ + "' is no version that can be asked for",
                    "write \"latest\", \"26.11.*\", \">= 26.11.3\", \"= 26.11.3\" or \">= 26.11.3, << 27\"");
    if (held_.value_or(false) && state_ != "installed")
        throw Error("bad value for 'held' of " + id_, "it is to be " + state_,
                    "only an installed package can be held: leave out one of the two");
    if (!several_ && state_ == "installed")
        deploy_ = DeploySettings::from(properties, wish(names_.front()));
    else if (properties.truth("deploy"))
        throw Error("bad value for 'deploy' of " + id_,
                    several_ ? "it is several packages" : "it is to be " + state_,
                    "a deploy has one package that is to be installed: give it a resource of its own");
}

host::PackageWish Package::wish(const std::string& name) const {
    return {name, version_,
            !held_   ? host::Hold::respect
            : *held_ ? host::Hold::own
                     : host::Hold::lift,
            from_};
}

std::string Package::version_entry(const std::string& name) const {
    return several_ ? name : "version";
}

std::string Package::held_entry(const std::string& name) const {
    return several_ ? name + " held" : "held";
}

std::vector<host::PackageWish> Package::wishes() const {
    std::vector<host::PackageWish> wishes;
    if (state_ != "installed") return wishes;
    for (const auto& name : names_)
        wishes.push_back(wish(name));
    return wishes;
}

void Package::expect(host::Host& host) const {
    for (const auto& wish : wishes())
        host.apt().expect_package(wish);
}

State Package::inspect(const host::Host& host) const {
    State state;
    for (const auto& name : names_) {
        const auto installed = host.apt().installed(name);
        const bool leftovers = state_ == "purged" && host.apt().has_leftovers(name);
        state.set(version_entry(name), !installed.empty() ? installed : leftovers ? removed : absent);
        if (held_) state.set(held_entry(name), host.apt().held(name) ? "yes" : "no");
    }
    return state;
}

State Package::wanted(const host::Host& host) const {
    State state;
    std::string missing;
    std::string reasons;
    for (const auto& name : names_) {
        if (state_ != "installed") {
            state.set(version_entry(name), absent);
            continue;
        }
        const auto status = host.apt().status(wish(name));
        if (status.candidate.empty()) {
            missing += (missing.empty() ? "" : ", ") + name;
            reasons += (reasons.empty() ? "" : "; ") + (several_ ? name + ": " : "") + status.reason;
        }
        state.set(version_entry(name), status.candidate);
        if (held_) state.set(held_entry(name), *held_ ? "yes" : "no");
    }
    if (missing.empty()) return state;
    const auto attempt = "cannot find a version of package " + missing +
                         (version_ == "latest" ? std::string() : " (wanted: " + version_ + ")");
    if (source_brings_nothing(host, from_))
        throw host::RepositoryUnreachable(attempt, reasons,
                                          "the next run tries again; see the sources above");
    throw Error(
        attempt, reasons,
        "`dray explain " + (several_ ? "PACKAGE" : missing) + "` tells of each version why it is not taken");
}

host::Transaction Package::transaction(const host::Host& host) const {
    host::Transaction transaction;
    transaction.allow_downgrade = allow_downgrade_;
    transaction.may_remove = may_remove_;
    transaction.replace_conffiles = replace_conffiles_;
    transaction.purge = state_ == "purged";
    transaction.announced = announced_;
    for (const auto& name : names_) {
        const auto installed = host.apt().installed(name);
        if (held_) transaction.hold[name] = *held_;
        if (state_ != "installed") {
            if (!installed.empty() || state_ == "purged") transaction.remove.push_back(name);
            continue;
        }
        const auto candidate = host.apt().status(wish(name)).candidate;
        if (candidate == installed) continue;
        transaction.install[name] = candidate;
        if (!from_.empty()) transaction.from[name] = from_;
        if (file_ && file_->name == name && file_->version == candidate) transaction.files[name] = *file_;
    }
    return transaction;
}

void Package::prepare(host::Host& host, const host::KeptPackage& file, const Progress& progress) {
    file_ = file;
    host.apt().download(transaction(host), progress);
}

void Package::apply(host::Host& host, const State&, const Progress& progress) {
    tell(host.apt().apply(transaction(host), progress));
}

void Package::tell(const host::TransactionResult& result) {
    changed_ = result.changes;
    notes_.clear();
    for (const auto& change : result.changes)
        if (std::ranges::find(names_, change.name) == names_.end())
            notes_.push_back("besides: " + host::change_text(change));
    for (auto& note : host::result_notes(result))
        notes_.push_back(std::move(note));
}

}  // namespace dray::resources
