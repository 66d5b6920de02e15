// Unit tests of the search for the build host's secrets.
#include "builder/secrets.h"

#include "builder/confined_words.h"
#include "builder/confinement.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"
#include "host/process.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

using namespace dray;
using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// Runs the search as whoever runs the tests: confined by root, it would be this program that confines.
class Unconfined final : public host::Processes {
  public:
    host::Result run(const host::Command& command) const override {
        const auto verb = std::ranges::find(command.argv, std::string(confined_verb));
        if (verb == command.argv.end()) return host::SystemProcesses().run(command);
        const ConfinedCommand inner = from_text(command.input, {verb + 1, command.argv.end()});
        return host::SystemProcesses().run({.argv = inner.argv,
                                            .environment = inner.environment,
                                            .input = inner.input,
                                            .timeout = command.timeout});
    }
};

/// A folder that is looked through, and what was found there.
struct Searched {
    Scratch scratch;
    fs::path tree = scratch.path() / "tree";
    fs::path secret = scratch.path() / "secret";

    Settings settings;

    Searched() {
        settings.host.secrets = {secret.string()};
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
            refuse_secrets(Unconfined(), settings, scratch.path(), places);
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
    searched.settings.host.secrets.clear();
    CHECK(searched.found().empty());
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

TEST_CASE("a secret is found in a zip with a program before it, and behind a member that is damaged") {
    Searched searched;
    searched.shell(
        "printf 'the correct horse' >leak; printf good >good; tar --create --gzip --file in.tgz leak good\n"
        "/usr/bin/python3 -m zipfile -c a.zip good in.tgz; rm leak good in.tgz\n"
        "{ printf '#!/usr/bin/python3\\n'; cat a.zip; } >app.pyz; rm a.zip\n"
        "printf '\\377' | dd of=app.pyz bs=1 seek=53 conv=notrunc status=none");  // of good's content
    CHECK(searched.found() == said + "\n    /app.pyz/in.tgz/leak");
}

TEST_CASE("archives of which nobody can tell are an error, and what is none is not") {
    Searched searched;
    searched.shell(
        "head -c 100000 /dev/urandom >noise; gzip --keep noise; head -c 50000 noise.gz >cut.gz; rm noise.gz\n"
        "printf x >b; tar --create --file two.tar noise b; printf XXX | dd of=two.tar bs=1 seek=100864 "
        "conv=notrunc status=none; rm noise b\n"
        "printf '\\037\\213 no gzip' >no.gz; printf 'PK\\005\\006' >no.zip; printf 'BZh9' >no.bz2");
    write(searched.tree / "dictionary.py",
          "import lzma, zlib\n"
          "xz = bytearray(lzma.compress(b'text'))\n"
          "size = (xz[12] + 1) * 4\n"  // of the block's header; its filter has the size of the dictionary
          "xz[16] = 39\n"
          "xz[12 + size - 4:12 + size] = zlib.crc32(xz[12:12 + size - 4]).to_bytes(4, 'little')\n"
          "open('huge.xz', 'wb').write(xz)\n");
    searched.shell("/usr/bin/python3 dictionary.py");
    CHECK(searched.found() ==
          "whether these hold a secret of the build host nobody can tell:\n    /cut.gz\n    /huge.xz\n    "
          "/two.tar");
}

TEST_CASE("an archive of many members is unpacked once") {
    Searched searched;
    searched.shell(
        "mkdir many; for i in $(seq 2000); do echo $i >many/$i; done; head -c 30000000 /dev/zero >many/0\n"
        "tar --create --gzip --file many.tgz many; rm -r many");
    CHECK(searched.found().empty());
}

TEST_CASE("a secret that cannot be read stops the release") {
    Searched searched;
    write(searched.secret, "\n");
    CHECK(searched.found() == searched.secret.string() + " cannot be read");
    fs::remove(searched.secret);
    CHECK(searched.found() == searched.secret.string() + " cannot be read");
}
