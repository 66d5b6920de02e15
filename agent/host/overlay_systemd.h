// systemd's units as a dry run would leave them.
#pragma once

#include "host/ledger.h"
#include "host/overlay_files.h"
#include "host/systemd.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// Asks `base`, and starts or changes nothing. Unit files that the dry run has written or removed are taken
/// into account. A unit that is not there while the ledger has somebody who may bring it is answered as
/// loaded, disabled and not running, with the doubt that nothing is known of it.
class OverlaySystemd final : public Systemd {
  public:
    OverlaySystemd(const Systemd& base, const OverlayFiles& files, Ledger& ledger)
        : base_(base), files_(files), ledger_(ledger) {}

    bool booted() const override { return base_.booted(); }
    std::string virtualization() const override { return base_.virtualization(); }
    UnitStatus status(const std::string& unit) const override;
    bool has_older_text(const std::string& unit, const std::filesystem::path& file) const override;
    UnitVerdict verify(const std::vector<UnitFile>& files) const override { return base_.verify(files); }
    std::string next_elapse(const std::string& calendar) const override {
        return base_.next_elapse(calendar);
    }
    void start(const std::string& unit) override;
    void stop(const std::string& unit) override;
    void restart(const std::string& unit) override;
    void reload(const std::string& unit) override;
    void enable(const std::string& unit) override;
    void disable(const std::string& unit) override;
    void mask(const std::string& unit) override;
    void unmask(const std::string& unit) override;
    void daemon_reload() override;
    /// Nothing is started, and that succeeds.
    bool run_transient(const TransientUnit&, const std::function<void()>&) override { return true; }

  private:
    struct Deeds {
        std::optional<bool> active;
        std::optional<bool> enabled;
        std::optional<bool> masked;
    };

    std::vector<std::string> own_paths(const std::string& unit) const;
    bool changed_since(const std::string& unit, std::uint64_t revision) const;
    std::string fragment(const std::string& unit) const;
    void unveil(const std::string& unit, UnitStatus& status) const;
    void read_files(const std::string& unit, UnitStatus& status) const;
    void require(const std::string& unit, const std::string& attempt) const;
    void run(const std::string& unit, const std::string& attempt, std::string_view deed);

    const Systemd& base_;
    const OverlayFiles& files_;
    Ledger& ledger_;
    std::map<std::string, Deeds> deeds_;
    bool reloaded_ = false;
    std::uint64_t read_revision_ = 0;  ///< of the files, when the manager would have read them last
};

}  // namespace dray::host
