// The resource type `apt_pin`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

namespace dray::resources {

/// A record of apt's preferences: which versions of which packages are preferred, or never taken. Source:
/// apt_preferences(5).
class AptPin final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that apt would pass over, and for a record that apt would read in another
    /// sense than it was meant, or not at all.
    explicit AptPin(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override { return file_.inspect(host); }
    State wanted(const host::Host& host) const override { return file_.wanted(host); }
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    /// What becomes of the candidates of the packages that it names.
    std::vector<std::string> notes() const override { return notes_; }

  private:
    std::vector<std::string> candidates(host::Host& host) const;
    void tell(const std::vector<std::string>& before, const std::vector<std::string>& after);

    std::vector<std::string> packages_;  ///< those named in full
    ManagedFile file_;
    std::vector<std::string> notes_;
};

}  // namespace dray::resources
