// What dray asks of its helper dray-apt and what that answers: one JSON text each way.
#include "host/apt_protocol.h"

#include "error.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <utility>

namespace dray::host {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(Hold, {{Hold::respect, "respect"}, {Hold::own, "own"}, {Hold::lift, "lift"}})
NLOHMANN_JSON_SERIALIZE_ENUM(AptVerb, {{AptVerb::query, "query"},
                                       {AptVerb::plan, "plan"},
                                       {AptVerb::install, "install"},
                                       {AptVerb::repair, "repair"}})

namespace {

constexpr Freshness all_freshness[] = {Freshness::current, Freshness::unreachable, Freshness::expired,
                                       Freshness::untrusted, Freshness::broken};

Freshness freshness_from(const std::string& text) {
    for (const Freshness freshness : all_freshness) {
        if (freshness_text(freshness) == text) return freshness;
    }
    throw Error("cannot read an answer of dray-apt", fmt::format("\"{}\" is no verdict on a source", text));
}

/// The value of an enum; nlohmann takes an unknown word for the first one.
template <typename Enum>
Enum known_word(const json& value) {
    const auto word = value.get<Enum>();
    if (json(word) != value) throw Error("cannot read a request of dray-apt", "unknown word " + value.dump());
    return word;
}

json wish_json(const PackageWish& wish) {
    return {{"name", wish.name}, {"version", wish.version}, {"hold", wish.hold}};
}

PackageWish wish_from(const json& value) {
    return {value.at("name").get<std::string>(), value.at("version").get<std::string>(),
            known_word<Hold>(value.value("hold", json(Hold::respect)))};
}

json transaction_json(const Transaction& transaction) {
    return {{"install", transaction.install},
            {"remove", transaction.remove},
            {"purge", transaction.purge},
            {"allow_downgrade", transaction.allow_downgrade},
            {"may_remove", transaction.may_remove},
            {"hold", transaction.hold},
            {"replace_conffiles", transaction.replace_conffiles}};
}

Transaction transaction_from(const json& value) {
    Transaction transaction;
    value.at("install").get_to(transaction.install);
    value.at("remove").get_to(transaction.remove);
    value.at("purge").get_to(transaction.purge);
    value.at("allow_downgrade").get_to(transaction.allow_downgrade);
    // An agent that has just upgraded itself asks the new helper in its old words, which lack these.
    transaction.may_remove = value.value("may_remove", transaction.may_remove);
    transaction.hold = value.value("hold", transaction.hold);
    transaction.replace_conffiles = value.value("replace_conffiles", false);
    return transaction;
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
                  {"transaction", transaction_json(request.transaction)},
                  {"lock_wait", request.lock_wait.count()}};
    for (const PackageWish& wish : request.packages)
        value["packages"].push_back(wish_json(wish));
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
        request.verb = known_word<AptVerb>(value.at("verb"));
        value.at("sources").get_to(request.sources);
        for (const json& wish : value.at("packages"))
            request.packages.push_back(wish_from(wish));
        request.transaction = transaction_from(value.at("transaction"));
        request.lock_wait = std::chrono::seconds(value.at("lock_wait").get<std::chrono::seconds::rep>());
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
                  {"packages", json::array()},
                  {"changes", json::array()},
                  {"kept_conffiles", answer.result.kept_conffiles},
                  {"replaced_conffiles", answer.result.replaced_conffiles},
                  {"done", answer.done}};
    for (const SourceVerdict& verdict : answer.sources) {
        value["sources"].push_back({{"source", verdict.source},
                                    {"freshness", freshness_text(verdict.freshness)},
                                    {"message", verdict.message}});
    }
    for (const auto& [wish, status] : answer.packages) {
        json package = wish_json(wish);
        package["installed"] = status.installed;
        package["candidate"] = status.candidate;
        package["reason"] = status.reason;
        value["packages"].push_back(std::move(package));
    }
    for (const AptChange& change : answer.result.changes)
        value["changes"].push_back({{"name", change.name}, {"from", change.from}, {"to", change.to}});
    if (answer.failure) {
        value["failure"] = {{"attempt", answer.failure->attempt},
                            {"cause", answer.failure->cause},
                            {"hint", answer.failure->hint},
                            {"dpkg_ran", answer.failure->dpkg_ran}};
    }
    return dump(value);
}

AptAnswer answer_from_json(std::string_view text) {
    return reading("an answer", [&] {
        const json value = json::parse(text);
        AptAnswer answer;
        value.at("id").get_to(answer.id);
        for (const json& verdict : value.at("sources")) {
            answer.sources.push_back({verdict.at("source").get<std::string>(),
                                      freshness_from(verdict.at("freshness").get<std::string>()),
                                      verdict.at("message").get<std::string>()});
        }
        for (const json& package : value.at("packages")) {
            answer.packages[wish_from(package)] = {package.at("installed").get<std::string>(),
                                                   package.at("candidate").get<std::string>(),
                                                   package.at("reason").get<std::string>()};
        }
        for (const json& change : value.at("changes")) {
            answer.result.changes.push_back({change.at("name").get<std::string>(),
                                             change.at("from").get<std::string>(),
                                             change.at("to").get<std::string>()});
        }
        value.at("kept_conffiles").get_to(answer.result.kept_conffiles);
        value.at("replaced_conffiles").get_to(answer.result.replaced_conffiles);
        value.at("done").get_to(answer.done);
        if (const auto found = value.find("failure"); found != value.end()) {
            answer.failure =
                AptFailure{found->at("attempt").get<std::string>(), found->at("cause").get<std::string>(),
                           found->at("hint").get<std::string>(), found->at("dpkg_ran").get<bool>()};
        }
        return answer;
    });
}

}  // namespace dray::host
