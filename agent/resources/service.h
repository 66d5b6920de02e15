// The resource type `service`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

namespace dray::resources {

/// A systemd unit that runs, or does not, and that starts at boot, or does not. Source: systemctl(1).
class Service final : public Resource {
  public:
    static const recipe::Schema schema;
    explicit Service(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

    /// A start makes restart and reload needless; a restart makes a reload needless.
    std::vector<std::string> actions(const std::set<std::string>& owed,
                                     const std::vector<Change>& changes) const override;
    void act(host::Host& host, const std::string& action, const Progress& progress) override;

  private:
    void check_running(const host::Host& host) const;

    std::string unit_;
    bool running_;
    bool enabled_;
};

}  // namespace dray::resources
