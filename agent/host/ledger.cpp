// What a dry run knows of its own making.
#include "host/ledger.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::host {
namespace {

constexpr std::size_t most_listed = 3;  // a line for a person; reports for programs have them all

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
    const std::size_t shown = names.size() > most_listed + 1 ? most_listed : names.size();
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        const bool last = i + 1 == names.size();
        text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
    }
    if (shown < names.size()) text += fmt::format(" and {} others", names.size() - shown);
    return text;
}

std::string doubts_text(const std::vector<Doubt>& doubts) {
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;  // who decides, and what
    for (const auto& doubt : doubts) {
        const auto until = listed(doubt.until);
        auto group = std::ranges::find_if(groups, [&](const auto& each) { return each.first == until; });
        if (group == groups.end()) group = groups.insert(groups.end(), {until, {}});
        group->second.push_back(doubt.question);
    }
    std::string text;
    for (const auto& [until, questions] : groups)
        text += (text.empty() ? "" : "; ") + ("unknown until " + until + ": " + listed(questions));
    return text;
}

void Ledger::begin(std::string author) {
    current_ = std::move(author);
    doubts_.clear();
}

void Ledger::note(const std::string& object, std::string_view deed) {
    deeds_.insert_or_assign(object, Deed{current_, std::string(deed)});
    add_once(authors_, current_);
}

std::string Ledger::story(const std::string& object) const {
    const auto found = deeds_.find(object);
    return found != deeds_.end() ? fmt::format("would be {} by {}", found->second.deed, found->second.author)
                                 : std::string();
}

std::string Ledger::author(const std::string& object) const {
    const auto found = deeds_.find(object);
    return found != deeds_.end() ? found->second.author : std::string();
}

void Ledger::bring_unknown() {
    add_once(commanders_, current_);
    bring_packages();
}

void Ledger::bring_packages() {
    add_once(authors_, current_);
    add_once(unforeseen_, current_);
    disturb();
}

void Ledger::disturb() {
    add_once(disturbers_, current_);
}

std::vector<std::string> Ledger::others(const std::vector<std::string>& authors) const {
    auto names = authors;
    std::erase(names, current_);
    return names;
}

std::vector<Doubt> Ledger::take_doubts(std::size_t kept) {
    const auto begin = doubts_.begin() + static_cast<std::ptrdiff_t>(std::min(kept, doubts_.size()));
    std::vector<Doubt> taken(begin, doubts_.end());
    doubts_.erase(begin, doubts_.end());
    return taken;
}

void Ledger::doubt(Doubt doubt) {
    for (auto& known : doubts_) {
        if (known.question != doubt.question) continue;
        if (doubt.weight == Doubt::Weight::state) known.weight = doubt.weight;
        return;
    }
    doubts_.push_back(std::move(doubt));
}

}  // namespace dray::host
