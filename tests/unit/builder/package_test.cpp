// Unit tests of the Debian package: its texts, and the order that is brought into its files.
#include "builder/deb.h"
#include "builder/package_tree.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>
#include <sstream>

using namespace dray;
using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

int mode(const fs::path& file) {
    return static_cast<int>(fs::status(file).permissions());
}

constexpr std::chrono::sys_seconds commit_time(std::chrono::seconds(1793472305));

}  // namespace

TEST_CASE("the control file has the fields that policy asks for, in their form") {
    CHECK(control_text({.package = "warehouse",
                        .version = "26.9.3",
                        .architecture = "amd64",
                        .maintainer = "A Team <team@example.org>",
                        .installed_size = 12,
                        .depends = {"python3.11", "libpq5 (>= 10~~)"},
                        .schema_floor = "26.8.1",
                        .description = "an index",
                        .details = {"first", "", "second"}}) ==
          "Package: warehouse\nVersion: 26.9.3\nArchitecture: amd64\nMaintainer: A Team <team@example.org>\n"
          "Installed-Size: 12\nDepends: python3.11, libpq5 (>= 10~~)\nDray-Schema-Floor: 26.8.1\nSection: "
          "python\nPriority: optional\n"
          "Description: an index\n first\n .\n second\n");
}

namespace {

/// An installed package whose maintainer scripts can be run: its python is the machine's.
struct Installed {
    Scratch scratch;
    fs::path prefix = scratch.path() / "opt";
    fs::path site = prefix / "lib/site-packages";

    Installed() {
        fs::create_directories(prefix / "bin");
        fs::create_symlink("/usr/bin/python3", prefix / "bin/python");
    }
    void run(const std::string& script, const std::string& argument) {
        const auto path = scratch.path() / "script";
        write(path, script);
        const auto result = host::SystemProcesses().run({.argv = {"/bin/sh", path, argument}});
        REQUIRE_MESSAGE(result.ok(), result.errors);
    }
    void configure() { run(postinst_text(prefix, "lib/site-packages"), "configure"); }
    /// The byte code of a module; it is one file.
    fs::path code_of(const std::string& module) {
        const fs::path source = site / module;
        const auto folder = source.parent_path() / "__pycache__";
        if (!fs::exists(folder)) return {};
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().filename().string().starts_with(source.stem().string() + "."))
                return entry.path();
        return {};
    }
};

std::string flags_of(const fs::path& code) {
    std::ifstream file(code, std::ios::binary);
    std::string header(8, ' ');
    file.read(header.data(), 8);
    return header.substr(4);
}

}  // namespace

