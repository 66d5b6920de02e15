// What to do when dpkg could not finish, by its own words.
#include "host/dpkg_failure.h"

#include <doctest/doctest.h>

#include <string>

using dray::host::hint_after_dpkg;
using dray::host::hint_for_failed_script;
using dray::host::hint_for_stopped_dpkg;

TEST_CASE("what to do after dpkg has failed is what helps against its cause") {
    const std::string script =
        "installed greeting package post-installation script subprocess returned error exit status 3\n";
    const std::string full =
        "cannot copy extracted data for './opt/noise' to '/opt/noise.dpkg-new': failed to write (No space "
        "left "
        "on device)\n";
    CHECK(hint_after_dpkg(script) == hint_for_failed_script);
    CHECK(hint_after_dpkg("old greeting package post-removal maintainer script subprocess failed with exit "
                          "status 3\n") == hint_for_failed_script);
    CHECK(hint_after_dpkg("trying to overwrite '/usr/bin/dpkg', which is also in package dpkg 1.22\n")
              .find("one of the two has to be mended") != std::string::npos);
    CHECK(hint_after_dpkg(script + full).find("free space") == 0);
    CHECK(hint_after_dpkg("") == hint_for_stopped_dpkg);
    CHECK(hint_after_dpkg("dependency problems - leaving unconfigured\n") == hint_for_stopped_dpkg);
}
