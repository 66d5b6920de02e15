// Unit tests of the record of a build: what pip says, which packages took part, its text, and what two differ
// in.
#include "builder/buildinfo.h"

#include "builder/build_depends.h"
#include "builder/distributions.h"
#include "builder/pip.h"
#include "builder/pip_report.h"
#include "builder/python.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace dray;
using namespace dray::builder;
using dray::test::write;

namespace {

const std::string hash_a(64, 'a');
const std::string hash_b(64, 'b');

BuildInfo info_of(const std::filesystem::path& file) {
    return {.package = "small",
            .version = "26.9.3",
            .architecture = "all",
            .origin = "Debian",
            .machine = "amd64",
            .date = std::chrono::sys_seconds(std::chrono::seconds(1793472305)),
            .files = {file},
            .installed = {"dpkg (= 1.21.22)", "python3 (= 3.11.2-1+b1)"},
            .environment = {{"HOME", "/home/x"}, {"LC_ALL", "C.UTF-8"}, {"PIP_X", "a \"b\" \\"}},
            .commit = "0123",
            .tag = "26.9.3",
            .installed_from = {{"small", "26.9.3", "small-26.9.3-py3-none-any.whl", hash_a}},
            .built_with = {{"wheel", "0.38", "wheel-0.38-py3-none-any.whl", hash_b}}};
}

}  // namespace

TEST_CASE("of pip's report the files stay that it installed, and no address") {
    const auto files = parse_pip_report(
        R"({"version": "1", "install": [
          {"metadata": {"name": "Wheel_x", "version": "2"},
           "download_info": {"url": "https://me:secret@index.test/a/wheel_x-2.whl#sha256=9",
                             "archive_info": {"hash": "sha256=)" +
        hash_a + R"(", "hashes": {"sha256": ")" + hash_a + R"("}}}},
          {"metadata": {"name": "older", "version": "1"},
           "download_info": {"url": "file:///w/older 1.tar.gz", "archive_info": {"hash": "sha256=)" +
        hash_b + R"("}}},
          {"metadata": {"name": "cloned", "version": "3"},
           "download_info": {"url": "https://git.test/cloned", "vcs_info": {"vcs": "git"}}}]})");
    CHECK(files == std::vector<PythonFile>{{"cloned", "3", "cloned", "-"},
                                           {"older", "1", "older?1.tar.gz", hash_b},
                                           {"wheel-x", "2", "wheel_x-2.whl", hash_a}});
    CHECK(parse_python_files(python_files_text(files)) == files);
    CHECK(joined_files(files, {{"older", "2", "older-2.whl", hash_a}})[1].version == "2");
    CHECK_THROWS_AS(parse_pip_report(""), Error);
    CHECK_THROWS_AS(parse_pip_report(R"({"install": [{"metadata": {}}]})"), Error);
}

TEST_CASE("of versions that contradict each other pip says who wants which") {
    CHECK(conflict_text("Processing a.whl\n\nThe conflict is caused by:\n    The user requested a==1\n"
                        "    w 26.9.3 depends on a>1\n\nTo fix this you could try to:\n1. loosen it\n") ==
          "\n    The user requested a==1\n    w 26.9.3 depends on a>1");
    CHECK(conflict_text("Processing a.whl\nInstalling\n").empty());
}

TEST_CASE(
    "an index that does not answer is told from one that has not what is wanted, without its password") {
    const std::string log =
        "2026-11-30T19:20:01,001 Looking in indexes: https://index.test/simple\n"
        "2026-11-30T19:20:01,002   Could not fetch URL https://index.test/simple/nowhere/: "
        "404 Client Error: Not Found for url: https://index.test/simple/nowhere/ - skipping\n";
    CHECK(unanswered("").empty());
    CHECK(unanswered(log).empty());
    CHECK(unanswered(log +
                     "x Could not fetch URL https://reader:w@rd@index.test/simple/a/: 401 Client Error: "
                     "Unauthorized for url: https://index.test/simple/a/ - skipping\nmore\n") ==
          "Could not fetch URL https://index.test/simple/a/: 401 Client Error: Unauthorized for url: "
          "https://index.test/simple/a/ - skipping");
    CHECK(unanswered(
              "Could not fetch URL https://index.test/a/: connection error: refused\x1b[2J - skipping") ==
          "Could not fetch URL https://index.test/a/: connection error: refused?[2J - skipping");
}

