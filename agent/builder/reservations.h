// Numbers of releases, each of which is given away once, whatever number of build hosts ask at the same time.
#pragma once

#include "builder/git.h"
#include "builder/run_state.h"
#include "builder/settings.h"
#include "host/clock.h"

#include <functional>
#include <string>
#include <vector>

namespace dray::builder {

/// Reserves numbers by refs of their own on the remote: creating one is atomic there.
class Reservations {
  public:
    /// `in_order`: a commit is left to whoever releases a later one, or has done so.
    Reservations(const Git& git, const Settings& settings, RunState& state, const host::Clock& clock,
                 bool in_order)
        : git_(git), settings_(settings), state_(state), clock_(clock), in_order_(in_order) {}

    /// The next number (see next_version) above all tags and reservations on the remote and above `used`,
    /// reserved for this commit; `say` gets a note when there is something strange about it. Throws Unsure
    /// when another build host is releasing the same commit or a later one, Released when it has done so, and
    /// Unsure when the remote refuses.
    Reservation take(const std::string& commit, const std::vector<Version>& used,
                     const std::function<void(const std::string&)>& say);

    /// Reserves exactly this number. Throws Error when somebody has it or a higher one.
    Reservation take_exactly(const Version& version, const std::string& commit);

    /// Gives back every number of this host that was not published, and removes the reservation of one that
    /// has its tag by now. What the remote does not let go of stays written down, and is tried again the next
    /// time. Returns whether nothing is left.
    bool give_back();

  private:
    bool is_gone(const Reservation& reservation) const;
    void leave_to_others(const RemoteRefs& refs, const Reservation& wanted, const std::string& commit);
    bool reserve(const Reservation& wanted, const std::string& commit);
    Reservation make(const Version& version, const std::string& commit) const;

    const Git& git_;
    const Settings& settings_;
    RunState& state_;
    const host::Clock& clock_;
    bool in_order_;
};

}  // namespace dray::builder
