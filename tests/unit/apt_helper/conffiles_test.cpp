// Which conffiles stayed as the administrator had made them, and which gave way.
#include "apt_helper/conffiles.h"

#include "apt_world.h"

#include <apt-pkg/hashes.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

using namespace dray;
using apt_helper::ConffileWatch;

namespace {

using Paths = std::vector<std::string>;

std::string md5(std::string_view text) {
    Hashes hashes(Hashes::MD5SUM);
    hashes.Add(reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return hashes.GetHashStringList().find("MD5Sum")->HashValue();
}

/// A package with one conffile.
struct Host {
    /// The package has brought a version of the file with this content, says dpkg's record.
    void record(std::string_view content, std::string_view more = {}) const {
        world.installed(
            "Package: greeting\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nConffiles:\n " +
            path() + " " + md5(content) + std::string(more) + "\n\n");
    }
    void write(std::string_view content) const { std::ofstream(path()) << content; }
    std::string path() const { return folder.path() / "greeting.conf"; }

    test::TemporaryFolder folder;
    test::AptWorld world;
};

}  // namespace

TEST_CASE("a file that was changed here and of which a new version came is kept, and told") {
    const Host host;
    host.record("old");
    host.write("mine");
    const ConffileWatch watch(false);
    host.record("new");
    dray::host::TransactionResult result;
    watch.tell(result);
    CHECK(result.kept_conffiles == Paths{host.path()});
    CHECK(result.replaced_conffiles.empty());
}

TEST_CASE("a file of a package that is not configured yet is not told") {
    const Host host;
    const ConffileWatch watch(false);
    host.write("mine");
    host.world.installed(
        "Package: greeting\nStatus: install ok unpacked\nVersion: 1\nArchitecture: all\nConffiles:\n " +
        host.path() + " newconffile\n\n");
    dray::host::TransactionResult result;
    watch.tell(result);
    CHECK(result.kept_conffiles.empty());
}

TEST_CASE("a file that was changed here and gave way is told") {
    const Host host;
    host.record("old");
    host.write("mine");
    const ConffileWatch watch(true);
    host.record("new");
    host.write("new");
    dray::host::TransactionResult result;
    watch.tell(result);
    CHECK(result.kept_conffiles.empty());
    CHECK(result.replaced_conffiles == Paths{host.path()});
}

TEST_CASE("a file that nobody has changed, or of which nothing new came, is not worth a word") {
    const Host host;
    host.record("old");
    host.write("old");
    const ConffileWatch unchanged(true);
    host.record("new");
    host.write("new");
    dray::host::TransactionResult result;
    unchanged.tell(result);
    host.write("mine");
    const ConffileWatch same(true);
    same.tell(result);
    CHECK(result.kept_conffiles.empty());
    CHECK(result.replaced_conffiles.empty());
}

TEST_CASE("what a package does not bring any more is not worth a word") {
    const Host host;
    host.record("old");
    host.write("mine");
    const ConffileWatch watch(true);
    host.record("new", " obsolete");
    dray::host::TransactionResult result;
    watch.tell(result);
    CHECK(result.kept_conffiles.empty());
}
