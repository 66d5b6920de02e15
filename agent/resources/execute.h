// The resource type `execute`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

#include <map>

namespace dray::resources {

/// A command, or with `shell` a text for /bin/sh, that is run when it is due: always, or when a file is
/// missing, or when something else changed.
class Execute final : public Resource {
  public:
    static const recipe::Schema schema;
    explicit Execute(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

    std::string_view verb() const override { return "run"; }
    bool is_opaque() const override { return true; }

    /// A run for its own sake makes the owed one needless.
    std::vector<std::string> actions(const std::set<std::string>& owed,
                                     const std::vector<Change>& changes) const override;
    void act(host::Host& host, const std::string& action, const Progress& progress) override;

  private:
    host::Command command_;
    std::string shown_;  ///< one line for messages
    std::string creates_;
    bool only_when_changed_;
    bool has_run_ = false;
};

}  // namespace dray::resources
