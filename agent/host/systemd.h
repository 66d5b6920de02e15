// Seam to systemd's manager over D-Bus: units, jobs, transient units. Source: org.freedesktop.systemd1(5).
#pragma once

#include "host/process.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dray::host {

/// What the manager says of a unit. Text values are systemd's own words.
struct UnitStatus {
    std::string load_state;     ///< "loaded", "not-found", "masked", "bad-setting", …
    std::string active_state;   ///< "active", "inactive", "failed", "activating", …
    std::string sub_state;      ///< "running", "exited", "auto-restart", …
    std::string file_state;     ///< "enabled", "disabled", "static", "masked", … ; "" without a unit file
    std::string invocation_id;  ///< 32 hex digits; "" when it has never run
    std::uint32_t main_pid = 0;
    std::uint32_t restarts = 0;  ///< NRestarts: automatic ones since the last start by hand
    /// How long it has been active; told only when `restarts` is not 0.
    std::chrono::milliseconds active_for{0};
    bool needs_daemon_reload = false;

    /// Whether it runs, also while it reads its configuration again.
    bool is_active() const { return active_state == "active" || active_state == "reloading"; }
};

/// A unit file, or a drop-in of one, as it is to be.
struct UnitFile {
    std::string unit;         ///< "nginx.service"
    std::string dropin = {};  ///< "limits.conf"; "" for the unit file itself
    std::string text = {};
};

/// What systemd thinks of unit files, a line each.
struct UnitVerdict {
    std::vector<std::string> errors = {};
    std::vector<std::string> advice = {};  ///< what works, and should be written in another way
};

/// A command that runs as a service of its own, so that it outlives the program that asked for it.
struct TransientUnit {
    std::string name = {};  ///< "dray-apt.service"
    std::string description = {};
    std::vector<std::string> argv = {};  ///< argv[0] is an absolute path
    std::vector<std::pair<std::string, std::string>> environment = {};
    std::string output =
        {};  ///< absolute path of a file that both streams are appended to; "" is the journal
    std::string input =
        {};  ///< absolute path of a file that is standard input, which systemd opens; "" for none
    std::chrono::seconds runtime_limit{0};  ///< TimeoutStartSec, since the unit is a oneshot; 0 is none
    /// How long a stop waits for the unit's first process, which alone is asked to end, and which goes on
    /// when the kernel kills another one for memory. 0: all its processes are asked, within systemd's own
    /// limit.
    std::chrono::seconds stop_limit{0};
    std::string user = {};                 ///< whose rights it has; "" is root
    std::filesystem::path directory = {};  ///< that it works in; "" is the root folder
    bool remain = false;                   ///< stays active when it has succeeded, until it is stopped
};

/// systemd's manager. The bus is connected at the first call, so that a run that needs none pays nothing.
class Systemd {
  public:
    virtual ~Systemd() = default;

    /// Whether systemd is the init here (sd_booted(3)). Without it every other function throws Error.
    virtual bool booted() const = 0;

    /// What this machine runs in, as systemd-detect-virt(1) has it: "kvm", "systemd-nspawn", "none".
    virtual std::string virtualization() const = 0;

    /// The unit as it is; load_state is "not-found" when there is none. Names have a suffix: "nginx.service".
    virtual UnitStatus status(const std::string& unit) const = 0;

    /// Whether what the manager knows of the unit is older than the files that it is made of, `file` among
    /// them: a unit file or drop-in. Beside UnitStatus::needs_daemon_reload that is so for a loaded unit when
    /// it has read neither this file nor something that takes precedence over it (of a transient unit, or of
    /// systemctl set-property): of a drop-in in a folder that is newer than the last reload, and of a unit
    /// file that has come to take precedence over the one that was read, systemd itself says nothing.
    virtual bool has_older_text(const std::string& unit, const std::filesystem::path& file) const = 0;
    /// `has_older_text` of this unit will be asked for soon, as `expect_status`.
    virtual void expect_text(const std::string&) const {}

    /// `status` of this unit will be asked for soon, so it may be looked up meanwhile. What is found is told
    /// as often as it was expected, and only while nothing was changed.
    virtual void expect_status(const std::string&) const {}
    /// Begins with what is expected, or goes on with it, as far as that needs no waiting: to be called now
    /// and then. That the manager cannot be asked is told by who asks in earnest.
    virtual void go_on() const {}
    /// Something on this host is about to be changed, by whatever means: what was looked up holds no more.
    virtual void forget_expected() const {}