TEST_CASE("byte code is made for the final path without checks, anew for what has changed alone") {
    Installed installed;
    write(installed.site / "a.py", "A = 1\n");
    write(installed.site / "b.py", "B = 1\n");
    write(installed.site / "w/gone/__init__.py", "");
    write(installed.site / "w/broken.py", "this is no Python\n");
    installed.configure();
    const auto a = installed.code_of("a.py");
    const auto b = installed.code_of("b.py");
    CHECK(flags_of(a) == std::string("\1\0\0\0", 4));
    CHECK(installed.code_of("w/broken.py").empty());
    const auto when = fs::file_time_type::clock::now() - std::chrono::hours(1);
    fs::last_write_time(a, when);
    fs::last_write_time(b, when);

    write(installed.site / "b.py", "B = 2\n");
    fs::remove(installed.site / "w/gone/__init__.py");  // as dpkg leaves what is not empty
    write(installed.prefix / "lib/python2/x/__pycache__/x.cpython-20.pyc", "of another Python");
    installed.run(prerm_text(installed.prefix), "upgrade");
    installed.configure();
    CHECK(fs::last_write_time(a) == when);
    CHECK(fs::last_write_time(b) > when);
    CHECK_FALSE(fs::exists(installed.site / "w/gone"));
    CHECK_FALSE(fs::exists(installed.prefix / "lib/python2"));

    SUBCASE("byte code that is checked against its source is none of ours") {
        std::fstream file(b, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(4);
        file.put('\3');
        file.close();
        installed.configure();
        CHECK(flags_of(b) == std::string("\1\0\0\0", 4));
    }
    SUBCASE("all of it goes with the package") {
        installed.run(prerm_text(installed.prefix), "remove");
        for (const auto& entry : fs::recursive_directory_iterator(installed.prefix))
            CHECK(entry.path().filename() != "__pycache__");
    }
}

TEST_CASE("the changelog is one entry in Debian's form") {
    CHECK(changelog_text("warehouse", "26.9.3", "testing", {"Second", "First"}, "A Team <team@example.org>",
                         commit_time) ==
          "warehouse (26.9.3) testing; urgency=medium\n\n  * Second\n  * First\n\n"
          " -- A Team <team@example.org>  Sat, 31 Oct 2026 18:45:05 +0000\n");
}

TEST_CASE("lintian is told to bear the folder that the environment is in, and no other") {
    const auto of = [](const char* prefix) { return lintian_overrides("w", prefix); };
    const std::string always = "w: embedded-library\nw: unstripped-binary-or-object\n";
    CHECK(of("/opt/w") == "w: dir-or-file-in-opt\n" + always);
    CHECK(of("/srv/w") == "w: dir-or-file-in-srv\n" + always);
    CHECK(of("/usr/lib/w") == always);
    CHECK(of("/usr/share/w") == "w: arch-dependent-file-in-usr-share\n" + always);
    for (const char* prefix : {"/usr/local/lib/w", "/usr/local/share/w"})
        CHECK(of(prefix) ==
              "w: dir-in-usr-local\nw: file-in-usr-local\nw: interpreter-in-usr-local\n" + always);
}

TEST_CASE("dependencies of extensions are read one by one") {
    CHECK(parse_shlibdeps("shlibs:Depends=libc6 (>= 2.15), libpq5 (>= 10~~)\nshlibs:Recommends=x\n") ==
          std::vector<std::string>{"libc6 (>= 2.15)", "libpq5 (>= 10~~)"});
    CHECK(parse_shlibdeps("").empty());
}

TEST_CASE("a licence is taken from the metadata, and its description is not") {
    CHECK(licence_paragraph("Metadata-Version: 2.1\nName: x\nLicense: MIT\nAuthor: A\n\nLicense: none\n") ==
          "Name: x\nCopyright: A\nLicense: MIT\n");
    CHECK(licence_paragraph("Name: x\n") == "Name: x\nCopyright: its authors\nLicense: see its files\n");
}

TEST_CASE("an environment is brought into the state in which it is shipped") {
    const Scratch scratch;
    const fs::path tree = scratch.path() / "tree";
    const fs::path site = tree / "opt/w/lib/site-packages";
    write(site / "w/__init__.py", "", 0600);
    write(site / "w/__pycache__/__init__.cpython-311.pyc", "x");
    write(site / "w/fast.so",
          "\x7f"
          "ELF and more",
          0755);
    // What a distribution has within itself is as its own RECORD says.
    const std::string within = "v.py,,\n__pycache__/v.cpython-311.pyc,,\n";
    write(site / "w/_vendor/v-1.dist-info/RECORD", within);
    write(site / "w-1.dist-info/RECORD",
          "w/__init__.py,sha256=x,0\nw/__pycache__/__init__.cpython-311.pyc,,\n", 0664);
    write(tree / "opt/w/pyvenv.cfg", "");
    write(tree / "opt/w/.gitignore", "*");
    write(site / "a.sorted/run", "#!/bin/sh\n", 0755);
    write(site / "w/.libs/libx.so.1", "x", 0755);
    write(tree / "opt/w/bin/w", "#!/opt/w/bin/python\n", 04775);

    normalise(tree, commit_time);

    CHECK(!fs::exists(site / "w/__pycache__"));
    CHECK(content(site / "w-1.dist-info/RECORD") == "w/__init__.py,sha256=x,0\n");
    CHECK(content(site / "w/_vendor/v-1.dist-info/RECORD") == within);
    CHECK(mode(site / "w/__init__.py") == 0644);
    CHECK(mode(site / "w/fast.so") == 0644);
    CHECK(mode(site / "a.sorted/run") == 0755);
    CHECK(mode(site / "w/.libs/libx.so.1") == 0644);
    CHECK(mode(tree / "opt/w/bin/w") == 0755);
    struct stat status {};
    REQUIRE(::lstat((tree / "opt/w/bin").c_str(), &status) == 0);
    CHECK(status.st_mtime == commit_time.time_since_epoch().count());

    const TreeContent found = read_tree(tree);
    CHECK(!fs::exists(tree / "opt/w/.gitignore"));
    CHECK(found.files.size() == 8);
    CHECK(found.library_folders == std::vector<std::string>{"opt/w/lib/site-packages/w/.libs"});
    CHECK(found.elf == std::vector<std::string>{"opt/w/lib/site-packages/w/fast.so"});
}

TEST_CASE("byte code without a source, pipes and strange names are refused") {
    const Scratch scratch;
    const auto refused = [&](const char* folder, const std::string& why) {
        CHECK_THROWS_WITH_AS(normalise(scratch.path() / folder, commit_time), doctest::Contains(why.c_str()),
                             Error);
    };
    write(scratch.path() / "a/secret.pyc", "x");
    refused("a", "secret.pyc is byte code without a source");
    fs::create_directories(scratch.path() / "b");
    REQUIRE(::mkfifo((scratch.path() / "b/pipe").c_str(), 0600) == 0);
    refused("b", "pipe is neither file, folder nor link");
    write(scratch.path() / "c/two\nlines", "x");
    refused("c", "the name of a file in / holds control characters or a backslash");
    write(scratch.path() / "d/more/caf\xe9.txt", "x");
    refused("d", "the name of a file in /more is not UTF-8");
    write(scratch.path() / "e/caf\xc3\xa9.txt", "x");
    CHECK_NOTHROW(normalise(scratch.path() / "e", commit_time));
}

TEST_CASE("a commit with a name in another encoding is refused, by its folder") {
    const Scratch scratch;
    write(scratch.path() / "w/caf\xc3\xa9.txt", "x");
    write(scratch.path() / "w/two\nlines", "x");
    CHECK_NOTHROW(refuse_other_encodings(scratch.path()));
    write(scratch.path() / "w/data/caf\xe9.txt", "x");
    CHECK_THROWS_WITH_AS(refuse_other_encodings(scratch.path()),
                         doctest::Contains("the name of a file in /w/data is not UTF-8"), Error);
    fs::remove_all(scratch.path() / "w");
    fs::create_directory_symlink("w", scratch.path() / "caf\xe9");
    CHECK_THROWS_WITH_AS(refuse_other_encodings(scratch.path()),
                         doctest::Contains("the name of a file in / is not UTF-8"), Error);
}

TEST_CASE("a large package has more time") {
    CHECK(time_for(0) == std::chrono::minutes(10));
    CHECK(time_for(2'000'000'000) == std::chrono::minutes(10) + std::chrono::seconds(2000));
}

TEST_CASE("a file or link that names a folder of the build is found, also across the pieces that are read") {
    const Scratch scratch;
    const fs::path tree = scratch.path() / "tree";
    write(tree / "clean", "/opt/w/bin/python");
    CHECK_NOTHROW(refuse_paths(tree, {"/var/tmp/dray-build.AbCdEf"}));
    write(tree / "large", std::string((1u << 20) - 5, 'x') + "/var/tmp/dray-build.AbCdEf/source");
    CHECK_THROWS_AS(refuse_paths(tree, {"/var/tmp/dray-build.AbCdEf"}), Error);
    fs::remove(tree / "large");
    fs::create_symlink("/var/tmp/dray-build.AbCdEf/python", tree / "link");
    CHECK_THROWS_AS(refuse_paths(tree, {"/var/tmp/dray-build.AbCdEf"}), Error);
}

namespace {

const fs::path site_packages = "lib/python3.11/site-packages";

/// What venv makes, as far as links are concerned.
void make_venv(const fs::path& environment) {
    write(environment / "pyvenv.cfg", "");
    write(environment / site_packages / "w.py", "");
    fs::create_directories(environment / "bin");
    fs::create_symlink("/usr/bin/python3.11", environment / "bin/python3");
    fs::create_symlink("python3", environment / "bin/python");
    fs::create_symlink("lib", environment / "lib64");
}

}  // namespace

TEST_CASE("links that no wheel brings are refused before anybody follows them") {
    const Scratch scratch;
    const fs::path environment = scratch.path() / "opt/w";
    make_venv(environment);
    CHECK_NOTHROW(refuse_planted(environment, site_packages));
    const auto refuses = [&](const char* target, const fs::path& link) {
        fs::create_symlink(target, environment / link);
        CHECK_THROWS_WITH_AS(refuse_planted(environment, site_packages), doctest::Contains("symbolic link"),
                             Error);
        fs::remove(environment / link);
    };
    refuses("/etc/dray/pypirc", site_packages / "RECORD");
    refuses("w.py", site_packages / "v.py");
    refuses("/etc/shadow", "bin/passwd");
    refuses("/usr/../etc/shadow", "bin/passwd");
    refuses("../../../etc", "bin/etc");
    refuses("/etc", "share");
    REQUIRE(::mkfifo((environment / site_packages / "METADATA").c_str(), 0644) == 0);
    CHECK_THROWS_WITH_AS(refuse_planted(environment, site_packages), doctest::Contains("neither file"),
                         Error);
    fs::remove(environment / site_packages / "METADATA");
    fs::rename(environment / "lib", environment / "lib.away");
    fs::create_symlink("/etc", environment / "lib");
    CHECK_THROWS_AS(refuse_planted(environment, site_packages), Error);
}

TEST_CASE("what goes into a package does not go through a link in it") {
    const Scratch scratch;
    const fs::path tree = scratch.path() / "tree";
    const fs::path elsewhere = scratch.path() / "elsewhere";
    fs::create_directories(elsewhere);
    fs::create_directories(tree / "opt");
    fs::create_symlink(elsewhere, tree / "opt/w");
    write(scratch.path() / "overlay/opt/w/file", "x");
    CHECK_THROWS_WITH_AS(copy_tree(scratch.path() / "overlay", tree),
                         doctest::Contains("/opt/w is a symbolic link"), Error);
    CHECK_THROWS_AS(copy_tree(scratch.path() / "overlay", tree, "opt/w/more"), Error);
    CHECK(fs::is_empty(elsewhere));
    fs::remove(tree / "opt/w");
    CHECK_NOTHROW(copy_tree(scratch.path() / "overlay", tree));
    CHECK(content(tree / "opt/w/file") == "x");
    fs::create_symlink("/nowhere", scratch.path() / "overlay/DEBIAN");
    CHECK_THROWS_AS(copy_tree(scratch.path() / "overlay", tree), Error);
}
