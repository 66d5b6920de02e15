// What dray asks of its helper dray-apt and what that answers: one JSON text each way.
#include "host/apt_protocol.h"

#include "error.h"
#include "host/apt_json.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <cstdint>
#include <utility>

namespace dray::host {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(AptVerb, {{AptVerb::query, "query"},
                                       {AptVerb::explain, "explain"},
                                       {AptVerb::plan, "plan"},
                                       {AptVerb::install, "install"},
                                       {AptVerb::repair, "repair"},
                                       {AptVerb::fetch, "fetch"},
                                       {AptVerb::download, "download"}})

namespace {

constexpr Freshness all_freshness[] = {Freshness::current,   Freshness::unreachable, Freshness::expired,
                                       Freshness::untrusted, Freshness::broken,      Freshness::no_room};

Freshness freshness_from(const std::string& text) {
    for (const Freshness freshness : all_freshness) {
        if (freshness_text(freshness) == text) return freshness;
    }
    throw Error("cannot read an answer of dray-apt", fmt::format("\"{}\" is no verdict on a source", text));
}

json changes_json(const std::vector<AptChange>& changes) {
    json value = json::array();
    for (const AptChange& change : changes)
        value.push_back({{"name", change.name}, {"from", change.from}, {"to", change.to}});
    return value;
}

std::vector<AptChange> changes_from(const json& value) {
    std::vector<AptChange> changes;
    for (const json& change : value)
        changes.push_back({change.at("name").get<std::string>(), change.at("from").get<std::string>(),
                           change.at("to").get<std::string>()});
    return changes;
}

json transaction_json(const Transaction& transaction) {
    json files = json::object();
    for (const auto& [name, file] : transaction.files)
        files[name] = kept_json(file);
    json value = {{"install", transaction.install},
                  {"files", std::move(files)},
                  {"remove", transaction.remove},
                  {"purge", transaction.purge},
                  {"allow_downgrade", transaction.allow_downgrade},
                  {"use_reserved_blocks", transaction.use_reserved_blocks},
                  {"may_remove", transaction.may_remove},
                  {"hold", transaction.hold},
                  {"replace_conffiles", transaction.replace_conffiles},
                  {"from", transaction.from}};
    if (transaction.announced) value["announced"] = changes_json(*transaction.announced);
    return value;
}

Transaction transaction_from(const json& value) {
    Transaction transaction;
    value.at("install").get_to(transaction.install);
    value.at("remove").get_to(transaction.remove);
    value.at("purge").get_to(transaction.purge);
    value.at("allow_downgrade").get_to(transaction.allow_downgrade);
    // An agent that has just upgraded itself asks the new helper in its old words, which lack these.
    transaction.use_reserved_blocks = value.value("use_reserved_blocks", false);
    transaction.may_remove = value.value("may_remove", transaction.may_remove);
    transaction.hold = value.value("hold", transaction.hold);
    transaction.replace_conffiles = value.value("replace_conffiles", false);
    transaction.from = value.value("from", transaction.from);
    if (const auto found = value.find("announced"); found != value.end())
        transaction.announced = changes_from(*found);
    const json files = value.value("files", json::object());
    for (const auto& [name, file] : files.items())
        transaction.files[name] = kept_from(file);
    return transaction;
}

/// The first of them all, for an agent that is older than the helper and knows of no dates by release.
std::int64_t holds_until(const AptSurvey& survey) {
    std::int64_t first = 0;
    for (const AptRelease& release : survey.releases)
        if (release.holds_until != 0 && (first == 0 || release.holds_until < first))
            first = release.holds_until;
    return first;
}

json survey_json(const AptSurvey& survey) {
    json value = {{"obstacle", survey.obstacle},
                  {"watched", watched_json(survey.watched)},
                  {"digests", survey.digests},
                  {"releases", json::array()},
                  {"holds_until", holds_until(survey)}};
    for (const AptRelease& release : survey.releases)
        value["releases"].push_back({{"uri", release.uri},
                                     {"file", release.file.string()},
                                     {"sources", release.sources},
                                     {"holds_until", release.holds_until}});
    return value;
}

AptSurvey survey_from(const json& value) {
    AptSurvey survey;
    value.at("obstacle").get_to(survey.obstacle);
    survey.watched = watched_from(value.at("watched"));
    value.at("digests").get_to(survey.digests);
    for (const json& release : value.at("releases"))
        survey.releases.push_back({.uri = release.at("uri").get<std::string>(),
                                   .file = release.at("file").get<std::string>(),
                                   .sources = release.at("sources").get<std::vector<std::string>>(),
                                   .holds_until = release.at("holds_until").get<std::int64_t>()});
    return survey;
}

json explanation_json(const AptExplanation& explanation) {
    json versions = json::array();
    for (const ExplainedVersion& each : explanation.versions)
        versions.push_back({{"version", each.version},
                            {"priority", each.priority},
                            {"origins", each.origins},
                            {"candidate", each.candidate},
                            {"words", each.words}});
    return {{"installed", explanation.status.installed}, {"candidate", explanation.status.candidate},
            {"sha256", explanation.status.sha256},       {"schema_floor", explanation.status.schema_floor},
            {"reason", explanation.status.reason},       {"versions", std::move(versions)}};
}

AptExplanation explanation_from(const json& value) {
    AptExplanation explanation;
    value.at("installed").get_to(explanation.status.installed);
    value.at("candidate").get_to(explanation.status.candidate);
    value.at("reason").get_to(explanation.status.reason);
    explanation.status.sha256 = value.value("sha256", std::string());
    explanation.status.schema_floor = value.value("schema_floor", std::string());
    for (const json& each : value.at("versions"))
        explanation.versions.push_back({.version = each.at("version").get<std::string>(),
                                        .priority = each.at("priority").get<int>(),
                                        .origins = each.at("origins").get<std::vector<std::string>>(),
                                        .candidate = each.at("candidate").get<bool>(),
                                        .words = each.at("words").get<std::string>()});
    return explanation;
}

/// dpkg and apt pass on bytes of maintainer scripts, which need not be UTF-8.
std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Runs `read`, turning what nlohmann throws into an Error.
template <typename Read>
auto reading(std::string_view what, Read read) {
    try {
        return read();
    } catch (const json::exception& error) {
        throw Error(fmt::format("cannot read {} of dray-apt", what), error.what(),
                    "the programs dray and dray-apt are of different versions, or it ended half-way");
    }
}

}  // namespace

std::string change_text(const AptChange& change) {
    if (change.from.empty() && change.to.empty()) return "purge " + change.name;
    if (change.from.empty()) return fmt::format("install {} {}", change.name, change.to);
    if (change.to.empty()) return fmt::format("remove {} {}", change.name, change.from);
    if (change.from == change.to) return fmt::format("reinstall {} {}", change.name, change.to);
    return fmt::format("take {} from {} to {}", change.name, change.from, change.to);
}

std::string to_json(const AptRequest& request) {
    json value = {{"id", request.id},
                  {"verb", request.verb},
                  {"sources", request.sources},
                  {"packages", json::array()},
                  {"survey", request.survey},
                  {"transaction", transaction_json(request.transaction)},
                  {"lock_wait", request.lock_wait.count()}};
    for (const PackageWish& wish : request.packages)
        value["packages"].push_back(wish_json(wish));
    for (const KeptPackage& file : request.kept)
        value["kept"].push_back(kept_json(file));
    for (const auto& [source, age] : request.max_age)
        value["max_age"][source] = age.count();
    if (request.verb == AptVerb::fetch) {
        value["fetch"] = {{"name", request.fetch.name},
                          {"version", request.fetch.version},
                          {"folder", request.fetch.folder.string()}};
    }
    if (request.rehearsal) {
        value["rehearsal"] = {{"folder", request.rehearsal->folder.string()},
                              {"files", request.rehearsal->files}};
    }
    return dump(value);
}

AptRequest request_from_json(std::string_view text) {
    return reading("a request", [&] {
        const json value = json::parse(text);
        AptRequest request;
        value.at("id").get_to(request.id);
        request.verb = known_word<AptVerb>(value.at("verb"), "a request of dray-apt");
        value.at("sources").get_to(request.sources);
        for (const json& wish : value.at("packages"))
            request.packages.push_back(wish_from(wish));
        for (const json& file : value.value("kept", json::array()))
            request.kept.push_back(kept_from(file));
        request.survey = value.value("survey", false);
        for (const auto& [source, age] : value.value("max_age", std::map<std::string, std::int64_t>()))
            request.max_age[source] = std::chrono::seconds(age);
        request.transaction = transaction_from(value.at("transaction"));
        request.lock_wait = std::chrono::seconds(value.at("lock_wait").get<std::chrono::seconds::rep>());
        if (request.verb == AptVerb::fetch) {
            const json& fetch = value.at("fetch");
            request.fetch = {.name = fetch.at("name").get<std::string>(),
                             .version = fetch.at("version").get<std::string>(),
                             .folder = fetch.at("folder").get<std::string>()};
        }
        if (const auto found = value.find("rehearsal"); found != value.end()) {
            request.rehearsal = {found->at("folder").get<std::string>(),
                                 found->at("files").get<std::map<std::string, std::string>>()};
        }
        return request;
    });
}

std::string to_json(const AptAnswer& answer) {
    json value = {{"id", answer.id},
                  {"sources", json::array()},
                  {"packages", packages_json(answer.packages)},
                  {"changes", changes_json(answer.result.changes)},
                  {"download_bytes", answer.result.sizes.download},
                  {"disk_bytes", answer.result.sizes.growth},
                  {"kept_conffiles", answer.result.kept_conffiles},
                  {"replaced_conffiles", answer.result.replaced_conffiles},
                  {"outdated_services", answer.result.outdated_services},
                  {"explanations", json::array()},
                  {"done", answer.done}};
    for (const SourceVerdict& verdict : answer.sources) {
        value["sources"].push_back({{"source", verdict.source},
                                    {"freshness", freshness_text(verdict.freshness)},
                                    {"message", verdict.message},
                                    {"warning", verdict.warning}});
    }
    for (const AptExplanation& explanation : answer.explanations)
        value["explanations"].push_back(explanation_json(explanation));
    if (!answer.kept.name.empty()) value["kept"] = kept_json(answer.kept);
    if (answer.survey) value["survey"] = survey_json(*answer.survey);
    if (answer.failure) {
        value["failure"] = {{"attempt", answer.failure->attempt},
                            {"cause", answer.failure->cause},
                            {"hint", answer.failure->hint},
                            {"dpkg_ran", answer.failure->dpkg_ran},
                            {"lists_outdated", answer.failure->lists_outdated},
                            {"unreachable", answer.failure->unreachable},
                            {"beyond_plan", answer.failure->beyond_plan}};
    }
    return dump(value);
}

AptAnswer answer_from_json(std::string_view text, std::string_view id) {
    return reading("an answer", [&] {
        const json value = json::parse(text);
        AptAnswer answer;
        value.at("id").get_to(answer.id);
        if (!id.empty() && answer.id != id)
            throw Error("cannot read an answer of dray-apt",
                        fmt::format("it is for request {}, and {} was asked", answer.id, id),
                        "run dray again");
        for (const json& verdict : value.at("sources")) {
            answer.sources.push_back({verdict.at("source").get<std::string>(),
                                      freshness_from(verdict.at("freshness").get<std::string>()),
                                      verdict.at("message").get<std::string>(),
                                      verdict.value("warning", std::string())});
        }
        answer.packages = packages_from(value.at("packages"));
        answer.result.changes = changes_from(value.at("changes"));
        value.at("kept_conffiles").get_to(answer.result.kept_conffiles);
        value.at("replaced_conffiles").get_to(answer.result.replaced_conffiles);
        value.at("done").get_to(answer.done);
        // An agent that has just been upgraded together with its helper may still be the older one of the
        // two.
        answer.result.sizes = {.download = value.value("download_bytes", std::int64_t{0}),
                               .growth = value.value("disk_bytes", std::int64_t{0})};
        answer.result.outdated_services = value.value("outdated_services", std::vector<std::string>());
        for (const json& explanation : value.value("explanations", json::array()))
            answer.explanations.push_back(explanation_from(explanation));
        if (const auto found = value.find("kept"); found != value.end()) answer.kept = kept_from(*found);
        if (const auto found = value.find("survey"); found != value.end())
            answer.survey = survey_from(*found);
        if (const auto found = value.find("failure"); found != value.end()) {
            answer.failure =
                AptFailure{found->at("attempt").get<std::string>(), found->at("cause").get<std::string>(),
                           found->at("hint").get<std::string>(),    found->at("dpkg_ran").get<bool>(),
                           found->value("lists_outdated", false),   found->value("unreachable", false),
                           found->value("beyond_plan", false)};
        }
        return answer;
    });
}

}  // namespace dray::host
