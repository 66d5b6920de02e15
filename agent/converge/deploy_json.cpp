// The record of a package's deploys as JSON.
#include "converge/deploy_json.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace dray::converge {
namespace {

using json = nlohmann::ordered_json;

constexpr int format = 1;  // of the file; another one is not understood, and the record begins anew

json passages_json(const std::vector<Passage>& passages) {
    auto list = json::array();
    for (const auto& each : passages)
        list.push_back({{"state", state_text(each.state)}, {"at", each.at}});
    return list;
}

std::vector<Passage> passages_from(const json& list) {
    std::vector<Passage> passages;
    for (const auto& each : list) {
        const auto state = state_named(each.at("state").get<std::string>());
        if (!state) throw std::invalid_argument("a state of a deploy");
        passages.push_back({*state, each.at("at").get<std::string>()});
    }
    return passages;
}

json target_json(const DeployTarget& target) {
    return {{"version", target.version}, {"sha256", target.sha256}, {"config", target.config}};
}

DeployTarget target_from(const json& value) {
    return {value.at("version").get<std::string>(), value.at("sha256").get<std::string>(),
            value.at("config").get<std::string>()};
}

json file_json(const SavedFile& file) {
    return {{"path", file.path},   {"type", file.type},   {"sha256", file.sha256}, {"target", file.target},
            {"owner", file.owner}, {"group", file.group}, {"mode", file.mode}};
}

SavedFile file_from(const json& value) {
    return {value.at("path").get<std::string>(),   value.at("type").get<std::string>(),
            value.at("sha256").get<std::string>(), value.at("target").get<std::string>(),
            value.at("owner").get<std::string>(),  value.at("group").get<std::string>(),
            value.at("mode").get<host::Mode>()};
}

json deploy_json(const Deploy& deploy) {
    json out = {{"from", deploy.from},
                {"to", target_json(deploy.to)},
                {"adopted", deploy.adopted},
                {"by_hand", deploy.by_hand},
                {"floor", deploy.floor},
                {"was_well", deploy.was_well},
                {"passages", passages_json(deploy.passages)},
                {"reason", deploy.reason},
                {"blameless", deploy.blameless},
                {"copy", deploy.copy},
                {"resumed", deploy.resumed},
                {"files", json::array()},
                {"units", json::array()}};
    for (const auto& file : deploy.files)
        out["files"].push_back(file_json(file));
    for (const auto& unit : deploy.units)
        out["units"].push_back({{"name", unit.name}, {"active", unit.active}});
    return out;
}

Deploy deploy_from(const json& value) {
    Deploy deploy;
    deploy.from = value.at("from").get<std::string>();
    deploy.to = target_from(value.at("to"));
    deploy.adopted = value.at("adopted").get<bool>();
    deploy.by_hand = value.value("by_hand", false);
    deploy.floor = value.at("floor").get<std::string>();
    deploy.was_well = value.at("was_well").get<bool>();
    deploy.passages = passages_from(value.at("passages"));
    deploy.reason = value.at("reason").get<std::string>();
    deploy.blameless = value.value("blameless", false);
    deploy.copy = value.value("copy", std::string());
    deploy.resumed = value.at("resumed").get<int>();
    for (const auto& file : value.at("files"))
        deploy.files.push_back(file_from(file));
    for (const auto& unit : value.at("units"))
        deploy.units.push_back({unit.at("name").get<std::string>(), unit.at("active").get<bool>()});
    if (deploy.passages.empty()) throw std::invalid_argument("a deploy without a state");
    return deploy;
}

json kept_json(const KeptDeb& kept) {
    return {{"version", kept.version}, {"file", kept.file}, {"sha256", kept.sha256}, {"size", kept.size}};
}

KeptDeb kept_from(const json& value) {
    return {value.at("version").get<std::string>(), value.at("file").get<std::string>(),
            value.at("sha256").get<std::string>(), value.at("size").get<std::uint64_t>()};
}

json quarantine_json(const Quarantine& entry) {
    return {{"target", target_json(entry.target)},
            {"from", entry.from},
            {"reason", entry.reason},
            {"at", entry.at},
            {"pinned", entry.pinned}};
}

Quarantine quarantine_from(const json& value) {
    return {target_from(value.at("target")), value.at("from").get<std::string>(),
            value.at("reason").get<std::string>(), value.at("at").get<std::string>(),
            value.at("pinned").get<bool>()};
}

json past_json(const PastDeploy& past) {
    return {{"run", past.run},
            {"from", past.from},
            {"to", past.to},
            {"passages", passages_json(past.passages)},
            {"reason", past.reason}};
}

PastDeploy past_from(const json& value) {
    return {value.at("run").get<std::string>(), value.at("from").get<std::string>(),
            value.at("to").get<std::string>(), passages_from(value.at("passages")),
            value.at("reason").get<std::string>()};
}

DeployBook book_from(const json& value) {
    DeployBook book;
    if (value.at("format").get<int>() != format) throw std::invalid_argument("another format");
    if (!value.at("current").is_null()) book.current = deploy_from(value.at("current"));
    if (!value.at("committed").is_null()) book.committed = target_from(value.at("committed"));
    book.committed_at = value.at("committed_at").get<std::string>();
    if (!value.at("previous").is_null()) book.previous = deploy_from(value.at("previous"));
    for (const auto& each : value.at("kept"))
        book.kept.push_back(kept_from(each));
    for (const auto& each : value.at("quarantine"))
        book.quarantine.push_back(quarantine_from(each));
    for (const auto& each : value.at("history"))
        book.history.push_back(past_from(each));
    if (const auto& hold = value.at("hold"); !hold.is_null())
        book.hold = {hold.at("reason").get<std::string>(), hold.at("at").get<std::string>()};
    return book;
}

}  // namespace

std::string to_json(const DeployBook& book) {
    json out = {{"format", format},
                {"current", book.current ? deploy_json(*book.current) : json(nullptr)},
                {"committed", book.committed ? target_json(*book.committed) : json(nullptr)},
                {"committed_at", book.committed_at},
                {"previous", book.previous ? deploy_json(*book.previous) : json(nullptr)},
                {"kept", json::array()},
                {"quarantine", json::array()},
                {"hold", nullptr},
                {"history", json::array()}};
    for (const auto& each : book.kept)
        out["kept"].push_back(kept_json(each));
    for (const auto& each : book.quarantine)
        out["quarantine"].push_back(quarantine_json(each));
    if (book.hold) out["hold"] = {{"reason", book.hold->reason}, {"at", book.hold->at}};
    for (const auto& each : book.history)
        out["history"].push_back(past_json(each));
    return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<DeployBook> deploy_book_from_json(std::string_view text) {
    try {
        return book_from(json::parse(text));
    } catch (const json::exception&) {
        return std::nullopt;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

}  // namespace dray::converge
