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

/// Of these sources those that are refreshed at once.
Names together(const Names& names) {
    pkgSourceList all;
    REQUIRE(all.ReadMainList());
    apt_helper::take_errors();
    return apt_helper::refreshed_together(apt_helper::Selection(names, all));
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
    declare("encrypted", "https://apt.test/internal");
    declare("elsewhere", "http://mirror.test:8080/other");

    CHECK(together({"internal", "usual-port", "other-port", "encrypted", "elsewhere"}) ==
          Names{"internal", "usual-port", "encrypted", "elsewhere"});
    CHECK(together({"other-port", "internal", "elsewhere"}) == Names{"other-port", "elsewhere"});
    CHECK(together({"both-ports", "internal"}) == Names{"both-ports", "internal"});
    CHECK(together({"internal", "third-port", "both-ports"}) == Names{"internal"});
    CHECK(together({"third-port"}) == Names{"third-port"});
    CHECK(together({"nowhere"}).empty());
}
