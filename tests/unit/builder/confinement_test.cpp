// Unit tests of what surrounds the programs that run what was pushed, as far as it needs no root.
#include "builder/confinement.h"

#include "builder/confined_words.h"
#include "builder/fetched_wheels.h"
#include "builder/pyproject.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace dray;
using namespace dray::builder;
using dray::test::content;
using dray::test::write;
namespace fs = std::filesystem;

TEST_CASE("what a confined program is to be is told word by word, and understood") {
    const ConfinedCommand command{.uid = 65534,
                                  .gid = 65533,
                                  .starter = 4711,
                                  .network = true,
                                  .processes = 100,
                                  .memory_mib = 512,
                                  .directory = "/var/tmp/a b",
                                  .view = {{Seen::Kind::devices, "/dev"},
                                           {Seen::Kind::hidden, "/etc/dray"},
                                           {Seen::Kind::writable, "/opt/w", "/var/tmp/staging"}},
                                  .environment = {{"EMPTY", ""}, {"PATH", "/opt/w/bin:/bin"}},
                                  .input = std::string("a\0--b\n", 6),
                                  .argv = {"/usr/bin/python3", "-c", "print('--')", "--", ""}};
    const ConfinedCommand read = from_text(to_text(command), command.argv);
    CHECK(read.uid == 65534);
    CHECK(read.gid == 65533);
    CHECK(read.starter == 4711);
    CHECK(read.network);
    CHECK(read.processes == 100);
    CHECK(read.memory_mib == 512);
    CHECK(read.directory == "/var/tmp/a b");
    CHECK(read.argv == command.argv);
    CHECK(read.environment == command.environment);
    CHECK(read.input == command.input);
    REQUIRE(read.view.size() == 3);
    CHECK(read.view[1].kind == Seen::Kind::hidden);
    CHECK(read.view[1].to == "/etc/dray");
    CHECK(read.view[2].from == "/var/tmp/staging");
    CHECK(read.view[2].to == "/opt/w");
}

TEST_CASE("words that do not say all of it start nothing") {
    using namespace std::string_literals;
    for (const std::string& text :
         {""s, "--user\0"s, "--user\0001\0"s, "--user\0001\0001"s, "--user\0000\0000\0"s,
          "--user\0001\0000\0"s, "--user\000x\0001\0"s, "--user\0001\0001\0--readable\0/a\0"s,
          "--user\0001\0001\0--set\0A\0"s, "--user\0001\0001\0--whatever\0"s})
        CHECK_THROWS_AS(from_text(text, {"true"}), Error);
    CHECK_THROWS_AS(from_text("--user\0001\0001\0"s, {}), Error);
    CHECK(from_text("--user\0001\0001\0"s, {"true"}).uid == 1);
}

TEST_CASE("a command keeps its words, and for root they come last, behind all that is around it") {
    const host::Command wanted{.argv = {"python3", "-c", "print('a b')"},
                               .environment = {{"PATH", "/work/of/who/pushes/bin"}},
                               .inherit_environment = true,
                               .directory = "/work"};
    const Confinement confinement = build_confinement({}).with("/srv/wheels");
    const host::Command command = confined(wanted, confinement);
    if (::geteuid() != 0) {
        CHECK(command.argv == wanted.argv);
        CHECK(command.directory == "/work");
        return;
    }
    const auto verb = std::ranges::find(command.argv, std::string(confined_verb));
    REQUIRE(verb != command.argv.end());
    const ConfinedCommand inner = from_text(command.input, {verb + 1, command.argv.end()});
    CHECK(inner.argv == wanted.argv);
    // Root runs nothing that the program's own environment names.
    CHECK(inner.environment == wanted.environment);
    CHECK(command.environment.empty());
    CHECK(!command.inherit_environment);
    CHECK(command.argv.front().starts_with('/'));
    CHECK((verb - 1)->starts_with('/'));
    for (const std::string& word : command.argv)
        CHECK(word.find("/etc/dray") == word.npos);
    CHECK(inner.directory == "/work");
    CHECK(!inner.network);
    CHECK(inner.processes == 2048);
    CHECK(std::ranges::is_sorted(inner.view, {}, &Seen::to));
    const auto kind_of = [&](const char* path) {
        const auto found = std::ranges::find(inner.view, fs::path(path), &Seen::to);
        REQUIRE_MESSAGE(found != inner.view.end(), path);
        return found->kind;
    };
    CHECK(kind_of("/usr") == Seen::Kind::system);
    CHECK(kind_of("/srv/wheels") == Seen::Kind::readable);
    CHECK(kind_of("/etc/dray") == Seen::Kind::hidden);
    CHECK(kind_of("/root") == Seen::Kind::hidden);
    CHECK(kind_of("/var/lib/dray-build") == Seen::Kind::hidden);
}

TEST_CASE("what a service's secrets lie beside is hidden, and what is shown by name is seen") {
    Settings settings;
    settings.host.secrets = {"/usr/share/token"};
    settings.publish.gnupg_home = "/srv/gnupg";
    settings.publish.upload_to = "internal";
    settings.publish.upload_config = "/srv/passwords/pypirc";
    settings.python.pip_config = "/srv/pip/pip.conf";
    const auto hidden = build_confinement(settings).hidden;
    for (const char* path :
         {"/usr/share/token", "/srv/gnupg", "/srv/passwords", "/srv/pip", "/etc/dray", "/root"})
        CHECK(std::ranges::find(hidden, fs::path(path)) != hidden.end());
    CHECK(test_confinement(settings).hidden == hidden);
}

