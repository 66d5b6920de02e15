// Unit tests of whether links that enable units are as old as what systemd knows of them.
#include "host/unit_links.h"

#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <sys/time.h>

#include <chrono>
#include <filesystem>
#include <fstream>

using dray::host::unit_links_unchanged;
using dray::host::UnitLoad;
namespace fs = std::filesystem;

namespace {

template <typename Clock>
std::uint64_t microseconds_of() {
    const auto since = Clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

/// Folders of units, and a manager that reads them a second after they were made: nobody waits for it.
struct Units {
    dray::test::TemporaryFolder folder;
    fs::path etc = folder.path() / "etc";
    fs::path run = folder.path() / "run";
    UnitLoad load;

    Units() {
        fs::create_directories(etc / "multi-user.target.wants");
        fs::create_directories(etc / "a.service.d");
        fs::create_directories(run / "generator");
        load.folders = {etc, run / "generator", folder.path() / "missing"};
        read_in(std::chrono::seconds(1));
    }
    void read_in(std::chrono::microseconds time) {
        load.real_us =
            microseconds_of<std::chrono::system_clock>() + static_cast<std::uint64_t>(time.count());
        load.monotonic_us =
            microseconds_of<std::chrono::steady_clock>() + static_cast<std::uint64_t>(time.count());
    }
    bool unchanged() const { return unit_links_unchanged(load); }
};

}  // namespace

TEST_CASE("folders that are older than what the manager knows are unchanged") {
    Units units;
    CHECK(units.unchanged());
    units.load.folders.push_back(units.etc);  // as /lib is /usr/lib
    CHECK(units.unchanged());
}

TEST_CASE("what was made later, or so shortly before that file times cannot tell, is a change") {
    Units units;
    units.read_in(std::chrono::microseconds(0));
    CHECK_FALSE(units.unchanged());
    units.read_in(std::chrono::microseconds(1000));
    CHECK_FALSE(units.unchanged());
}

TEST_CASE("a link in each kind of folder counts, and a time that was set back hides none") {
    for (const auto* const place : {"b.service", "multi-user.target.wants/b.service"}) {
        Units units;
        const auto link = units.etc / place;
        fs::create_symlink("/dev/null", link);
        const timeval old[2] = {{.tv_sec = 1, .tv_usec = 0}, {.tv_sec = 1, .tv_usec = 0}};
        CHECK(::utimes(link.parent_path().c_str(), old) == 0);
        CHECK(units.unchanged());  // made before that second is over
        units.read_in(std::chrono::microseconds(0));
        CHECK_FALSE(units.unchanged());
    }
}

TEST_CASE("folders of links of every kind are looked at, and those of drop-ins are not") {
    Units units;
    units.read_in(std::chrono::microseconds(0));
    UnitLoad other = units.load;
    for (const auto* const name : {"x.target.requires", "x.target.upholds", "x.target.wants"}) {
        dray::test::TemporaryFolder one;
        fs::create_directory(one.path() / name);
        other.folders = {one.path()};
        CHECK_FALSE(unit_links_unchanged(other));
    }
}

TEST_CASE("what the manager itself fills is left out") {
    Units units;
    units.read_in(std::chrono::microseconds(0));
    units.load.folders = {units.run / "generator"};
    CHECK(units.unchanged());
}

TEST_CASE("without a time, without folders, and with a clock that was set nothing is known") {
    Units units;
    auto load = units.load;
    load.real_us = 0;
    CHECK_FALSE(unit_links_unchanged(load));
    load = units.load;
    load.folders.clear();
    CHECK_FALSE(unit_links_unchanged(load));
    load = units.load;
    load.monotonic_us -= 3'600'000'000;
    CHECK_FALSE(unit_links_unchanged(load));
}
