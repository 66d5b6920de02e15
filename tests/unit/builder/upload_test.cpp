// Unit tests of packages that are uploaded to a queue: what describes them, and what dput is asked.
#include "archived.h"
#include "builder/changes_file.h"
#include "builder/command_archive.h"
#include "builder/dput_archive.h"
#include "error.h"

#include <doctest/doctest.h>

#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::Archived;
using dray::test::deb_name;
using dray::test::write;
namespace fs = std::filesystem;

TEST_CASE("a .changes file says what deb-changes(5) wants") {
    const Upload upload{.package = "small",
                        .version = "26.9.1",
                        .architecture = "all",
                        .distribution = "stable",
                        .maintainer = "A Team <team@example.org>",
                        .description = "a service",
                        .changes = {"Second", "First"},
                        .date = std::chrono::sys_days(std::chrono::year(2026) / 9 / 1),
                        .files = {{"small_26.9.1_all.deb", {7, "m", "s", "h"}, "python", "optional"}}};
    CHECK(changes_text(upload) ==
          "Format: 1.8\nDate: Tue, 01 Sep 2026 00:00:00 +0000\nSource: small\nBinary: small\nArchitecture: "
          "all\n"
          "Version: 26.9.1\nDistribution: stable\nUrgency: medium\nMaintainer: A Team <team@example.org>\n"
          "Changed-By: A Team <team@example.org>\nDescription:\n small - a service\nChanges:\n"
          " small (26.9.1) stable; urgency=medium\n .\n   * Second\n   * First\n"
          "Checksums-Sha1:\n s 7 small_26.9.1_all.deb\nChecksums-Sha256:\n h 7 small_26.9.1_all.deb\n"
          "Files:\n m 7 python optional small_26.9.1_all.deb\n");
}

TEST_CASE("the digests of a .changes file are those of md5sum and its kin") {
    const Scratch folder;
    write(folder.path() / "abc", "abc");
    const FileDigests found = file_digests(folder.path() / "abc");
    CHECK(found.size == 3);
    CHECK(found.md5 == "900150983cd24fb0d6963f7d28e17f72");           // RFC 1321
    CHECK(found.sha1 == "a9993e364706816aba3e25717850c26c9cd0d89d");  // RFC 3174
    CHECK(found.sha256 == dray::sha256("abc"));
}

namespace {

/// As gpg makes it (RFC 4880, 7).
std::string signed_form(const std::string& text) {
    return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + text +
           "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
}

/// dput with a section of its configuration; `says` is what it answers.
struct Queue : Archived {
    Queue() {
        write(folder.path() / deb_name,
              "!<arch>\ndebian-binary   1788220800  0     0     100644  4         `\n2.0\n");
        write(folder.path() / "dput.cf", "[internal]\n");
        settings.publish.dput_config = folder.path() / "dput.cf";
        settings.publish.dput_host = "internal";
        tools.answer = [this](const std::string& text) { return play(text); };
    }
    host::Result play(const std::string& text) {
        if (text.starts_with("dpkg-deb"))
            return {.output =
                        "Package: small\nVersion: 26.9.1\nArchitecture: all\nMaintainer: A <a@b.c>\n"
                        "Section: python\nPriority: optional\nDescription: one\n more\n"};
        if (text.find("--verify") != text.npos)
            return {.output = "[GNUPG:] NEWSIG\n[GNUPG:] VALIDSIG " + signer +
                              " 2026-09-01 1788220800 0 4 0 1 8 01 " + signer + "\n"};
        if (text.starts_with("gpg")) return {.output = "signature " + std::to_string(++signatures)};
        return {.errors = text.find("--simulate") == text.npos ? says : simulated};
    }

    int signatures = 0;
    std::string signer;
    std::string says;
    std::string simulated;
    const fs::path changes = folder.path() / "small_26.9.1_all.changes";
};

}  // namespace

TEST_CASE("an upload is tried before anything is sent, and its text stays when it is made again") {
    Queue world;
    world.settings.publish.signing_key = "0123456789ABCDEF";
    // gpg puts the text into what it signs.
    const fs::path& changes = world.changes;
    world.publish<DputArchive>();
    CHECK(test::content(changes) == "signature 1");
    REQUIRE(world.tools.ran.size() == 4);
    const std::string dput = "dput --config " + world.settings.publish.dput_config.string() +
                             " --force --no-upload-log --unchecked ";
    CHECK(world.tools.ran[2] == dput + "--simulate internal " + changes.string());
    CHECK(world.tools.ran[3] == dput + "internal " + changes.string());

    const std::string text =
        changes_text(describe_upload(world.tools, world.folder.path() / deb_name, "stable", {}));
    CHECK(text.find("Date: Tue, 01 Sep 2026 00:00:00 +0000\n") != text.npos);
    write(changes, signed_form(text));
    world.signer = "FFFFFFFF0123456789ABCDEF";
    world.publish<DputArchive>();
    CHECK(world.signatures == 1);
    CHECK(test::content(changes) == signed_form(text));
}

