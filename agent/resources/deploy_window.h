// When a deploy may begin: "Mon-Fri 09:00-17:00 Europe/London".
#pragma once

#include "host/host.h"

#include <set>
#include <string>

namespace dray::resources {

/// A span of time that comes back each week or day. Its end is not in it; one that ends before it begins goes
/// over midnight, and belongs to the day on which it begins.
class DeployWindow {
  public:
    /// "[DAYS] HH:MM-HH:MM [ZONE]": days as in systemd.time(7), "Mon-Fri" or "Mon,Wed,Fri"; without them
    /// every day. The zone is a name of tzselect(8); without one UTC. Throws Error.
    static DeployWindow parse(const std::string& text);

    const std::string& text() const { return text_; }

    /// Whether it is open now. Asks date(1) for the time in its zone. Throws Error for a zone that the host
    /// does not know.
    bool open(const host::Host& host) const;

    /// Whether it is open on this day of the week (1 is Monday, 7 Sunday) at this minute of the day.
    bool open_at(int weekday, int minute) const;

  private:
    std::string text_;
    std::set<int> days_;
    int begin_ = 0;  ///< minutes since midnight
    int end_ = 0;
    std::string zone_;
};

}  // namespace dray::resources
