// Unit tests of the small texts that are read and written: tags, hook lines, dates, project files.
#include "builder/dates.h"
#include "builder/distributions.h"
#include "builder/git.h"
#include "builder/post_receive.h"
#include "builder/pyproject.h"
#include "builder/python.h"
#include "builder/tag_text.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

using namespace dray;
using namespace dray::builder;
using dray::test::no_commit;

namespace {

const std::string one(40, '1');
const std::string two(40, '2');

}  // namespace

TEST_CASE("an annotated tag is read with the commit that it names") {
    const auto tags = parse_refs(one + "\trefs/tags/26.9.1\n" + two + "\trefs/tags/26.9.1^{}\n" + two +
                                 "\trefs/tags/light\n" + one + "\trefs/heads/26.9.9\n")
                          .tags;
    REQUIRE(tags.size() == 2);
    CHECK(tags[0].name == "26.9.1");
    CHECK(tags[0].commit == two);
    CHECK(versions_of(tags) == std::vector<Version>{{26, 9, 1}});
}

TEST_CASE("a tag's text is read as it was written, with a signature or without") {
    Products products;
    products.version = {26, 11, 3};
    products.changes = {"Newest", "* starred"};
    for (const auto& floor : {std::optional<Version>(), std::optional(Version{26, 10, 7})})
        for (const std::string& signature :
             {std::string(),
              std::string("-----BEGIN PGP SIGNATURE-----\n\n* x\n-----END PGP SIGNATURE-----\n")}) {
            products.schema_floor = floor;
            const TagText text =
                read_tag("object " + one + "\ntype commit\ntag 26.11.3\ntagger A <a@b> 1 +0000\n\n" +
                         tag_message("warehouse", products) + signature);
            CHECK(text.changes == products.changes);
            CHECK(text.schema_floor == floor);
        }
    CHECK(read_tag("object " + one + "\n").changes.empty());
}

TEST_CASE("a schema floor counts when it stands in an annotated tag and is none of the future") {
    const auto object = [](const std::string& type, const std::string& tag, const std::string& floor) {
        return one + " " + type + " 9\ntag " + tag + "\n\nx\n\nDray-Schema-Floor: " + floor + "\n\n";
    };
    CHECK(!highest_floor(""));
    CHECK(!highest_floor("refs/tags/26.1.1 missing\n"));
    CHECK(!highest_floor(object("commit", "26.11.1", "26.10.1")));
    CHECK(!highest_floor(object("tag", "26.11.1", "26.11.2")));
    CHECK(!highest_floor(object("tag", "v1", "26.1.2")));
    CHECK(highest_floor(object("tag", "26.11.1", "26.11.1") + object("tag", "26.11.2", "26.10.1")) ==
          Version{26, 11, 1});
}

TEST_CASE("the hook releases what is now at the tip of the release branch") {
    const auto updates = parse_ref_updates(no_commit + " " + one + " refs/heads/topic\n" + one + " " + two +
                                           " refs/heads/master\n");
    CHECK(push_to(updates, "master")->after == two);
    CHECK(push_to(updates, "topic")->after == one);
    CHECK(!push_to(updates, "main"));
    CHECK(!push_to(updates, "mas"));
}

TEST_CASE("the hook ignores deleted branches and pushed tags") {
    CHECK(!moves_a_branch(parse_ref_updates(one + " " + no_commit + " refs/heads/master\n")));
    CHECK(!moves_a_branch(parse_ref_updates(no_commit + " " + one + " refs/tags/26.9.1\n")));
    CHECK(!moves_a_branch({}));
    CHECK(!push_to(parse_ref_updates(one + " " + no_commit + " refs/heads/master\n"), "master"));
    CHECK(moves_a_branch(parse_ref_updates(no_commit + " " + one + " refs/heads/a branch\n")));
}

TEST_CASE("lines that no git wrote are refused with their number") {
    for (const std::string& line :
         std::vector<std::string>{"x", one + " " + two, "1 2 refs/heads/master", one + " " + two + " master",
                                  one + " --exec refs/x"})
        CHECK_THROWS_AS(parse_ref_updates(line), Error);
    try {
        parse_ref_updates(no_commit + " " + one + " refs/heads/a\nnonsense\n");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.parts().location.line == 2);
    }
}

