// Whether a download has failed for want of room, by libapt's words.
#include "apt_helper/disk_space.h"

#include <doctest/doctest.h>

using dray::apt_helper::tells_no_room;

TEST_CASE("a full disk is this host's, and no server's words") {
    CHECK(tells_no_room("Error writing to file - write (28: No space left on device)"));
    CHECK_FALSE(tells_no_room("503  No space left on device [IP: 192.0.2.1 80]"));
    CHECK_FALSE(tells_no_room("404  Not Found [IP: 192.0.2.1 80]"));
    CHECK_FALSE(tells_no_room(""));
}
