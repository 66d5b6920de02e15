// Which sources are refreshed at once.
#include "apt_helper/refresh_selection.h"

#include "apt_helper/library.h"
#include "apt_world.h"

#include <apt-pkg/sourcelist.h>
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

using namespace dray;
using Names = std::vector<std::string>;

namespace {

/// Of these sources those that are refreshed at once, in one line.
std::string together(const Names& names) {
    pkgSourceList all;
    REQUIRE(all.ReadMainList());
    apt_helper::take_errors();
    std::string line;
    for (const auto& name : apt_helper::refreshed_together(apt_helper::Selection(names, all)))
        line += (line.empty() ? "" : " ") + name;
    return line;
}

}  // namespace

TEST_CASE("two ports of one host are refreshed one after the other") {
    const test::AptWorld world;
    const auto declare = [&](const std::string& name, const std::string& uris) {
        std::ofstream(world.path() / "etc/sources.list.d" / (name + ".sources"))
            << "Types: deb\nURIs: " << uris << "\nSuites: stable\nComponents: main\nTrusted: yes\n";
    };
    declare("internal", "http://apt.test/internal");
    declare("usual-port", "http://apt.test:80/more");
    declare("other-port", "http://apt.test:8080/other");
    declare("both-ports", "http://two.test/one http://two.test:81/two");
    declare("third-port", "http://apt.test:82/third http://two.test/one");
    declare("encrypted", "https://apt.test/encrypted");
    declare("elsewhere", "http://mirror.test:8080/other");

    CHECK(together({"internal", "usual-port", "other-port", "encrypted", "elsewhere"}) ==
          "internal usual-port encrypted elsewhere");
    CHECK(together({"other-port", "internal", "elsewhere"}) == "other-port elsewhere");
    CHECK(together({"both-ports", "internal"}) == "both-ports internal");
    CHECK(together({"internal", "third-port", "both-ports"}) == "internal");
    CHECK(together({"third-port"}) == "third-port");
    CHECK(together({"nowhere"}) == "");
}
