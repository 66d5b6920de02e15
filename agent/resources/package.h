// The resource type `package`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace dray::resources {

/// A Debian package at a wanted version, or several that are changed in one transaction. Source:
/// apt_preferences(5), dpkg(1), Debian Policy 5.6.12 and 7.1.
class Package final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a name that is none, a version that is no wish, and keys that do not fit together.
    explicit Package(const recipe::Properties& properties);

    void expect(host::Host& host) const override;
    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    void prepare(host::Host& host, const host::KeptPackage& file, const Progress& progress) override;
    /// What else apt changed, and what became of conffiles that were changed on the host.
    std::vector<std::string> notes() const override { return notes_; }

    std::vector<host::AptChange> packages() const override { return changed_; }
    void announce(std::vector<host::AptChange> changes) override { announced_ = std::move(changes); }

    /// Nothing when it is to be absent.
    std::vector<host::PackageWish> wishes() const override;

    const DeploySettings* deploy() const override { return deploy_ ? &*deploy_ : nullptr; }

  private:
    host::PackageWish wish(const std::string& name) const;
    /// The names of entries in the state: of one package plain, of several with its name.
    std::string version_entry(const std::string& name) const;
    std::string held_entry(const std::string& name) const;
    host::Transaction transaction(const host::Host& host) const;
    void tell(const host::TransactionResult& result);

    std::string id_;
    bool several_;
    std::vector<std::string> names_;
    std::string version_;
    std::string state_;
    bool allow_downgrade_;
    std::optional<bool> held_;
    std::set<std::string> may_remove_;
    std::set<std::string> from_;
    bool replace_conffiles_;
    std::optional<DeploySettings> deploy_;
    std::optional<host::KeptPackage> file_;  ///< see prepare
    std::optional<std::vector<host::AptChange>> announced_;
    std::vector<host::AptChange> changed_;
    std::vector<std::string> notes_;
};

}  // namespace dray::resources
