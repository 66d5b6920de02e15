// dpkg's record of what is installed, and the traces of an interrupted dpkg.
#include "host/apt_dpkg.h"

#include "error.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace dray::host;
using dray::test::TemporaryFolder;

namespace {

std::string stanza(std::string_view name, std::string_view status, std::string_view version,
                   std::string_view architecture = "amd64") {
    std::string text = "Package: " + std::string(name) + "\nStatus: " + std::string(status) +
                       "\nPriority: optional\nArchitecture: " + std::string(architecture) + "\n";
    if (!version.empty()) text += "Version: " + std::string(version) + "\n";
    return text + "Description: a thing\n Package: not-a-package\n Version: 99\n\n";
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("an installed package has a version") {
    const DpkgStatus status(stanza("bash", "install ok installed", "5.2-1") +
                            stanza("warehouse", "install ok installed", "26.11.3"));
    REQUIRE(status.find("warehouse"));
    CHECK(status.find("warehouse")->installed());
    CHECK(status.find("warehouse")->version == "26.11.3");
    CHECK_FALSE(status.find("not-a-package"));
    CHECK_FALSE(status.find("ware"));
}

TEST_CASE("a field that dpkg does not know itself can be asked for") {
    const DpkgStatus status(
        "Package: warehouse\nStatus: install ok installed\nDescription: a thing\n Dray-Empty: no field\n"
        "Conffiles:\n /etc/a 1\nDray-Schema-Floor: 26.11.3 \nVersion: 1\n\n" +
        stanza("bash", "install ok installed", "1"));
    const DpkgPackage& warehouse = *status.find("warehouse");
    CHECK(warehouse.field("Dray-Schema-Floor") == "26.11.3");
    CHECK(warehouse.field("dray-schema-floor") == "26.11.3");
    CHECK(warehouse.field("Version") == "1");
    CHECK(warehouse.field("Conffiles").empty());
    CHECK(warehouse.field("Dray-Empty").empty());
    CHECK(warehouse.field("Dray").empty());
    CHECK(status.find("bash")->field("Dray-Schema-Floor").empty());
}

TEST_CASE("the last stanza counts without an empty line after it") {
    const DpkgStatus status("Package: bash\nStatus: install ok installed\nVersion: 1");
    REQUIRE(status.find("bash"));
    CHECK(status.find("bash")->version == "1");
}

TEST_CASE("what rests in one state is not interrupted") {
    const DpkgStatus status(
        stanza("a", "install ok installed", "1") + stanza("b", "deinstall ok config-files", "1") +
        stanza("c", "purge ok not-installed", "") + stanza("d", "hold ok installed", "1"));
    CHECK(status.interrupted().empty());
    CHECK_FALSE(status.find("b")->installed());
}

TEST_CASE("every state between two is interrupted") {
    for (const auto* state :
         {"half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"}) {
        const DpkgStatus status(stanza("a", std::string("install ok ") + state, "1"));
        CHECK_MESSAGE(status.interrupted() == std::vector<std::string>{"a"}, state);
    }
    const DpkgStatus broken(stanza("a", "install reinstreq installed", "1"));
    CHECK(broken.find("a")->must_be_reinstalled());
    CHECK(broken.interrupted().size() == 1);
}

TEST_CASE("of several architectures a plain name means the native one") {
    const std::string text = stanza("libc6", "install ok installed", "1", "i386") +
                             stanza("libc6", "install ok unpacked", "2", "amd64");
    const DpkgStatus status(text, "amd64");
    CHECK(status.find("libc6")->version == "2");
    CHECK(status.find("libc6:i386")->version == "1");
    CHECK_FALSE(status.find("libc6:arm64"));
    CHECK(status.interrupted() == std::vector<std::string>{"libc6"});
    CHECK(DpkgStatus(text, "i386").interrupted() == std::vector<std::string>{"libc6:amd64"});
}

TEST_CASE("text that dpkg would not write is passed over") {
    CHECK(DpkgStatus("").interrupted().empty());
    CHECK(DpkgStatus("\n\n\n\nPackage:\n\nStatus: install ok unpacked\n\nnonsense").interrupted().empty());
    CHECK_FALSE(DpkgStatus("Package: a\nStatus: install\n").find("a"));
}

TEST_CASE("the status file is read again when it has changed, and the journal counts") {
    const TemporaryFolder folder;
    const DpkgDatabase database(folder.path());
    CHECK_THROWS_AS(database.status(), dray::Error);
    write_file(folder.path() / "status", stanza("a", "install ok installed", "1"));
    CHECK_FALSE(database.interrupted());
    CHECK(database.status().find("a")->version == "1");
    write_file(folder.path() / "status.new", stanza("a", "install ok installed", "2"));
    std::filesystem::rename(folder.path() / "status.new", folder.path() / "status");
    CHECK(database.status().find("a")->version == "2");
    std::filesystem::create_directory(folder.path() / "updates");
    write_file(folder.path() / "updates" / "tmp.i", "half a line");
    CHECK_FALSE(database.interrupted());
    write_file(folder.path() / "updates" / "0000", stanza("a", "install ok unpacked", "3"));
    CHECK(database.interrupted());
}
