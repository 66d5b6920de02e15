// One deploy in one run: a function for each transition, the gates around them, the way back.
#pragma once

#include "converge/deploy_record.h"
#include "converge/deploy_report.h"
#include "converge/deploy_set.h"
#include "converge/intents.h"
#include "converge/redactor.h"
#include "converge/run.h"
#include "host/host.h"
#include "resources/resource.h"

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dray::converge {

/// A resource is left alone for now, since the set that it belongs to is.
class DeployHeld : public std::exception {
  public:
    DeployHeld(std::string reason, bool failure) : reason_(std::move(reason)), failure_(failure) {}
    const char* what() const noexcept override { return reason_.c_str(); }
    const std::string& reason() const { return reason_; }
    bool failure() const { return failure_; }  ///< a gate has failed, and a person should know

  private:
    std::string reason_;
    bool failure_;
};

/// The administrator's word that a package is to go back.
struct RollbackWish {
    std::string package;
    std::string version;  ///< "" for the one before
    std::string reason;
};

/// The deploy of one set. Its state is on disk before anything is done that the state stands for; a run that
/// finds it unfinished opens it and goes on.
class Deployment {
  public:
    /// All of these are to outlive the deployment.
    struct Parts {
        host::Host& host;
        DeployStore& store;
        const recipe::Renderer& renderer;
        const recipe::Scope& scope;  ///< that of the renderer
        Intents& intents;
        const Redactor& redactor;
        std::string run;  ///< its ID
        bool dry = false;
        const RollbackWish* wish = nullptr;                                      ///< a null pointer for none
        std::function<void(const DeployReport& report)> tell;                    ///< a state was reached
        std::function<void(const std::string& resource, std::string_view)> say;  ///< what is being done
    };
    Deployment(Parts parts, DeploySet set);

    const DeploySet& set() const { return set_; }
    const DeployReport& report() const { return report_; }
    bool underway() const { return !is_stopped_ && book_.current && goes_forward(book_.current->state()); }
    /// Whether a first release has failed in this run: nothing more of its set is touched, services included,
    /// and the next run goes on.
    bool is_stopped() const { return is_stopped_; }

    /// At the start of a run: goes on with what an earlier one left, back where it was on the way back; takes
    /// up a version that somebody else has installed. Throws Error when interrupted alone.
    void open();

    /// Why the package, the files and the commands of the set are to be left as they are in this run; "" when
    /// they may converge. Files that belong to what runs are then brought back where somebody has changed
    /// them. Throws Error when apt cannot be asked.
    std::string why_held();
    /// Brings back what was changed by hand of a held file. Whether there was something to do.
    bool heal(const Item& item);

    /// Before a member of the set is changed: the deploy is planned and, where the package or what runs comes
    /// next, the new package is downloaded and the host taken out of service. Throws DeployHeld when a gate
    /// says no, and Error.
    void before(const Item& item);

    /// After a member has had its turn: the migration runs after the package; a failure takes the set back.
    void after(const Item& item, const Step& step);

    /// Once every member has had its turn and nothing is owed to any: watches, commits, or takes it back.
    void finish();

    /// At the end of a run. `well` says that no member failed: then what runs is what a later deploy can
    /// return to.
    void close(bool well);

  private:
    // The way forward, deploy.cpp
    void begin();
    void plan();
    bool has_package() const;
    void retarget();
    void download();
    void take_out_of_service();
    void migrate();
    void put_beside();
    void verify();
    void commit();
    void tidy_up();
    void advance(DeployState state);
    void adopt(const std::string& installed);

    // The gates before it, deploy_gates.cpp
    void pass_gates(const DeployTarget& target, bool was_well) const;
    void secure_way_back(const std::string& from, bool was_well);
    void reserve_room(const std::string& from);
    void keep_room_again();
    void free_room();

    // The way back, deploy_back.cpp
    void roll_back(const std::string& reason);
    void undo(const std::string& reason);
    void go_back_by_hand(const RollbackWish& wish);
    void begin_way_back();
    void go_back();
    void bring_back_set(const Deploy& deploy);
    void bring_back_package(const Deploy& deploy);
    void bring_back_files(const Deploy& deploy);
    void restart_units(const Deploy& deploy);
    void owe_nothing();
    void withdraw_owed();
    void judge();
    void acquit(const std::string& reason);
    void give_up(const std::string& reason);
    bool below_schema_floor(const Deploy& deploy) const;

    // The package files of ways back, deploy_kept.cpp
    void keep(const host::KeptPackage& kept);
    host::KeptPackage kept_package(const std::string& version) const;
    void keep_adopted();
    void prune_kept();

    // What an earlier run has decided, deploy_hold.cpp
    std::string find_hold();
    std::string failed_before(const DeployTarget& target);
    const Quarantine* quarantined(const DeployTarget& target);
    void write_pins();

    std::string installed() const;
    std::string now_text() const;
    void prune_copies();
    void remember(const Deploy& deploy);
    void save();
    void say(std::string_view line) const;
    void note(std::string text);
    resources::Progress progress() const;

    Parts parts_;
    DeploySet set_;
    DeployBook book_;
    DeployReport report_;
    std::optional<std::string> hold_;  ///< once found, for the rest of the run
    std::chrono::steady_clock::time_point begun_;
    bool is_stopped_ = false;
    bool is_blameless_ = false;  ///< what is being done, or has failed, is none of the release's doing
};

}  // namespace dray::converge