TEST_CASE("what took part in a build is all that is essential and wanted, with what it depends on") {
    const auto paragraph = [](const std::string& name, const std::string& rest,
                              const std::string& architecture = "amd64",
                              const std::string& status = "install ok installed") {
        return "Package: " + name + "\nStatus: " + status + "\nVersion: 1\nArchitecture: " + architecture +
               "\n" + rest + "\n";
    };
    const std::string installed =
        paragraph("bash", "Essential: yes\nPre-Depends: libc6 (>= 2.36)\n") + paragraph("libc6", "") +
        paragraph("libc6", "Depends: gcc-base\n", "i386") + paragraph("gcc-base", "", "i386") +
        paragraph("tool", "Depends: missing | other:any (>= 1),\n  virtual\n", "all") +
        paragraph("other", "") + paragraph("provider", "Provides: virtual (= 2), another\n") +
        paragraph("removed", "", "amd64", "deinstall ok config-files") + paragraph("unrelated", "") +
        paragraph("foreign", "Depends: libc6\n", "i386");
    CHECK(
        installed_build_depends(installed, {"tool", "removed"}, "amd64") ==
        std::vector<std::string>{"bash (= 1)", "libc6 (= 1)", "other (= 1)", "provider (= 1)", "tool (= 1)"});
    CHECK(installed_build_depends(installed, {"foreign"}, "amd64") ==
          std::vector<std::string>{"bash (= 1)", "foreign:i386 (= 1)", "gcc-base:i386 (= 1)", "libc6 (= 1)",
                                   "libc6:i386 (= 1)"});
}

TEST_CASE("the record of a build has the fields that deb-buildinfo(5) asks for, in their form") {
    const Scratch scratch;
    const auto file = scratch.path() / "small_26.9.3_all.deb";
    write(file, "abc");
    CHECK(buildinfo_name("small_26.9.3_all.deb") == "small_26.9.3_all.buildinfo");
    CHECK(buildinfo_text(info_of(file)) ==
          "Format: 1.0\nSource: small\nBinary: small\nArchitecture: all\nVersion: 26.9.3\n"
          "Checksums-Md5:\n 900150983cd24fb0d6963f7d28e17f72 3 small_26.9.3_all.deb\n"
          "Checksums-Sha1:\n a9993e364706816aba3e25717850c26c9cd0d89d 3 small_26.9.3_all.deb\n"
          "Checksums-Sha256:\n ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 3 "
          "small_26.9.3_all.deb\n"
          "Build-Origin: Debian\nBuild-Architecture: amd64\nBuild-Date: Sat, 31 Oct 2026 18:45:05 +0000\n"
          "Installed-Build-Depends:\n dpkg (= 1.21.22),\n python3 (= 3.11.2-1+b1)\n"
          "Environment:\n LC_ALL=\"C.UTF-8\"\n PIP_X=\"a \\\"b\\\" \\\\\"\n"
          "X-Git-Commit: 0123\nX-Git-Tag: 26.9.3\n"
          "X-Python-Environment:\n " +
              hash_a + " small 26.9.3 small-26.9.3-py3-none-any.whl\nX-Python-Build-Environment:\n " +
              hash_b + " wheel 0.38 wheel-0.38-py3-none-any.whl\n");
}

TEST_CASE("two records tell what took part in one build and not in the other") {
    const Scratch scratch;
    const auto file = scratch.path() / "small_26.9.3_all.deb";
    write(file, "abc");
    BuildInfo now = info_of(file);
    const std::string before = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + buildinfo_text(now) +
                               "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n";
    now.date += std::chrono::hours(1);
    CHECK(build_differences(before, buildinfo_text(now)).empty());

    now.installed = {"dpkg (= 1.22)", "git (= 2)", "python3 (= 3.11.2-1+b1)"};
    now.environment["LC_ALL"] = "C";
    now.built_with[0].sha256 = hash_a;
    CHECK(build_differences(before, buildinfo_text(now)) ==
          std::vector<std::string>{"package dpkg: 1.21.22 then, 1.22 now", "package git: absent then, 2 now",
                                   "variable LC_ALL: \"C.UTF-8\" then, \"C\" now",
                                   "build requirement wheel: 0.38 (wheel-0.38-py3-none-any.whl " + hash_b +
                                       ") then, 0.38 (wheel-0.38-py3-none-any.whl " + hash_a + ") now"});
}

TEST_CASE("a record is of the package whose hash it has") {
    const Scratch scratch;
    const auto file = scratch.path() / "small_26.9.3_all.deb";
    write(file, "abc");
    const std::string record = buildinfo_text(info_of(file));
    const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    CHECK(is_record_of(record, "small_26.9.3_all.deb", hash));
    CHECK(is_record_of("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + record +
                           "-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n",
                       "small_26.9.3_all.deb", hash));
    CHECK(!is_record_of(record, "small_26.9.3_all.deb", hash_a));
    CHECK(!is_record_of(record, "26.9.3_all.deb", hash));
    CHECK(!is_record_of("", "small_26.9.3_all.deb", hash));
}

TEST_CASE("the variables are those of the build: of pip without an index, and of a version that is told") {
    const Scratch scratch;
    Settings::Python python;
    python.no_index = false;
    CHECK(!python_environment(python, scratch.path(), {}).contains("PIP_NO_INDEX"));
    python.pip_config = "/srv/pip/pip.conf";
    CHECK(python_environment(python, scratch.path(), {}).at("PIP_CONFIG_FILE") == "/dev/null");
    CHECK(version_variables("[project]\nname = \"a\"\nversion = \"1\"\n", "26.9.1").empty());
    CHECK(version_variables("[project]\nname = \"a\"\ndynamic = [\"version\"]\n"
                            "[build-system]\nrequires = [\"setuptools-scm\"]\n",
                            "26.9.1")
              .at("SETUPTOOLS_SCM_PRETEND_VERSION") == "26.9.1");
}
