// Whether the resources of a run fit together.
#include "recipe/references.h"

#include "suggestion.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace dray::recipe {
namespace {

class Checker {
  public:
    Checker(const std::vector<Declaration>& declarations, const std::vector<Bound>& bound, Problems& problems)
        : declarations_(declarations), bound_(bound), problems_(problems) {}

    void run() {
        check_names();
        check_references();
        check_circles();
    }

  private:
    void check_names() {
        std::map<std::string, Location> seen;
        for (std::size_t i = 0; i < bound_.size(); ++i) {
            const auto& bound = bound_[i];
            if (!declarations_[i].values.contains("name")) continue;  // said already
            if (declarations_[i].item && !bound.sound) continue;  // its name may be the one that is written
            const auto [first, added] = seen.emplace(bound.id(), bound.properties.where());
            if (!added)
                problems_.add(bound.id() + " is declared twice", "the first is at " + first->second.text(),
                              "merge the two, or give one another name", bound.properties.where());
        }
    }

    void check_references() {
        std::vector<std::string> ids;
        for (const auto& bound : bound_)
            ids.push_back(bound.id());
        const std::set<std::string> known(ids.begin(), ids.end());
        for (std::size_t i = 0; i < bound_.size(); ++i)
            for (const auto* keys : {&declarations_[i].schema->keys, &common_keys()})
                for (const auto& key : *keys)
                    if (key.kind == Kind::references) check_references_of(i, key, ids, known);
    }

    void check_references_of(std::size_t i, const Key& key, const std::vector<std::string>& ids,
                             const std::set<std::string>& known) {
        const auto where = declarations_[i].where(key.name);
        for (const auto& source : bound_[i].properties.texts(key.name)) {
            if (!known.contains(source))
                problems_.add(fmt::format("unknown reference '{}' in '{}' of {}", source, key.name, ids[i]),
                              "", did_you_mean(source, ids), where);
            else if (source == ids[i])
                problems_.add(fmt::format("'{}' of {} names the resource itself", key.name, ids[i]), "",
                              "remove it", where);
            else if (key.action.empty() && std::ranges::find(ids, source) - ids.begin() > std::ptrdiff_t(i))
                problems_.add(fmt::format("'{}' of {} names {}", key.name, ids[i], source),
                              "that has its turn only afterwards", "move it above this one", where);
        }
    }

    /// Resources that wait for each other would restart each other for ever; what one merely requires is
    /// above it.
    void check_circles() {
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < bound_.size(); ++i)
            places.emplace(bound_[i].id(), i);
        std::vector<bool> done(bound_.size());
        std::vector<std::size_t> trail;
        for (std::size_t i = 0; i < bound_.size(); ++i)
            follow(i, places, done, trail);
    }

    void follow(std::size_t i, const std::map<std::string, std::size_t>& places, std::vector<bool>& done,
                std::vector<std::size_t>& trail) {
        if (const auto at = std::ranges::find(trail, i); at != trail.end()) {
            if (at + 1 == trail.end()) return;  // a reference to itself, said already
            std::string circle;
            for (auto each = at; each != trail.end(); ++each)
                circle += bound_[*each].id() + " → ";
            const auto id = bound_[i].id();
            problems_.add("the references of " + id + " go round in a circle", circle + id,
                          "remove one of them", bound_[i].properties.where());
            return;
        }
        if (done[i]) return;
        trail.push_back(i);
        for (const auto& subscription : bound_[i].subscriptions)
            if (const auto source = places.find(subscription.source);
                source != places.end() && !subscription.action.empty())
                follow(source->second, places, done, trail);
        trail.pop_back();
        done[i] = true;
    }

    const std::vector<Declaration>& declarations_;
    const std::vector<Bound>& bound_;
    Problems& problems_;
};

}  // namespace

void check_references(const std::vector<Declaration>& declarations, const std::vector<Bound>& bound,
                      Problems& problems) {
    Checker(declarations, bound, problems).run();
}

}  // namespace dray::recipe
