// From one resource to its step in a run: looked at, guarded, changed, verified, and what others are owed by
// it. In a dry run the same, on a host in memory, and what cannot be known is weighed.
#pragma once

#include "converge/deploys.h"
#include "converge/intents.h"
#include "converge/item.h"
#include "converge/plan.h"
#include "converge/redactor.h"
#include "converge/run.h"
#include "host/host.h"
#include "host/ledger.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::converge {

/// Whether a dry run has left it open that the resource changes.
bool is_open(Outcome outcome);

/// Converges the resources of a run one by one.
class Stepper {
  public:
    /// All of these are to outlive the stepper.
    struct Parts {
        host::Host& host;
        host::Ledger* ledger;  ///< that of a dry run's host; a null pointer in a run
        const recipe::Renderer& renderer;
        Intents& intents;
        const std::vector<Item>& items;
        const Redactor& redactor;
        Promise promise;
        Deploys& deploys;
    };
    explicit Stepper(const Parts& parts);

    /// Throws nothing for what goes wrong with the resource: the step says it.
    Step step(Item& item, const resources::Progress& progress);

    /// Whether something is owed to the item, by earlier runs or by this one so far.
    bool owed(const Item& item) const { return !owed_to(item).empty(); }
    /// Whether a change of `source` owes something to the item.
    bool owes(const std::string& source, const Item& item) const;
    /// Whether the item has had its turn, and the way is free for what it is owed since.
    bool may_act(const Item& item) const;
    /// Whether the item has had its turn.
    bool reached(const Item& item) const { return outcomes_.contains(item.id); }
    /// Whether the item did not have its turn, or is not as it should be since.
    bool is_bad(const Item& item) const;
    /// Whether there is nothing to change in the item, for sure.
    bool as_wanted(Item& item);

  private:
    using Owed = std::map<std::string, std::set<std::string>>;  // action to the sources that changed

    void converge_by_current_lists(Item& item, Step& step, const resources::Progress& progress);
    void converge(Item& item, Step& step, const resources::Progress& progress);
    void leave_held(const Item& item, Step& step, std::string reason);
    bool blocked(const Item& item, Step& step) const;
    Owed owed_to(const Item& item) const;
    bool guards_hold(const Item& item, Step& step);
    void change(Item& item, Step& step, const resources::State& now, const std::vector<std::string>& actions,
                const Owed& owed, const resources::Progress& progress);
    void keep_promise(const Item& item, const Step& step, const std::vector<std::string>& actions) const;
    void verify(const Item& item) const;
    void weigh_doubts(const Item& item, Step& step);
    void conditional_sources(Step& step, const std::vector<std::string>& actions, const Owed& owed) const;
    bool is_unchanged(const Item& item, const resources::State& before) const;
    std::vector<Intent> consequences(const std::string& source) const;

    host::Host& host_;
    host::Ledger* ledger_;
    const recipe::Renderer& renderer_;
    Intents& intents_;
    std::map<std::string, std::vector<Intent>> consequences_;  // by what changes
    std::map<std::string, Outcome> outcomes_;
    const Redactor& redactor_;
    Promise promise_;
    Deploys& deploys_;
    std::set<std::string> tolerated_;  // failed, and nobody is to mind
};

}  // namespace dray::converge