TEST_CASE("an upload is signed again when its text is unsigned, another one, or signed by another key") {
    Queue world;
    const std::string text =
        changes_text(describe_upload(world.tools, world.folder.path() / deb_name, "stable", {}));
    world.settings.publish.signing_key = "0123456789abcdef";
    world.signer = "FFFFFFFF0123456789ABCDEE";
    for (const std::string& there : {text, signed_form(text), signed_form(text + "More: 1\n")}) {
        write(world.changes, there);
        world.publish<DputArchive>();
    }
    CHECK(world.signatures == 3);
    world.settings.publish.signing_key.clear();
    write(world.changes, signed_form(text));
    world.publish<DputArchive>();
    CHECK(test::content(world.changes) == text);
}

TEST_CASE("a host that dput's configuration does not have itself is an error") {
    Queue world;
    world.settings.publish.dput_host = "elsewhere";
    CHECK_THROWS_WITH_AS(world.publish<DputArchive>(), doctest::Contains("no section [elsewhere]"), Error);
    CHECK(!world.tools.did("dput "));
}

TEST_CASE("an upload of which dput says that no file was taken is none, whatever its exit status") {
    Queue world;
    world.says = "Upload permissions error\n...\nNo file was uploaded, however.\n";  // dput-ng
    CHECK_THROWS_WITH_AS(world.publish<DputArchive>(), doctest::Contains("No file was uploaded"), Error);
    CHECK(world.visible);
    world.says = "Leaving existing small_26.9.1_all.deb on the server and continuing\n";  // dput
    CHECK_THROWS_WITH_AS(world.publish<DputArchive>(), doctest::Contains("Leaving existing"), Error);
    world.says.clear();
    CHECK_NOTHROW(world.publish<DputArchive>());
}

TEST_CASE("a method that does not tell when it fails is refused before anything is sent") {
    Queue world;
    world.simulated = "Uploading small using local to internal (host: h; directory: /srv/incoming)\n";
    CHECK_THROWS_WITH_AS(world.publish<DputArchive>(), doctest::Contains("does not tell when it fails"),
                         Error);
    CHECK(!world.visible);
}

TEST_CASE("each package of a release goes to the suite of its target") {
    Archived world;
    Products products = world.products();
    products.debs.clear();
    for (const auto& [target, version] :
         {std::pair("bookworm", "26.9.1+deb12"), {"trixie", "26.9.1+deb13"}}) {
        const std::string file = std::string("small_") + version + "_all.deb";
        write(world.folder.path() / file,
              "!<arch>\ndebian-binary   1788220800  0     0     100644  4         `\n2.0\n");
        products.debs.push_back({target, version, file, {}});
    }
    world.tools.answer = [&](const std::string& text) {
        return host::Result{.output = text.starts_with("dpkg-deb")
                                          ? "Package: small\nVersion: 26.9.1\nArchitecture: all\n"
                                            "Maintainer: A <a@b.c>\nSection: python\nPriority: optional\n"
                                            "Description: one\n"
                                          : ""};
    };
    const std::string folder = world.folder.path().string();
    SUBCASE("by a command") {
        world.settings.publish.archive_command = {"put", "{suite}"};
        CommandArchive archive(world.tools, world.settings);
        archive.stage(products, false);
        archive.commit();
        CHECK(world.tools.ran ==
              std::vector<std::string>{"put stable-bookworm " + folder + "/small_26.9.1+deb12_all.deb",
                                       "put stable-trixie " + folder + "/small_26.9.1+deb13_all.deb"});
        CHECK(world.tools.environment.at("DRAY_SUITE") == "stable-trixie");
    }
    SUBCASE("by an upload, of which none is sent before each was tried") {
        write(world.folder.path() / "dput.cf", "[internal]\n");
        world.settings.publish.dput_config = world.folder.path() / "dput.cf";
        world.settings.publish.dput_host = "internal";
        DputArchive archive(world.tools, world.settings);
        archive.stage(products, false);
        CHECK(!world.tools.did("--unchecked internal"));
        archive.commit();
        const std::string changes = test::content(world.folder.path() / "small_26.9.1+deb13_all.changes");
        CHECK(changes.find("\nDistribution: stable-trixie\n") != changes.npos);
        CHECK(world.tools.did("--unchecked internal " + folder + "/small_26.9.1+deb12_all.changes"));
        CHECK(world.tools.did("--unchecked internal " + folder + "/small_26.9.1+deb13_all.changes"));
    }
}
