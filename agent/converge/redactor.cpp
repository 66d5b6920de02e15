// Removes secrets from every text that leaves a run.
#include "converge/redactor.h"

#include <algorithm>

namespace dray::converge {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::string_view instead = "(secret)";

}  // namespace

void Redactor::add(const Secret& secret) {
    std::string_view text = secret.reveal();
    add(text);
    while (text.find('\n') != std::string_view::npos) {
        const auto end = text.find('\n');
        add(text.substr(0, end > 0 && text[end - 1] == '\r' ? end - 1 : end));
        text.remove_prefix(end + 1);
    }
    add(text);
}

void Redactor::add(std::string_view text) {
    if (text.size() < shortest || std::ranges::find(secrets_, text) != secrets_.end()) return;
    const auto longer = [text](const std::string& each) { return each.size() >= text.size(); };
    secrets_.emplace(std::ranges::find_if_not(secrets_, longer), text);
}

std::string Redactor::clean(std::string_view text) const {
    std::vector<std::size_t> next;  // where each secret stands next
    for (const auto& secret : secrets_)
        next.push_back(text.find(secret));
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        // The secret that stands first; of two at one place the longer.
        const auto first = std::ranges::min_element(next);
        if (first == next.end() || *first == std::string_view::npos) return out.append(text.substr(at));
        const auto begin = *first;
        const auto end = begin + secrets_[static_cast<std::size_t>(first - next.begin())].size();
        out.append(text.substr(at, begin - at)).append(instead);
        for (std::size_t i = 0; i < next.size(); ++i)
            if (next[i] < end) next[i] = text.find(secrets_[i], end);
        at = end;
    }
    return out;
}

Error Redactor::clean(const Error& error) const {
    auto parts = error.parts();
    for (auto* text : {&parts.attempt, &parts.cause, &parts.hint})
        *text = clean(*text);
    return Error(std::move(parts));
}

void Redactor::clean(Step& step) const {
    if (secrets_.empty()) return;
    for (auto& change : step.changes) {
        change.to = clean(change.to);
        if (change.from) change.from = clean(*change.from);
    }
    for (auto* texts : {&step.actions, &step.notes})
        for (auto& text : *texts)
            text = clean(text);
    for (auto& guard : step.guards) {
        guard.condition = clean(guard.condition);
        guard.because = clean(guard.because);
    }
    step.reason = clean(step.reason);
    if (step.error) step.error = clean(*step.error);
}

}  // namespace dray::converge
