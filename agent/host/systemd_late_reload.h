// systemd's manager reads its unit files again once for all of them, when that is first needed.
#pragma once

#include "host/systemd.h"

namespace dray::host {

/// Puts off `base`'s daemon_reload: several units that are written one after the other, and services that are
/// enabled, need one between them. It is made up for before a unit is started, stopped, restarted or
/// reloaded, before it is said that there is no such unit, and by `settle`.
class LateReload final : public Systemd {
  public:
    explicit LateReload(Systemd& base) : base_(base) {}

    /// What is owed is done now. Throws Error.
    void settle() const;

    bool booted() const override { return base_.booted(); }
    std::string virtualization() const override { return base_.virtualization(); }
    /// A unit whose text has changed does not need a reload that is owed already.
    UnitStatus status(const std::string& unit) const override;
    /// What the manager owes to read counts as read.
    bool has_older_text(const std::string& unit, const std::filesystem::path& file) const override {
        return owed_ != Owed::texts && base_.has_older_text(unit, file);
    }
    void expect_status(const std::string& unit) const override { base_.expect_status(unit); }
    void expect_text(const std::string& unit) const override { base_.expect_text(unit); }
    void go_on() const override { base_.go_on(); }
    void forget_expected() const override { base_.forget_expected(); }
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
    bool run_transient(const TransientUnit& unit, const std::function<void()>& tick) override {
        return base_.run_transient(unit, tick);
    }

  private:
    /// What the manager has not read yet.
    enum class Owed {
        nothing,
        links,  ///< of units that were enabled or disabled: no action needs them
        texts,  ///< of units: every action needs them
    };

    void before_action() const;

    Systemd& base_;
    mutable Owed owed_ = Owed::nothing;
};

}  // namespace dray::host
