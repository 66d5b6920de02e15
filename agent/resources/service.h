// The resource type `service`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

#include <chrono>
#include <optional>

namespace dray::resources {

/// A systemd unit that runs, or does not, and that starts at boot, or does not. It runs when it is active and
/// stays so. Source: systemctl(1).
class Service final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name without a suffix, and for a masked unit that is to run or to start at boot.
    explicit Service(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

    /// A start makes restart and reload needless; a restart makes a reload needless.
    std::vector<std::string> actions(const std::set<std::string>& owed,
                                     const std::vector<Change>& changes) const override;
    void act(host::Host& host, const std::string& action, const Progress& progress) override;
    std::string service() const override { return running_ ? unit_ : std::string(); }

  private:
    std::string running_text(const host::Host& host, const host::UnitStatus& status) const;
    /// Looks at a unit that has just been started or reloaded until it has been active for `stable_for_`.
    void await_stable(const host::Host& host) const;
    bool stays_active(const host::Host& host, const host::UnitStatus& status) const;

    std::string unit_;
    bool running_;
    bool enabled_;
    std::optional<bool> masked_;
    std::chrono::milliseconds stable_for_;
};

}  // namespace dray::resources
