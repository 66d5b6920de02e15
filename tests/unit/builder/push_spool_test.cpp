// Unit tests of the place where hooks put what was pushed.
#include "builder/push_spool.h"

#include "builder/scratch.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>

using namespace dray;
using namespace dray::builder;
using dray::test::no_commit;
namespace fs = std::filesystem;

namespace {

std::string line(char hash) {
    return no_commit + " " + std::string(40, hash) + " refs/heads/master\n";
}

/// A bare repository, as far as a spool can tell.
struct Repository {
    Repository() {
        fs::create_directory(folder.path() / "objects");
        std::ofstream(folder.path() / "HEAD") << "ref: refs/heads/master\n";
    }
    Scratch folder;
    PushSpool spool{folder.path()};
    std::string said;

    /// The hashes that are taken, one letter each.
    std::string drain() {
        std::string taken;
        spool.drain([&](const std::vector<RefUpdate>& updates) { taken += updates.at(0).after.front(); },
                    [&](const std::string& text) { said += text; });
        return taken;
    }
};

}  // namespace

TEST_CASE("pushes are taken in the order in which they came, each once") {
    Repository repository;
    CHECK(repository.spool.possible());
    CHECK(repository.drain().empty());
    for (const char hash : {'c', 'a', 'b'})
        repository.spool.add(line(hash));
    CHECK(repository.spool.size() == 3);
    CHECK(repository.drain() == "cab");
    CHECK(repository.spool.size() == 0);
    CHECK(repository.said.empty());
}

TEST_CASE("a push that could not be taken stays, with those behind it") {
    Repository repository;
    repository.spool.add(line('a'));
    repository.spool.add(line('b'));
    CHECK_THROWS_AS(
        repository.spool.drain([](const std::vector<RefUpdate>&) { throw Error("no", "network"); },
                               [](const std::string&) {}),
        Error);
    CHECK(repository.drain() == "ab");
}

TEST_CASE("what git did not write is not kept, and does not stop the rest when somebody else put it there") {
    Repository repository;
    CHECK_THROWS_AS(repository.spool.add("nonsense\n"), Error);
    CHECK(repository.spool.size() == 0);
    repository.spool.add(line('a'));
    const fs::path folder = repository.folder.path() / "dray-build/pushes";
    std::ofstream(repository.folder.path() / "elsewhere") << line('d');
    fs::create_symlink(repository.folder.path() / "elsewhere", folder / "0-link");
    std::ofstream(folder / "0-text") << "nonsense\n";
    REQUIRE(::mkfifo((folder / "0-fifo").c_str(), 0600) == 0);
    fs::create_directories(folder / "0-folder/full");
    CHECK(repository.drain() == "a");
    CHECK(repository.said.find("0-link") != std::string::npos);
    CHECK(repository.said.find("0-text") != std::string::npos);
    CHECK(fs::exists(repository.folder.path() / "elsewhere"));
    CHECK(repository.spool.size() == 1);  // a full folder is nobody's push, and left alone
}

TEST_CASE("a link in the place of the folder is not followed") {
    Repository repository;
    const Scratch other;
    fs::create_directory(other.path() / "pushes");
    std::ofstream(other.path() / "pushes/1") << line('d');
    fs::create_symlink(other.path(), repository.folder.path() / "dray-build");
    CHECK(repository.drain().empty());
    CHECK_THROWS_AS(repository.spool.add(line('a')), Error);
    CHECK(fs::exists(other.path() / "pushes/1"));
}

TEST_CASE("the folder is shared as the repository is") {
    Repository repository;
    fs::permissions(repository.folder.path() / "objects", fs::perms(02775));
    repository.spool.prepare();
    CHECK((fs::status(repository.folder.path() / "dray-build/pushes").permissions() & fs::perms(07777)) ==
          fs::perms(02775));
}

TEST_CASE("a folder that is no bare repository has no spool") {
    const Scratch scratch;
    CHECK(!PushSpool(scratch.path()).possible());
    CHECK(!PushSpool("https://git.example.org/x.git").possible());
}
