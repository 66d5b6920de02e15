// The resource type `timer`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

namespace dray::resources {

/// A command that is run on a schedule: a systemd timer with the service that it starts. Source:
/// systemd.timer(5), systemd.time(7).
class Timer final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that makes no unit's name, and for values that cannot stand in a unit file.
    explicit Timer(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    /// Throws Error with systemd's words when it would not understand the schedule or the files.
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    /// When it is due next.
    std::vector<std::string> notes() const override { return notes_; }
    std::vector<std::filesystem::path> paths() const override {
        return {timer_file_.path, service_file_.path};
    }

  private:
    void look_at(const host::Host& host, const ManagedFile& file, State& state) const;
    void verify(const host::Host& host);
    void put(host::Host& host, const ManagedFile& file) const;
    void establish(host::Host& host, const State& now);
    void remove(host::Host& host) const;

    std::string timer_;    ///< "backup.timer"
    std::string service_;  ///< "backup.service"
    std::string schedule_;
    ManagedFile timer_file_;
    ManagedFile service_file_;
    bool present_;
    std::vector<std::string> notes_;
};

}  // namespace dray::resources