TEST_CASE("dates are English and in UTC") {
    const std::chrono::sys_seconds time(std::chrono::seconds(1793472305));  // date -u -d @1793472305
    CHECK(mail_date(time) == "Sat, 31 Oct 2026 18:45:05 +0000");
    CHECK(release_date(std::chrono::sys_seconds{}) == "Thu, 01 Jan 1970 00:00:00 UTC");
}

TEST_CASE("the release's version is put into pyproject.toml, and nothing else is touched") {
    const std::string before =
        "# a comment\r\n[build-system]\nrequires = []\n[tool.x]\nversion = \"7\"\n[project]\nname = \"w\"\n"
        "version = \"0\"  # dray-build\nreadme = \"R\"\n";
    const std::string after =
        "# a comment\r\n[build-system]\nrequires = []\n[tool.x]\nversion = \"7\"\n[project]\nname = \"w\"\n"
        "version = \"26.9.3\"  # dray-build\nreadme = \"R\"\n";
    CHECK(version_source(before) == VersionSource::text);
    CHECK(with_version(before, "26.9.3") == after);
    CHECK(with_version("[project]\nversion='0'", "26.9.3") == "[project]\nversion='26.9.3'");
    CHECK(with_version("[tool.poetry]\nversion = \"0\"\n", "26.9.3") ==
          "[tool.poetry]\nversion = \"26.9.3\"\n");
}

TEST_CASE("a version that stands in two places is written into both") {
    CHECK(with_version("[tool.poetry]\nversion = \"0\"\n[project]\nversion = \"0\"\n", "26.9.3") ==
          "[tool.poetry]\nversion = \"26.9.3\"\n[project]\nversion = \"26.9.3\"\n");
}

TEST_CASE("a version that the backend works out becomes a text, and nothing else is touched") {
    const auto written = [](const std::string& list) {
        const std::string before = "# a comment\n[project]\nname = \"w\"\n";
        const std::string after = "\n[tool.flit]\ndynamic = [\"version\"]\n";
        CHECK(version_source(before + list + after) == VersionSource::computed);
        const std::string text = with_version(before + list + after, "26.9.3");
        REQUIRE(text.starts_with(before));
        REQUIRE(text.ends_with(after));
        return text.substr(before.size(), text.size() - before.size() - after.size());
    };
    CHECK(written("dynamic = [\"version\"]") == "version = \"26.9.3\"\ndynamic = []");
    CHECK(written("dynamic = ['version', \"description\"] # so") ==
          "version = \"26.9.3\"\ndynamic = [\"description\"] # so");
    CHECK(written("  dynamic=[ \"description\",\"version\" ]") ==
          "  version = \"26.9.3\"\n  dynamic=[ \"description\" ]");
    CHECK(written("dynamic = [\"description\", \"version\", ]\r") ==
          "version = \"26.9.3\"\r\ndynamic = [\"description\", ]\r");
    CHECK(written("\"dynamic\" = [\"version\"]") == "version = \"26.9.3\"\n\"dynamic\" = []");
    CHECK(written("dynamic = [\n    \"version\",  # \"version\", too\n    \"readme\"\n]") ==
          "version = \"26.9.3\"\ndynamic = [\n    # \"version\", too\n    \"readme\"\n]");
    CHECK(written("dynamic = [\n    \"readme\",\n    \"version\"\n]") ==
          "version = \"26.9.3\"\ndynamic = [\n    \"readme\"\n]");
    CHECK(written("dynamic = [\n    \"readme\",  # ]\n    \"version\"\n]") ==
          "version = \"26.9.3\"\ndynamic = [\n    \"readme\",  # ]\n    \n]");
    CHECK(written("dynamic = [\"version\"\n  , \"readme\"]") ==
          "version = \"26.9.3\"\ndynamic = [\"readme\"]");
}

TEST_CASE("a dynamic version is a text, or a variable of what works it out") {
    const auto source = [](const std::string& rest) {
        return version_source("[project]\nname = \"w\"\ndynamic = [\"readme\", \"version\"]\n" + rest);
    };
    const auto required = [](const std::string& name) {
        return "[build-system]\nrequires = [\"wheel\", \"" + name + "\"]\n";
    };
    for (const char* name :
         {"setuptools_scm>=7", "setuptools-scm[toml] >= 7", "hatch-vcs", "pbr", "flit_scm"})
        CHECK(source(required(name)) == VersionSource::environment);
    for (const char* name : {"setuptools", "hatchling", "flit-core", "pbrx"})
        CHECK(source(required(name)) == VersionSource::computed);
    CHECK(source("[tool.hatch.version]\nsource = \"vcs\"\n") == VersionSource::environment);
    CHECK(source("[tool.pdm.version]\nsource = \"scm\"\n") == VersionSource::environment);
    CHECK(source("[tool.pdm]\nversion = {use_scm = true}\n") == VersionSource::environment);
    CHECK(source("[tool.pdm.version]\nsource = \"file\"\n") == VersionSource::computed);
    CHECK(source(required("hatch-vcs") + "[tool.hatch.version]\npath = \"w.py\"\n") ==
          VersionSource::computed);
    CHECK(source(required("setuptools-scm") + "[tool.setuptools.dynamic]\nversion = {attr = \"w.v\"}\n") ==
          VersionSource::computed);
}