    /// What is wrong with these unit files, which are not in place yet; nothing where systemd is not the
    /// init. Programs that they start need not be there. Throws Error when it cannot be told.
    virtual UnitVerdict verify(const std::vector<UnitFile>& files) const = 0;

    /// When a calendar expression elapses next, in words: "Tue 2026-11-24 00:00:00 UTC", or "never". Throws
    /// Error with systemd's words for what is none.
    virtual std::string next_elapse(const std::string& calendar) const = 0;

    /// Each waits for its job to end, and throws Error with the job's result ("failed", "timeout",
    /// "dependency", …) and a hint naming `journalctl -u UNIT`.
    virtual void start(const std::string& unit) = 0;  ///< whatever its start limit says, as `restart` does
    virtual void stop(const std::string& unit) = 0;
    virtual void restart(const std::string& unit) = 0;  ///< starts it when it is not running
    virtual void reload(const std::string& unit) = 0;   ///< ReloadOrRestartUnit

    /// As `systemctl enable`, `disable`, `mask`, `unmask`, but the manager sees what they did at its next
    /// daemon_reload; none of them starts or stops anything.
    virtual void enable(const std::string& unit) = 0;
    virtual void disable(const std::string& unit) = 0;
    virtual void mask(const std::string& unit) = 0;
    virtual void unmask(const std::string& unit) = 0;

    /// Reads all unit files again: `systemctl daemon-reload`.
    virtual void daemon_reload() = 0;

    /// Starts `unit` as Type=oneshot and waits for its end, calling `tick` about five times a second; returns
    /// whether it succeeded. When a unit of that name is running already, waits for that one instead of
    /// starting another. What becomes of systemd meanwhile (an upgrade of it, say) leaves the unit running,
    /// but when it ended just then, of one that does not remain nobody can tell that it succeeded. An
    /// exception from `tick` leaves the unit running.
    virtual bool run_transient(const TransientUnit& unit, const std::function<void()>& tick) = 0;
};

struct UnitProperties;

/// How long a start or stop may wait for its turn: as long as others that it is ordered after have not ended,
/// and they may never. Once it runs, systemd itself ends it, after the unit's TimeoutStartSec or
/// TimeoutStopSec.
struct JobPatience {
    std::chrono::milliseconds between_looks = std::chrono::seconds(30);
    int most_looks = 10;  ///< in a row at which it still waits
};

/// The real thing, through sd-bus(3).
class BusSystemd final : public Systemd {
  public:
    /// `runtime` is a folder for what is verified; "/run/dray" on a host.
    explicit BusSystemd(const Processes& processes, std::filesystem::path runtime = "/run/dray",
                        JobPatience patience = {});
    ~BusSystemd() override;
    bool booted() const override;
    std::string virtualization() const override;
    UnitStatus status(const std::string& unit) const override;
    bool has_older_text(const std::string& unit, const std::filesystem::path& file) const override;
    void expect_status(const std::string& unit) const override;
    void expect_text(const std::string& unit) const override;
    void go_on() const override;
    void forget_expected() const override;
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

  private:
    class Connection;
    class Ahead;
    Connection& connection() const;
    UnitProperties properties(const std::string& attempt, const std::string& unit) const;
    std::string file_state(const std::string& unit, const std::string& load_state) const;
    /// One that failed too often, or was restarted too often, is started all the same: what it is made of has
    /// changed. Source: StartLimitIntervalSec= in systemd.unit(5).
    void forget_starts(const std::string& unit);
    std::string job_result(const std::string& attempt, const std::string& unit, const std::string& job);
    void run_job(const char* method, std::string_view verb, const std::string& unit);
    std::string start_transient(const std::string& attempt, const TransientUnit& unit);
    std::string job_after_reconnect(const std::string& attempt, const std::string& unit) const;
    std::string running_job(const std::string& attempt, const std::string& unit) const;

    const Processes& processes_;
    std::filesystem::path runtime_;
    JobPatience patience_;
    /// What is expected and not asked yet: of a unit its text or its status.
    struct Expected {
        std::string unit;
        bool text;
    };
    mutable std::vector<Expected> expected_;
    mutable std::unique_ptr<Connection> connection_;
    mutable std::unique_ptr<Ahead> ahead_;  // after the connection, whose slots it holds
};

}  // namespace dray::host
