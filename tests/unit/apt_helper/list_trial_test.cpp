// Lists are tried by libapt: what it cannot use is told, and what it can use is not.
#include "apt_helper/list_trial.h"

#include "apt_world.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using dray::apt_helper::list_defect;
using dray::apt_helper::ListDefect;
using dray::apt_helper::ListFiles;
using dray::test::AptWorld;
using dray::test::stanza;
namespace fs = std::filesystem;

namespace {

constexpr auto release = "stable.test_dists_stable_Release";
constexpr auto packages = "stable.test_dists_stable_main_binary-amd64_Packages";
constexpr auto translation = "stable.test_dists_stable_main_i18n_Translation-en";

/// A source with good lists, and what is to take the place of its index.
struct NewList {
    AptWorld world;
    fs::path lists = world.path() / "state/lists";
    fs::path content = world.path() / "content";

    NewList() { world.archive("stable", stanza("greeting", "1")); }

    ListDefect defect(const std::string& text, const std::string& name = packages) const {
        std::ofstream(content, std::ios::binary) << text;
        ListFiles files{{release, lists / release}, {packages, lists / packages}};
        files[name] = content;
        return list_defect(files, world.path());
    }
};

}  // namespace

TEST_CASE("an index that libapt can use has no defect, and an empty one is one") {
    const NewList list;
    CHECK_FALSE(list.defect(""));
    CHECK_FALSE(list.defect(stanza("greeting", "1") + stanza("greeting", "2")));
    CHECK_FALSE(list.defect(stanza("greeting", "1", "Depends: a (>= 1) | b, c:any\nProvides: d (= 2)\n")));
    // libapt warns, and takes the rest.
    CHECK_FALSE(list.defect(stanza("greeting", "1", "Provides: d (>= 2)\n")));
}

TEST_CASE("an index that libapt cannot use is told with the list's name and libapt's words") {
    const NewList list;
    for (const auto* const text : {"Origin: tests\nSuite: stable\n", "Package:\nVersion: 1\n"})
        CHECK(list.defect(text).list == packages);
    CHECK(list.defect("<html><h1>Please log in</h1></html>\n"));
    CHECK(list.defect(std::string(3000, '\x9c')));
    CHECK(list.defect(stanza("greeting", "1") + "noise without a colon\n"));

    for (const auto* const field : {"Depends: other (>= \n", "Depends: other (>= 1\n", "Depends: (>= 1)\n",
                                    "Conflicts: other (\n", "Provides: other (= 1\n"}) {
        CAPTURE(field);
        const auto defect = list.defect(stanza("greeting", "1") + stanza("farewell", "3", field));
        CHECK(defect.list == packages);
        CHECK(defect.words.find("Problem parsing") == 0);
        CHECK(defect.words.find("farewell") != std::string::npos);
        CHECK(defect.words.find("Problem with MergeList") == std::string::npos);
    }
}

TEST_CASE("a translation is tried with the index that it is of") {
    const NewList list;
    CHECK_FALSE(
        list.defect("Package: greeting\nDescription-md5: d41d8cd98f00b204e9800998ecf8427e\n"
                    "Description-en: says hello\n",
                    translation));
    const auto defect = list.defect("Description-en: of nobody\n", translation);
    CHECK(defect.list == translation);
}

TEST_CASE("a trial leaves apt's configuration, lists and errors alone") {
    const NewList list;
    _error->Discard();
    const auto folder = _config->FindDir("Dir::State::lists");
    CHECK(list.defect("noise without a colon\n"));
    CHECK(_error->empty());
    CHECK(_config->FindDir("Dir::State::lists") == folder);
    pkgCacheFile cache;
    REQUIRE(cache.BuildCaches(nullptr, false));
    CHECK_FALSE(cache.GetPkgCache()->FindPkg("greeting").end());
}

TEST_CASE("lists that cannot be tried are an error and no defect") {
    const NewList list;
    CHECK_THROWS(list_defect({{"no/such_Packages", list.content}}, list.world.path()));
}
