// Where unit files are.
#include "host/unit_files.h"

#include <doctest/doctest.h>

using dray::host::is_in_unit_folder;

TEST_CASE("which files are of a package, a generator or the administrator, and which are systemd's own") {
    CHECK(is_in_unit_folder("/etc/systemd/system/a.service"));
    CHECK(is_in_unit_folder("/usr/lib/systemd/system/a.service"));
    CHECK(is_in_unit_folder("/lib/systemd/system/a.service"));
    CHECK(is_in_unit_folder("/run/systemd/generator/a.service"));
    CHECK(is_in_unit_folder("/etc/systemd/system/a.service.d/limits.conf"));
    CHECK_FALSE(is_in_unit_folder("/run/systemd/transient/a.service"));
    CHECK_FALSE(is_in_unit_folder("/etc/systemd/system.control/a.service.d/50-Nice.conf"));
}
