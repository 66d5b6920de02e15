// The resource type `unit`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

namespace dray::resources {

/// A systemd unit file, or a drop-in of one, that the manager has read. A unit that is to be absent ends with
/// its file, unless a package has one of the same name. Source: systemd.unit(5).
class Unit final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that is no unit name, or without exactly one of content and source.
    explicit Unit(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    /// Throws Error with systemd's words when it would not understand the text.
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    /// What systemd wishes to be written in another way.
    std::vector<std::string> notes() const override { return notes_; }
    std::vector<std::filesystem::path> paths() const override { return {file_.path}; }

  private:
    void verify(const host::Host& host);
    bool ends_with_file(const host::Host& host) const;
    void retire(host::Host& host);

    std::string unit_;
    ManagedFile file_;
    bool dropin_;
    bool verify_;
    std::vector<std::string> notes_;
    bool template_;  ///< "name@.service": the manager knows its instances alone
    bool retired_ = false;
};

}  // namespace dray::resources