TEST_CASE("without [project] setup.py says the version, and plug-ins of it are told too") {
    for (const char* text : {"", "[build-system]\nrequires = [\"setuptools\"]\n", "[tool.black]\n"}) {
        CHECK(version_source(text) == VersionSource::setup_file);
        CHECK(version_variables(text, "26.9.3").at("SETUPTOOLS_SCM_PRETEND_VERSION") == "26.9.3");
    }
    CHECK(version_variables("[project]\ndynamic = [\"version\"]\n", "26.9.3").empty());
    CHECK(build_requirements("").contains("wheel"));
}

TEST_CASE("a version that nobody knows how to write is an error") {
    CHECK_THROWS_AS(version_source("[project]\nname = \"w\"\n"), Error);
    CHECK_THROWS_AS(version_source("[tool.poetry]\nname = \"w\"\n"), Error);
    CHECK_THROWS_AS(version_source("[tool.flit.metadata]\nmodule = \"w\"\n"), Error);
    CHECK_THROWS_AS(version_source("[project\n"), Error);
    CHECK_THROWS_AS(with_version("project = {version = \"0\"}\n", "26.9.3"), Error);
    CHECK_THROWS_AS(with_version("project = {dynamic = [\"version\"]}\n", "26.9.3"), Error);
    CHECK_THROWS_AS(with_version("[project]\ndynamic = [\n\"vers\\u0069on\"]\n", "26.9.3"), Error);
    CHECK_THROWS_AS(with_version("[project]\ndynamic = [\"\"\"version\"\"\"]\n", "26.9.3"), Error);
}

TEST_CASE("files of another version or another project are refused") {
    const Version version{26, 9, 3};
    CHECK_NOTHROW(check_file_name("warehouse-26.9.3.tar.gz", "warehouse", version));
    CHECK_NOTHROW(check_file_name("warehouse-26.9.3-py3-none-any.whl", "Warehouse", version));
    CHECK_NOTHROW(check_file_name("my_service-26.9.3-1-cp311-cp311-linux_x86_64.whl", "my-service", version));
    CHECK_NOTHROW(check_file_name("my-service-26.9.3.tar.gz", "my.service", version));
    for (const char* file :
         {"warehouse-0.tar.gz", "warehouse-26.09.03.tar.gz", "warehouse-26.9.3.dev1.tar.gz",
          "other-26.9.3.tar.gz", "warehouse-26.9.3.zip", "warehouse-0-py3-none-any.whl", "warehouse.tar.gz",
          "warehouse.whl", "warehouse-26.9.3.whl", "warehouse-26.9.3-py3-none-any-and-more-of-it.whl",
          "warehouse-26.9.3-py3-none-<script>.whl", "warehouse-26.9.3-py3-none-a\ny.whl"})
        CHECK_THROWS_AS(check_file_name(file, "warehouse", version), Error);
}

TEST_CASE("a password in a remote's URL is noticed") {
    CHECK(has_password("https://me:secret@example.org/w.git"));
    CHECK(!has_password("https://me@example.org/w.git"));
    CHECK(!has_password("https://example.org:8443/w@x:y.git"));
    CHECK(!has_password("git@example.org:w.git"));
    CHECK(!has_password("/srv/a:b@c/w.git"));
}

TEST_CASE("a service depends on the whole interpreter, not on its minimal part") {
    CHECK(runtime_package("python3.11-minimal") == "python3.11");
    CHECK(runtime_package("python3.13") == "python3.13");
    CHECK(owning_package("diversion by a from: /usr/bin/x\npython3.11-minimal: /usr/bin/x\n") ==
          "python3.11-minimal");
    CHECK(owning_package("a:amd64, b: /usr/bin\n") == "a");
    CHECK(owning_package("").empty());
}
