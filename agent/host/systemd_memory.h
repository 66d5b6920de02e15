// A systemd manager held in memory, for unit tests.
#pragma once

#include "host/file.h"
#include "host/instants_memory.h"
#include "host/systemd.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dray::host {

/// Knows the units whose files are in the unit folders of `files`, with their drop-ins, as they were when it
/// read them: a unit that was started holds on to its old file until daemon_reload().
class MemorySystemd final : public Systemd {
  public:
    explicit MemorySystemd(const Files& files) : files_(files) {}

    bool booted() const override { return booted_; }
    std::string virtualization() const override { return "none"; }
    UnitStatus status(const std::string& unit) const override;
    void expect_status(const std::string& unit) const override;
    void forget_expected() const override { ahead_.clear(); }
    bool has_older_text(const std::string& unit, const std::filesystem::path& file) const override;
    UnitVerdict verify(const std::vector<UnitFile>& files) const override;
    std::string next_elapse(const std::string& calendar) const override;
    void start(const std::string& unit) override;
    void stop(const std::string& unit) override;
    void restart(const std::string& unit) override;
    void reload(const std::string& unit) override;
    void enable(const std::string& unit) override;
    void disable(const std::string& unit) override;
    void mask(const std::string& unit) override;
    void unmask(const std::string& unit) override;
    void daemon_reload() override;
    bool run_transient(const TransientUnit& unit, const std::function<void()>& tick) override;

    /// Test's hand: what is expected is looked up at once, and told when it is asked for unless it was
    /// forgotten.
    void ask_ahead() { asks_ahead_ = true; }
    /// Test's hand: the status whatever was looked up before.
    UnitStatus status_now(const std::string& unit) const;
    /// Test's hand: systemd is not the init.
    void set_booted(bool booted) { booted_ = booted; }
    /// Test's hand: starts of this unit end with `result` ("failed", "timeout", …) from now on; "done" ends
    /// that.
    void end_starts_with(const std::string& unit, const std::string& result) { results_[unit] = result; }
    /// Test's hand: the unit's program ends by itself, and systemd restarts it or, if not `restarts`, it has
    /// failed.
    void crash(const std::string& unit, bool restarts);
    /// Test's hand: from now on, and from each start on, the unit's program ends while it is looked at for
    /// the `look`-th time.
    void crash_at_look(const std::string& unit, int look, bool restarts);
    /// The same, but that look still finds the unit active, and its process gone: systemd tells the one
    /// first.
    void crash_between_answers(const std::string& unit, int look, bool restarts);
    /// Test's hand: what systemd finds in files of this unit.
    void judge(const std::string& unit, UnitVerdict verdict) { verdicts_[unit] = std::move(verdict); }
    /// Test's hand: called after each start of a unit that has succeeded.
    void on_start(std::function<void(const std::string& unit)> action) { started_ = std::move(action); }
    /// Test's hand: what transient units do; without it each succeeds.
    void on_transient(std::function<bool(const TransientUnit&)> action) { transient_ = std::move(action); }

    /// Each change is told to `instants`, which is to outlive this.
    void watch(const Instants& instants) { instants_ = &instants; }
    /// What was asked for, in order: "restart nginx.service", "daemon-reload", "run dray-apt.service".
    const std::vector<std::string>& calls() const { return calls_; }

  private:
    struct Running {
        std::string active = "inactive";
        std::string invocation;
        std::uint32_t pid = 0;
        std::uint32_t restarts = 0;
        std::string text;  ///< of the unit file, when systemd read it
        int looks = 0;     ///< at it since it was started
    };

    struct Crash {
        int look = 0;
        bool restarts = false;
        bool between_answers = false;
    };

    void crash_unit(const std::string& unit, bool restarts) const;
    std::string text_of(const std::string& unit) const;
    std::string dropins_of(const std::string& unit) const;
    std::string file_state(const std::string& unit, const std::string& text) const;
    void note(const std::string& call, const std::string& attempt);
    void require(const std::string& unit, const std::string& attempt) const;
    void run(const std::string& unit, const std::string& attempt);

    const Files& files_;
    bool asks_ahead_ = false;
    mutable std::map<std::string, UnitStatus> ahead_;
    bool booted_ = true;
    mutable std::map<std::string, Running> units_;
    std::set<std::string> enabled_;
    std::set<std::string> masked_;
    std::map<std::string, std::string> results_;
    std::map<std::string, Crash> crashes_;
    std::map<std::string, UnitVerdict> verdicts_;
    std::function<bool(const TransientUnit&)> transient_;
    std::function<void(const std::string&)> started_;
    std::vector<std::string> calls_;
    mutable std::uint32_t starts_ = 0;
    const Instants nobody_{};
    const Instants* instants_ = &nobody_;
};

}  // namespace dray::host
