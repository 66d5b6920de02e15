// Unit tests of the places that packages go to beside dray's own repository: what they are told, and what
// their tools are asked.
#include "builder/aptly_archive.h"
#include "builder/changes_file.h"
#include "builder/command_archive.h"
#include "builder/dput_archive.h"
#include "builder/reprepro_archive.h"
#include "builder/scratch.h"
#include "builder/unsure.h"
#include "digest.h"
#include "error.h"
#include "files.h"
#include "host/identity.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <functional>

using namespace dray;
using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

constexpr auto deb_name = "small_26.9.1_all.deb";
const std::string other_digest(64, 'a');

/// The tools of an archive: `answer` says what each command line comes to.
class Tools final : public host::Processes {
  public:
    std::function<host::Result(const std::string& text)> answer;
    mutable std::vector<std::string> ran;
    mutable std::map<std::string, std::string> environment;

    host::Result run(const host::Command& command) const override {
        ran.push_back(command.text());
        environment = command.environment;
        return answer(command.text());
    }

    bool did(const std::string& part) const {
        return std::any_of(ran.begin(), ran.end(),
                           [&](const std::string& text) { return text.find(part) != text.npos; });
    }
};

/// A release of one package, and the settings of where it goes.
struct Archived {
    Archived() {
        settings.deb.package = "small";
        settings.publish.suite = "stable";
        write(folder.path() / deb_name, "package");
    }
    Products products() const {
        Products made;
        made.folder = folder.path();
        made.version = *Version::parse("26.9.1");
        made.debs = {{.target = {}, .version = "26.9.1", .file = deb_name, .buildinfo = {}}};
        return made;
    }
    std::string digest() const { return dray::sha256("package"); }
    template <typename Archive>
    void publish() {
        Archive archive(tools, settings);
        archive.stage(products(), false);
        try {
            archive.commit();
        } catch (...) {
            visible = archive.may_be_visible();
            throw;
        }
    }

    Scratch folder;
    Settings settings;
    Tools tools;
    bool visible = false;
};

/// aptly with a local repository that is published.
struct Aptly : Archived {
    Aptly() {
        settings.publish.archive = "aptly";
        settings.publish.aptly_repo = "internal";
        tools.answer = [this](const std::string& text) { return play(text); };
    }
    host::Result play(const std::string& text) {
        const auto has_part = [&](const char* part) { return text.find(part) != text.npos; };
        if (!fails.empty() && has_part(fails.c_str())) return {.exit_code = 1, .errors = "ERROR: no luck\n"};
        if (text.starts_with("gpg")) return {.output = "signed"};
        if (has_part("publish show"))
            return {.output = R"({"SourceKind":")" + kind +
                              R"(","Sources":[{"Component":"main","Name":"internal"}]})"};
        if (has_part("repo search"))
            return has.empty() ? host::Result{.exit_code = 1, .errors = "ERROR: no results\n"}
                               : host::Result{.output = has};
        if (has_part("repo add")) has += std::string(deb_name) + " " + digest() + "\n";
        if (has_part("repo remove")) has.clear();
        return {};
    }

    std::string has;
    std::string fails;
    std::string kind = "local";
};

}  // namespace

TEST_CASE("a package is added to aptly's repository, and its publication updated") {
    Aptly world;
    world.settings.publish.gnupg_home = "/srv/gnupg";
    world.publish<AptlyArchive>();
    CHECK(world.tools.did("repo add internal " + (world.folder.path() / deb_name).string()));
    CHECK(world.tools.ran.back() ==
          "aptly -config=/etc/dray/aptly.conf -db-open-attempts=2 publish update -batch stable .");
    CHECK(world.tools.environment.at("GNUPGHOME") == "/srv/gnupg");
    CHECK(AptlyArchive(world.tools, world.settings).versions() ==
          std::vector<Version>{*Version::parse("26.9.1")});
    CHECK(AptlyArchive(world.tools, world.settings).complete(world.products()));
}