TEST_CASE("what is hidden is so by each name that a place gives it") {
    if (::geteuid() != 0) return;
    const Scratch scratch;
    write(scratch.path() / "srv/gnupg/key", "x");
    fs::create_directory_symlink(scratch.path() / "srv", scratch.path() / "alias");
    Settings settings;
    settings.publish.gnupg_home = scratch.path() / "srv/gnupg";
    settings.build.visible = {(scratch.path() / "alias").string()};
    const auto command = confined({.argv = {"true"}}, build_confinement(settings));
    const auto view = from_text(command.input, {"true"}).view;
    const auto seen = std::ranges::find(view, scratch.path() / "alias/gnupg", &Seen::to);
    REQUIRE(seen != view.end());
    CHECK(seen->kind == Seen::Kind::hidden);
}

TEST_CASE("a confined program is in no group that is anybody's") {
    if (::geteuid() != 0) return;
    Settings settings;
    settings.build.user = "man";
    const auto command = confined({.argv = {"true"}}, build_confinement(settings));
    CHECK(from_text(command.input, {"true"}).gid == 65534);
}

TEST_CASE("of what a build made only plain files are taken") {
    const Scratch scratch;
    const fs::path made = scratch.path() / "made";
    const fs::path secret = scratch.path() / "secret";
    const fs::path product = scratch.path() / "product";
    write(secret, "secret");
    write(product, "older");
    fs::create_symlink(secret, made);
    CHECK_THROWS_WITH_AS(take_file(made, product), doctest::Contains("it is a symbolic link"), Error);
    CHECK_THROWS_AS(read_made(made, 100), Error);
    fs::remove(made);
    REQUIRE(::mkfifo(made.c_str(), 0644) == 0);
    CHECK_THROWS_WITH_AS(take_file(made, product), doctest::Contains("it is no regular file"), Error);
    fs::remove(made);
    fs::create_directory(made);
    CHECK_THROWS_AS(take_file(made, product), Error);
    fs::remove(made);
    CHECK_THROWS_AS(take_file(made, product), Error);
    CHECK(content(product) == "older");
    write(made, "new");
    fs::remove(product);
    fs::create_symlink(secret, product);
    take_file(made, product);
    CHECK(content(product) == "new");
    CHECK(content(secret) == "secret");
    CHECK(read_made(made, 3) == "new");
    fs::create_hard_link(made, scratch.path() / "second");
    CHECK_THROWS_WITH_AS(take_file(made, product), doctest::Contains("it has a second name"), Error);
    fs::remove(scratch.path() / "second");
    CHECK_THROWS_AS(read_made(made, 2), Error);
}

TEST_CASE("an index with a password is asked for names, versions and hashes alone") {
    CHECK(plain_requirements("# all of it\nx==1 \\\n    --hash=sha256:0a \\\n    --hash=sha256:1b  # why\n\n"
                             "y[more]==2.0 ; python_version < '3.12' --hash=sha256:2c\n") ==
          std::vector<std::string>{"x==1 --hash=sha256:0a --hash=sha256:1b",
                                   "y[more]==2.0 ; python_version < '3.12' --hash=sha256:2c"});
    for (const char* bad : {"-r more.txt", "--index-url https://elsewhere/", "--no-binary :all:",
                            "x @ https://elsewhere/x.tar.gz", "./x.tar.gz --hash=sha256:0a", "${HOME}/x.whl",
                            "x==1 --global-option=x", "x==1 -c y", "x==1 --hash=sha256:0a y", "-e .",
                            "--hash=sha256:0a", "x==1 --hash=sha256:../x"})
        CHECK_THROWS_WITH_AS(plain_requirements(bad), doctest::Contains("more than a name"), Error);
}

TEST_CASE("an index with a password is not asked for the sdists of a wheelhouse") {
    const Scratch scratch;
    write(scratch.path() / "My.Library-1.0.tar.gz", "x");
    write(scratch.path() / "other-2.0-py3-none-any.whl", "x");
    const std::vector<std::string> wheelhouses{"/missing", scratch.path().string()};
    CHECK(is_sdist_there("my-library==1.0 --hash=sha256:0a", wheelhouses));
    CHECK(is_sdist_there("my_library[more]==1.0;python_version>'3'", wheelhouses));
    CHECK(!is_sdist_there("my-library==1.0.1", wheelhouses));
    CHECK(!is_sdist_there("my-library", wheelhouses));
    CHECK(!is_sdist_there("my-library>=1.0", wheelhouses));
    CHECK(!is_sdist_there("other==2.0", wheelhouses));
}

TEST_CASE("what a build needs is read as requirements, and no option of pip is one") {
    CHECK(build_requirements("[project]\nname = \"x\"\n") ==
          std::set<std::string>{"setuptools>=40.8.0", "wheel"});
    CHECK(build_requirements("[build-system]\nrequires = [\"b\", \"a>=1 ; python_version > '3'\"]\n") ==
          std::set<std::string>{"a>=1 ; python_version > '3'", "b"});
    for (const char* bad : {"requires = [\"--index-url=https://elsewhere/\"]", "requires = [\"\"]",
                            "requires = [\"a\\n-r b\"]", "requires = \"a\"", "requires = [1]"})
        CHECK_THROWS_AS(build_requirements(std::string("[build-system]\n") + bad + "\n"), Error);
}

TEST_CASE("what a commit brings along has half of the machine's memory unless the settings say otherwise") {
    Settings settings;
    CHECK(default_memory_mib() >= 1024);
    CHECK(test_confinement(settings).memory_mib == default_memory_mib());
    CHECK(build_confinement(settings).memory_mib == default_memory_mib());
    settings.test.memory_mib = 0;
    settings.build.memory_mib = 700;
    CHECK(test_confinement(settings).memory_mib == 0);
    CHECK(build_confinement(settings).memory_mib == 700);
}
