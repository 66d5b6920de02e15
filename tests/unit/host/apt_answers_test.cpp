// Which of apt's answers a change of packages leaves true.
#include "host/apt_answers.h"

#include "temporary_folder.h"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace dray::host;

namespace {

/// A host with two packages, of which version 2 is the candidate.
struct Changed {
    Changed() { write("install ok installed", "1", "1"); }

    void write(const std::string& state, const std::string& warehouse, const std::string& nginx) const {
        const auto fresh = folder.path() / "status-new";
        std::ofstream(fresh) << fmt::format(
            "Package: warehouse\nStatus: {}\nArchitecture: all\nVersion: {}\n\n"
            "Package: nginx\nStatus: install ok installed\nArchitecture: all\nVersion: {}\n",
            state, warehouse, nginx);
        std::filesystem::rename(fresh, folder.path() / "status");
    }

    AnswersBeforeChange answers() const {
        return {
            {{{.name = "warehouse", .hold = hold}, {"1", "2", reason}}, {{.name = "nginx"}, {"1", "2", ""}}},
            dpkg};
    }

    dray::test::TemporaryFolder folder;
    DpkgDatabase dpkg{folder.path()};
    Hold hold = Hold::respect;
    std::string reason = {};
};

}  // namespace

TEST_CASE("apt's answers are as true as before when the candidate was installed, or nothing was changed") {
    Changed host;
    const auto before = host.answers();
    CHECK(before.still_true());
    host.write("install ok installed", "2", "1");
    REQUIRE(before.still_true());
    CHECK(before.still_true()->at({.name = "warehouse"}).candidate == "2");
    host.write("install ok installed", "2", "2");
    CHECK(before.still_true());
    std::filesystem::create_directory(host.folder.path() / "updates");
    std::ofstream(host.folder.path() / "updates/0001") << "Package: nginx\n";
    CHECK_FALSE(before.still_true());
}

TEST_CASE("apt has to be asked of a package that was changed, and not to the candidate") {
    Changed host;
    const auto before = host.answers();
    host.write("install ok installed", "2", "1.5");
    CHECK_FALSE(before.still_true());
    host.write("install ok half-configured", "2", "1");
    CHECK_FALSE(before.still_true());
    host.write("deinstall ok config-files", "1", "1");
    CHECK_FALSE(before.still_true());
    host.write("install ok installed", "2", "1");
    CHECK(before.still_true());
}

TEST_CASE("apt has to be asked of a package whose hold comes or goes, unless the hold is the recipe's own") {
    Changed host;
    SUBCASE("somebody holds it") {
        const auto before = host.answers();
        host.write("hold ok installed", "2", "1");
        CHECK_FALSE(before.still_true());
    }
    SUBCASE("somebody held it") {
        host.reason = "held";
        host.write("hold ok installed", "2", "1");
        const auto before = host.answers();
        CHECK(before.still_true());
        host.write("install ok installed", "2", "1");
        CHECK_FALSE(before.still_true());
    }
    SUBCASE("the recipe holds it") {
        host.hold = Hold::own;
        const auto before = host.answers();
        host.write("hold ok installed", "2", "1");
        CHECK(before.still_true());
    }
}

TEST_CASE("without answers there is nothing that is true") {
    const Changed host;
    CHECK_FALSE(AnswersBeforeChange({}, host.dpkg).still_true());
}
