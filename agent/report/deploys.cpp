// `dray history`, and what `dray status` tells of deploys.
#include "report/deploys.h"

#include "converge/deploy_record.h"
#include "error.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::report {
namespace {

using converge::DeployBook;
using converge::PastDeploy;
using json = nlohmann::ordered_json;

constexpr std::size_t shown_deploys = 5;

std::string end_of(const PastDeploy& past) {
    return past.passages.empty() ? "unknown" : std::string(state_text(past.passages.back().state));
}

std::string begin_of(const PastDeploy& past) {
    return past.passages.empty() ? "" : past.passages.front().at;
}

json past_json(const std::string& package, const PastDeploy& past) {
    json out = {{"package", package},      {"run", past.run},     {"from", past.from},      {"to", past.to},
                {"begun", begin_of(past)}, {"end", end_of(past)}, {"states", json::array()}};
    for (const auto& passage : past.passages)
        out["states"].push_back({{"state", state_text(passage.state)}, {"at", passage.at}});
    if (!past.reason.empty()) out["reason"] = past.reason;
    return out;
}

std::string past_line(const std::string& package, const PastDeploy& past) {
    const auto versions = past.from == past.to || past.from.empty()
                              ? past.to + (past.from.empty() ? "" : " (configuration)")
                              : past.from + " → " + past.to;
    auto line = fmt::format("{}  {} {}: {}", begin_of(past), package, versions, end_of(past));
    if (!past.reason.empty()) line += ": " + past.reason;
    return std::string(printable(line)) + "  [" + past.run + "]\n";
}

std::string candidate_of(const host::Host& host, const std::string& package) {
    try {
        const auto status = host.apt().explain({.name = package}).status;
        return status.candidate.empty() ? "none: " + status.reason : status.candidate;
    } catch (const Error& error) {
        return std::string("unknown: ") + error.what();
    }
}

/// Why the candidate is not deployed, a line each.
std::vector<std::string> obstacles(const DeployBook& book) {
    std::vector<std::string> lines;
    if (book.hold) lines.push_back(fmt::format("held since {}: {}", book.hold->at, book.hold->reason));
    for (const auto& entry : book.quarantine)
        lines.push_back(fmt::format("quarantine since {}: {}{}: {}", entry.at, entry.target.version,
                                    entry.pinned ? "" : " with other files", entry.reason));
    if (book.current && book.current->state() == converge::DeployState::failed)
        lines.push_back(fmt::format("the deploy of {} has failed and waits for a person: {}",
                                    book.current->to.version, book.current->reason));
    else if (book.current && is_unfinished(book.current->state()))
        lines.push_back(fmt::format("the deploy of {} is {}: the next run goes on with it",
                                    book.current->to.version, state_text(book.current->state())));
    return lines;
}

std::string kept_text(const DeployBook& book) {
    std::string text;
    for (const auto& kept : book.kept)
        text += (text.empty() ? "" : ", ") + kept.version;
    return text.empty() ? "none" : text;
}

}  // namespace

std::string history(const host::Host& host, const std::filesystem::path& state_folder,
                    const std::string& package, bool as_json) {
    auto packages = converge::deployed_packages(host.files(), state_folder);
    if (!package.empty()) {
        if (std::ranges::find(packages, package) == packages.end())
            throw Error("cannot tell the history of " + package, "there were no deploys of it on this host");
        packages = {package};
    }
    struct Entry {
        std::string package;
        PastDeploy past;
    };
    std::vector<Entry> all;
    for (const auto& name : packages) {
        bool corrupt = false;
        for (auto& past : converge::read_deploys(host.files(), state_folder, name, corrupt).history)
            all.push_back({name, std::move(past)});
    }
    std::ranges::stable_sort(
        all, [](const Entry& a, const Entry& b) { return begin_of(a.past) < begin_of(b.past); });
    if (as_json) {
        auto list = json::array();
        for (const auto& entry : all)
            list.push_back(past_json(entry.package, entry.past));
        return list.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    }
    std::string text;
    for (const auto& entry : all)
        text += past_line(entry.package, entry.past);
    return text.empty() ? "nothing was deployed yet\n" : text;
}

std::string deploy_status(const host::Host& host, const std::filesystem::path& state_folder) {
    std::string text;
    for (const auto& name : converge::deployed_packages(host.files(), state_folder)) {
        bool corrupt = false;
        const auto book = converge::read_deploys(host.files(), state_folder, name, corrupt);
        const auto installed = host.apt().installed(name);
        text += fmt::format("\n{}\n", name);
        if (corrupt) text += "  record:    cannot be read; the next run sets it aside\n";
        text += fmt::format("  runs:      {}", installed.empty() ? "nothing" : installed);
        if (book.committed && book.committed->version == installed)
            text += ", good since " + book.committed_at;
        text +=
            fmt::format("\n  candidate: {}\n  kept:      {}\n", candidate_of(host, name), kept_text(book));
        for (const auto& line : obstacles(book))
            text += fmt::format("  blocked:   {}\n", printable(line));
        const auto begin = book.history.size() > shown_deploys ? book.history.size() - shown_deploys : 0;
        for (auto i = begin; i < book.history.size(); ++i)
            text += "  " + past_line(name, book.history[i]);
    }
    return text;
}

json deploy_status_json(const host::Host& host, const std::filesystem::path& state_folder) {
    auto list = json::array();
    for (const auto& name : converge::deployed_packages(host.files(), state_folder)) {
        bool corrupt = false;
        const auto book = converge::read_deploys(host.files(), state_folder, name, corrupt);
        json each = {{"package", name},
                     {"installed", host.apt().installed(name)},
                     {"candidate", candidate_of(host, name)},
                     {"good_since", book.committed ? json(book.committed_at) : json(nullptr)},
                     {"kept", json::array()},
                     {"blocked", obstacles(book)},
                     {"deploys", json::array()}};
        for (const auto& kept : book.kept)
            each["kept"].push_back(kept.version);
        const auto begin = book.history.size() > shown_deploys ? book.history.size() - shown_deploys : 0;
        for (auto i = begin; i < book.history.size(); ++i)
            each["deploys"].push_back(past_json(name, book.history[i]));
        list.push_back(std::move(each));
    }
    return list;
}

}  // namespace dray::report
