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
    Reservations(const Git& git, const Settings& settings, RunState& state, const host::Clock& clock)
        : git_(git), settings_(settings), state_(state), clock_(clock) {}

    /// The next number (see next_version) above all tags and reservations on the remote and above `used`,
    /// reserved for this commit; `say` gets a note when there is something strange about it. Throws Error
    /// when another build host is releasing the same commit, or the remote refuses.
    Reservation take(const std::string& commit, const std::vector<Version>& used,
                     const std::function<void(const std::string&)>& say);

    /// Reserves exactly this number. Throws Error when somebody has it.
    Reservation take_exactly(const Version& version, const std::string& commit);

    /// Gives a number back that was not published, or removes the reservation of one that has its tag by now.
    /// A remote that cannot be reached keeps it: the number is then left out.
    void give_back();

  private:
    bool reserve(const Reservation& wanted, const std::string& commit);
    Reservation make(const Version& version, const std::string& commit) const;

    const Git& git_;
    const Settings& settings_;
    RunState& state_;
    const host::Clock& clock_;
};

}  // namespace dray::builder
