// Unit tests of the search for the build host's secrets.
#include "builder/secrets.h"

#include "builder/scratch.h"
#include "error.h"
#include "files.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// A folder that is looked through, and what was found there.
struct Searched {
    Scratch scratch;
    fs::path tree = scratch.path() / "tree";
    fs::path secret = scratch.path() / "secret";

    Searched() {
        write(tree / "pkg/clean.py", "password = ask()\n");
        write(secret, "correct horse\n\n", 0600);
    }
    void shell(const std::string& script) {
        const auto result =
            host::SystemProcesses().run({.argv = {"/bin/sh", "-ec", script}, .directory = tree});
        REQUIRE_MESSAGE(result.ok(), result.errors);
    }
    std::string found(const std::vector<fs::path>& places) {
        try {
            refuse_secrets(host::SystemProcesses(), places, {secret.string()});
        } catch (const Error& error) {
            CHECK(error.text().find("correct horse") == std::string::npos);
            return error.parts().cause;
        }
        return {};
    }
    std::string found() { return found({tree}); }
};

const std::string said = "these files hold a secret of the build host:";

}  // namespace

TEST_CASE("a tree without a secret may be released, and nothing is looked for where none is named") {
    Searched searched;
    CHECK(searched.found().empty());
    write(searched.tree / "pkg/leak.py", "correct horse");
    CHECK_NOTHROW(refuse_secrets(host::SystemProcesses(), {searched.tree}, {}));
}

TEST_CASE("a secret is found in a file, across the pieces in which it is read, in a name and in a link") {
    Searched searched;
    write(searched.tree / "a", std::string((1u << 20) - 4, 'x') + "correct horse");
    write(searched.tree / "pkg/correct horse/b", "");
    fs::create_symlink("/var/correct horse", searched.tree / "c");
    CHECK(searched.found() == said + "\n    /a\n    /c\n    /pkg/***");
}

TEST_CASE("a secret is found in what is compressed, archives within archives") {
    Searched searched;
    searched.shell(
        "printf 'the correct horse' >leak; tar --create --gzip --file s.tar.gz leak; rm leak\n"
        "/usr/bin/python3 -m zipfile -c w.zip s.tar.gz; rm s.tar.gz; xz w.zip\n"
        "mkdir 'correct horse'; tar --create --file n.tar 'correct horse'; rmdir 'correct horse'\n"
        "printf 'correct horse' | gzip >g.gz; printf '\\037\\213 no gzip' >broken.gz; printf PK >broken.zip");
    CHECK(searched.found() == said + "\n    /g.gz\n    /n.tar/***\n    /w.zip.xz/s.tar.gz/leak");
    CHECK(searched.found({searched.tree / "g.gz", searched.tree / "broken.gz"}) == said + "\n    g.gz");
}

TEST_CASE("a secret that cannot be read stops the release") {
    Searched searched;
    write(searched.secret, "\n");
    CHECK(searched.found() == searched.secret.string() + " cannot be read");
    fs::remove(searched.secret);
    CHECK(searched.found() == searched.secret.string() + " cannot be read");
}