TEST_CASE("what aptly has with the same bytes is not added again") {
    Aptly world;
    world.has = std::string(deb_name) + " " + world.digest() + "\n";
    world.publish<AptlyArchive>();
    CHECK(!world.tools.did("repo add"));
    CHECK(world.tools.did("publish update"));
}

TEST_CASE("other bytes in aptly's repository stop the publication, and are never removed") {
    Aptly world;
    world.has = std::string(deb_name) + " " + other_digest + "\n";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("another file of this name"),
                         Error);
    CHECK(!world.tools.did("repo add"));
    AptlyArchive(world.tools, world.settings).withdraw(world.products());
    CHECK(!world.tools.did("repo remove"));
}

TEST_CASE("a package that aptly did not take leaves nothing in its repository") {
    Aptly world;
    world.fails = "repo add";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.visible);
    CHECK(!world.tools.did("publish update"));
}

TEST_CASE("a publication that aptly did not update may be visible in part") {
    Aptly world;
    world.fails = "publish update";
    CHECK_THROWS_AS(world.publish<AptlyArchive>(), Error);
    CHECK(world.visible);
    world.fails.clear();
    AptlyArchive(world.tools, world.settings).withdraw(world.products());
    CHECK(world.tools.did("repo remove internal small_26.9.1_all"));
    CHECK(world.tools.did("publish update"));
    CHECK(world.has.empty());
}

TEST_CASE("a publication of aptly's that shows snapshots, or none at all, is said before anything is added") {
    Aptly world;
    world.kind = "snapshot";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(),
                         doctest::Contains("does not show this local repository"), Error);
    world.fails = "publish show";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.tools.did("repo add"));
}

TEST_CASE("aptly's signature is tried before anything is added, by its own choice of a key too") {
    Aptly world;
    write(world.folder.path() / "aptly.conf", "{\"gpgDisableSign\": false}");
    world.settings.publish.aptly_config = world.folder.path() / "aptly.conf";
    world.fails = "clearsign";
    CHECK_THROWS_WITH_AS(world.publish<AptlyArchive>(), doctest::Contains("gpg's own choice"), Error);
    CHECK(!world.tools.did("repo add"));
    CHECK(!world.tools.did("--local-user"));
    write(world.folder.path() / "aptly.conf", "{\"gpgDisableSign\": true}");
    CHECK_NOTHROW(world.publish<AptlyArchive>());
}

TEST_CASE("aptly's folder is locked wherever its configuration has it, in the home of whoever runs it too") {
    Aptly world;
    world.settings.publish.aptly_config = world.folder.path() / "aptly.conf";
    const auto folder = [&](const std::string& config) {
        write(world.folder.path() / "aptly.conf", config);
        return AptlyArchive(world.tools, world.settings).folder();
    };
    CHECK(folder("{\"rootDir\": \"" + world.folder.path().string() + "\"}") == world.folder.path());
    const fs::path home = host::find_user(::geteuid())->home;
    CHECK(folder("{\"rootDir\": \"~/.\"}") == home / ".");
    CHECK(folder("{\"rootDir\": \"~/there is none\"}").empty());
}

TEST_CASE("that aptly is not installed, or says more than can be kept, is nobody's fault") {
    Aptly world;
    world.tools.answer = [](const std::string&) -> host::Result {
        throw Error("cannot run aptly", "No such file or directory");
    };
    CHECK_THROWS_AS(AptlyArchive(world.tools, world.settings).versions(), Unsure);
    world.tools.answer = [](const std::string&) {
        return host::Result{.output = std::string(host::output_limit, 'x')};
    };
    CHECK_THROWS_WITH_AS(AptlyArchive(world.tools, world.settings).versions(),
                         doctest::Contains("4 MiB or more"), Unsure);
}

TEST_CASE("what aptly has, nobody knows while its database is in use") {
    Aptly world;
    world.fails = "repo search";
    CHECK_THROWS_AS(AptlyArchive(world.tools, world.settings).versions(), Unsure);
}

