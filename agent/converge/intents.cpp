// Notifications that are owed, on disk.
#include "converge/intents.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace dray::converge {
namespace {

constexpr host::Mode intents_mode = 0600;

}  // namespace

Intents::Intents(host::Files& files, std::filesystem::path file, bool dry)
    : files_(files), file_(std::move(file)), dry_(dry) {
    const auto text = files_.read(file_);
    if (!text) return;
    try {
        for (const auto& each : nlohmann::json::parse(*text))
            intents_.insert({each.at("target").get<std::string>(), each.at("action").get<std::string>(),
                             each.at("source").get<std::string>()});
    } catch (const nlohmann::json::exception&) {
        intents_.clear();
        corrupt_ = true;
        if (!dry_) files_.write(file_.string() + ".corrupt", *text, {"", "", intents_mode});
        save();
    }
}

std::map<std::string, std::set<std::string>> Intents::owed(const std::string& target) const {
    std::map<std::string, std::set<std::string>> actions;
    for (auto at = intents_.lower_bound({target, "", ""}); at != intents_.end() && at->target == target; ++at)
        actions[at->action].insert(at->source);
    return actions;
}

std::vector<Intent> Intents::add(const std::vector<Intent>& intents) {
    std::vector<Intent> added;
    for (const auto& intent : intents)
        if (intents_.insert(intent).second) added.push_back(intent);
    if (!added.empty()) save();
    return added;
}

void Intents::withdraw(const std::vector<Intent>& intents) {
    bool changed = false;
    for (const auto& intent : intents)
        changed |= intents_.erase(intent) > 0;
    if (changed) save();
}

void Intents::settle(const std::string& target) {
    if (std::erase_if(intents_, [&target](const Intent& intent) { return intent.target == target; }) > 0)
        save();
}

void Intents::save() {
    if (dry_) return;
    auto list = nlohmann::json::array();
    for (const auto& intent : intents_)
        list.push_back({{"target", intent.target}, {"action", intent.action}, {"source", intent.source}});
    files_.write(file_, list.dump(1) + "\n", {"", "", intents_mode});
}

}  // namespace dray::converge