namespace {

/// reprepro with a distribution that has no Limit; `has` is the file that it lists.
struct Reprepro : Archived {
    Reprepro() {
        settings.publish.reprepro_folder = base.path();
        write(base.path() / "conf/distributions", "Codename: stable\n");
        write(base.path() / "conf/options", "verbose\noutdir +b/public\n");
        tools.answer = [this](const std::string& text) { return play(text); };
    }
    host::Result play(const std::string& text) {
        const auto has_part = [&](const std::string& part) { return text.find(part) != text.npos; };
        if (!fails.empty() && has_part(fails)) return {.exit_code = 255, .errors = fails + ": no luck\n"};
        if (has_part("includedeb")) include(text.substr(text.rfind(' ') + 1));
        if (has_part("removefilter")) has.clear();
        if (!has_part(" list ") || has.empty()) return {};
        return {.output = "pool/" + has + " " + dray::sha256(test::content(pool / has)) + "\n"};
    }
    void include(const fs::path& deb) {
        if (!takes) return;
        write(pool / deb.filename(), test::content(deb));
        if (!has.empty() && has != deb.filename()) fs::remove(pool / has);
        has = deb.filename();
    }
    RepreproArchive archive() const { return {tools, settings}; }

    Scratch base;
    fs::path pool = base.path() / "public/pool";
    fs::path replaced = folder.path() / "replaced";
    std::string has;
    std::string fails;
    bool takes = true;
};

constexpr auto old_deb = "small_26.8.7_all.deb";

}  // namespace

TEST_CASE("reprepro that leaves a package out, for a newer one, has not published it") {
    Reprepro world;
    world.takes = false;
    CHECK_THROWS_WITH_AS(world.publish<RepreproArchive>(), doctest::Contains("newer version"), Error);
    CHECK(!world.visible);
    CHECK(world.tools.did("reprepro --basedir " + world.base.path().string() +
                          " --waitforlock 1 --export=changed --component main includedeb stable " +
                          (world.folder.path() / deb_name).string()));
}

TEST_CASE("a lock file of reprepro's is explained, and a base directory that is none") {
    Reprepro world;
    world.tools.answer = [](const std::string&) {
        return host::Result{.exit_code = 239,
                            .errors = "The lock file '/srv/reprepro/db/lockfile' already exists.\n"};
    };
    try {
        world.archive().versions();
        FAIL("it knows");
    } catch (const Unsure& error) {
        CHECK(error.parts().hint.find("one was killed") != std::string::npos);
    }
    world.settings.publish.reprepro_folder = world.base.path() / "mistyped";
    CHECK_THROWS_WITH_AS(world.archive().versions(), doctest::Contains("conf/distributions"), Unsure);
    CHECK(world.archive().folder().empty());
}

TEST_CASE("the file that reprepro replaces is kept, and comes back in one change") {
    Reprepro world;
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    world.publish<RepreproArchive>();
    CHECK(test::content(world.replaced / old_deb) == "before");
    world.archive().stage(world.products(), false);  // of a run that goes on
    CHECK(fs::exists(world.replaced / old_deb));
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(world.tools.did(
        "--export=never --keepunreferencedfiles removefilter stable 'Package (== small), $Version (== "
        "26.9.1)'"));
    CHECK(world.tools.did("--export=never --component main includedeb stable " +
                          (world.replaced / old_deb).string()));
    CHECK(world.tools.did(std::string("deleteifunreferenced pool/") + deb_name));
    world.archive().tidy(world.products());
    CHECK(!fs::exists(world.replaced));
}

TEST_CASE("what reprepro has replaced outlives a withdrawal that failed, and the next attempt") {
    Reprepro world;
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    world.publish<RepreproArchive>();
    world.fails = "includedeb";
    CHECK_THROWS_AS(world.archive().withdraw(world.products()), Error);
    CHECK(world.has.empty());
    world.fails.clear();
    world.publish<RepreproArchive>();
    world.archive().withdraw(world.products());
    CHECK(world.has == old_deb);
    CHECK(test::content(world.pool / old_deb) == "before");
}

TEST_CASE("a key that reprepro cannot use is found before anything is included") {
    Reprepro world;
    world.fails = " export stable";
    CHECK_THROWS_WITH_AS(world.publish<RepreproArchive>(), doctest::Contains("no luck"), Error);
    CHECK(!world.tools.did("includedeb"));
}

TEST_CASE("a damaged file of reprepro's pool keeps no newer version out") {
    Reprepro world;
    world.has = old_deb;  // and no file
    world.publish<RepreproArchive>();
    CHECK(world.has == deb_name);
    CHECK(!fs::exists(world.replaced));
}

TEST_CASE("a release in whose place reprepro lists a newer one needs nothing more, one that is newer does") {
    Reprepro world;
    write(world.pool / "small_26.10.1_all.deb", "newer");
    world.has = "small_26.10.1_all.deb";
    CHECK(world.archive().complete(world.products()));
    write(world.pool / old_deb, "before");
    world.has = old_deb;
    CHECK(!world.archive().complete(world.products()));
}

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

TEST_CASE("a command has the package in its words, or as the last one") {
    const auto words = [](std::vector<std::string> from) {
        return filled_words(std::move(from), {"/w/s_1_all.deb", "s", "1", "stable-trixie"});
    };
    CHECK(words({"put", "--to={package}/{version}", "{file}", "x"}) ==
          std::vector<std::string>{"put", "--to=s/1", "/w/s_1_all.deb", "x"});
    CHECK(words({"put"}) == std::vector<std::string>{"put", "/w/s_1_all.deb"});
    CHECK(words({"put", "{suite}"}) == std::vector<std::string>{"put", "stable-trixie", "/w/s_1_all.deb"});
}

TEST_CASE("a list of packages is read as sha256sum prints it") {
    CHECK(read_sums(other_digest + "  /srv/a_1_all.deb\n\n" + other_digest + " *b_1_all.deb\n") ==
          PackageFiles{{"a_1_all.deb", other_digest}, {"b_1_all.deb", other_digest}});
    CHECK(read_sums("").empty());
    const std::string line = other_digest + "  a_1_all.deb\r\n";
    CHECK(read_sums(line + line) == PackageFiles{{"a_1_all.deb", other_digest}});
    CHECK_THROWS_WITH_AS(read_sums(line + std::string(64, 'b') + "  old/a_1_all.deb\n"),
                         doctest::Contains("is in it twice"), Error);
    for (const char* broken : {"a_1_all.deb\n", "AA  a\n", "<html>\n"})
        CHECK_THROWS_AS(read_sums(broken), Error);
}

TEST_CASE("a command that has failed is believed unless the list has the package") {
    Archived world;
    world.settings.publish.archive_command = {"put"};
    world.settings.publish.list_command = {"list"};
    std::string has;
    bool arrives = false;
    world.tools.answer = [&](const std::string& text) -> host::Result {
        if (text == "list") return {.output = has};
        if (arrives) has = world.digest() + "  " + deb_name + "\n";
        return {.exit_code = 1, .errors = "Connection reset by peer\n"};
    };
    CHECK_THROWS_WITH_AS(world.publish<CommandArchive>(), doctest::Contains("reset by peer"), Error);
    CHECK(!world.visible);
    arrives = true;
    world.publish<CommandArchive>();
    CHECK(world.tools.environment.at("DRAY_PACKAGE") == "small");
    has = other_digest + "  " + deb_name + "\n";
    CHECK_THROWS_WITH_AS(world.publish<CommandArchive>(), doctest::Contains("another file of this name"),
                         Error);
}

TEST_CASE(
    "without a list nobody knows what a failed command has done, and nothing is taken back without a "
    "command") {
    Archived world;
    world.settings.publish.archive_command = {"put"};
    world.tools.answer = [](const std::string&) { return host::Result{.exit_code = 1, .errors = "no\n"}; };
    CHECK_THROWS_AS(world.publish<CommandArchive>(), Error);
    CHECK(world.visible);
    CommandArchive archive(world.tools, world.settings);
    CHECK(!archive.published(world.products()));
    CHECK(archive.complete(world.products()));
    CHECK(archive.versions().empty());
    CHECK(!archive.takes_back());
    CHECK_THROWS_AS(archive.withdraw(world.products()), Error);
}
