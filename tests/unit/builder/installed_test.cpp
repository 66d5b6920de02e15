// Unit tests of what is read from an environment and from a lock.
#include "builder/installed.h"

#include "builder/build_cache.h"
#include "builder/file_digest.h"
#include "builder/lock_file.h"
#include "builder/python.h"
#include "builder/scratch.h"
#include "error.h"
#include "files.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <string>

using namespace dray::builder;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// An environment with one distribution, whose RECORD is true.
struct Environment {
    Scratch folder;
    fs::path root = folder.path() / "opt/w";
    fs::path site = root / "lib/python3.11/site-packages";
    std::string record;

    Environment() {
        add("w/__init__.py", "x = 1\n");
        add("../../../bin/w", "#!/opt/w/bin/python\n");
        write(site / "w-1.dist-info/METADATA", "Name: W\nVersion: 1\nLicense: MIT\n\nLicense: none\n");
        save();
    }
    void add(const std::string& path, const std::string& text) {
        write(site / path, text);
        record +=
            path + "," + record_digest(file_sha256(site / path)) + "," + std::to_string(text.size()) + "\n";
    }
    void save() {
        write(site / "w-1.dist-info/RECORD",
              record + "w-1.dist-info/METADATA,,\nw-1.dist-info/RECORD,,\nw/__pycache__/x.pyc,,\n");
    }
    void check() const { check_records(root, site, installed_distributions(site)); }
};

}  // namespace

TEST_CASE("RECORD is read with quoted names and without digests") {
    const auto files = parse_record("a.py,sha256=x,1\r\n\"b,\"\"c\"\"\",sha256=y,2\nd/RECORD,,\n");
    REQUIRE(files.size() == 3);
    CHECK(files[1].path == "b,\"c\"");
    CHECK(files[1].digest == "sha256=y");
    CHECK(files[2].digest.empty());
}

TEST_CASE("a digest is written as RECORD has it") {
    // The empty file's, as pip writes it.
    CHECK(record_digest("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ==
          "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

TEST_CASE("a RECORD that is true is found to be") {
    CHECK_NOTHROW(Environment().check());
}

TEST_CASE("a file that is another, missing, unlisted or outside of the environment is named") {
    Environment other;
    write(other.site / "w/__init__.py", "x = 2\n");
    CHECK_THROWS_WITH_AS(other.check(), doctest::Contains("w/__init__.py is another file"), dray::Error);
    Environment missing;
    fs::remove(missing.root / "bin/w");
    CHECK_THROWS_WITH_AS(missing.check(), doctest::Contains("../../../bin/w is missing"), dray::Error);
    Environment unlisted;
    write(unlisted.site / "stray.py", "");
    CHECK_THROWS_WITH_AS(unlisted.check(), doctest::Contains("stray.py is listed by nobody"), dray::Error);
    Environment outside;
    outside.add("../../../../outside", "x");
    outside.save();
    CHECK_THROWS_WITH_AS(outside.check(), doctest::Contains("lies outside"), dray::Error);
}

TEST_CASE("what a distribution can be imported by is known from its files") {
    const auto modules = [](const std::vector<std::string>& files) {
        Distribution one{"w", "1", {}, {}, {}};
        for (const std::string& file : files)
            one.files.push_back({file, {}, {}});
        return own_modules(one);
    };
    using Names = std::vector<std::string>;
    CHECK(modules({"w/__init__.py", "w/a.py", "w_main.py", "w.pth", "data/x.txt"}) == Names{"w", "w_main"});
    // Namespace packages (PEP 420), with others beside them and below.
    CHECK(modules({"acme/warehouse/__init__.py", "acme/warehouse/a/__init__.py",
                   "acme/deep/er/__init__.py"}) == Names{"acme.deep.er", "acme.warehouse"});
    CHECK(modules({"acme/main.py", "acme/more/other.py", "x-1/y.py"}) ==
          Names{"acme.main", "acme.more.other"});
    CHECK(modules({"w/__init__.py", "examples/run.py", "native/x.so"}) == Names{"w"});
    // Extension modules (PEP 3149), and libraries, which are none.
    CHECK(modules({"_w.cpython-311-x86_64-linux-gnu.so", "w.abi3.so", "v.so", "libw.so", "libw.so.1"}) ==
          Names{"_w", "v", "w"});
    CHECK(modules({"acme/_w.pypy39-pp73-x86_64-linux-gnu.so", "acme/main.py"}) == Names{"acme._w"});
    CHECK(modules({"w\xc3\xa9.py"}) == Names{"w\xc3\xa9"});
    CHECK(modules({"../../../bin/w", "w-1.dist-info/METADATA", "w.libs/x.abi3.so", "2w.py", "my-program.py",
                   "__main__.py", "__init__.py", "/abs/x.py", "data/x.txt"})
              .empty());
}

TEST_CASE("the bill of materials names each distribution, and the service as what it is about") {
    const Environment environment;
    auto installed = installed_distributions(environment.site);
    REQUIRE(installed.size() == 1);
    CHECK(installed[0].licence == "MIT");
    installed.push_back({"My.Lib", "2", "Free for all", {}, {}});
    const std::string bill = bill_of_materials("w", "1", installed);
    CHECK(bill.find("\"specVersion\": \"1.5\"") != std::string::npos);
    CHECK(bill.find("\"purl\": \"pkg:pypi/my-lib@2\"") != std::string::npos);
    CHECK(bill.find("\"type\": \"application\"") != std::string::npos);
}

TEST_CASE("a pylock becomes requirements with a hash for each file") {
    const std::string lock = R"(lock-version = "1.0"
created-by = "somebody"
[[packages]]
name = "a"
version = "1"
marker = "python_version > '3'"
sdist = { name = "a-1.tar.gz", hashes = { sha256 = "22" } }
[[packages.wheels]]
name = "a-1-py3-none-any.whl"
hashes = { sha256 = "11" }
)";
    CHECK(requirements_of_pylock(lock, "pylock.toml") ==
          "a==1 ; python_version > '3' --hash=sha256:11 --hash=sha256:22\n");
    CHECK_THROWS_AS(requirements_of_pylock("lock-version = \"2.0\"\n", "pylock.toml"), dray::Error);
    CHECK_THROWS_AS(
        requirements_of_pylock("lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\n", "pylock.toml"),
        dray::Error);
    CHECK(is_pylock("pylock.toml"));
    CHECK(is_pylock("pylock.prod.toml"));
    CHECK(!is_pylock("requirements.txt"));
}

TEST_CASE("PyPy is depended on by its micro version, since its ABI changes with that") {
    CHECK(pypy_range("pypy3", "7.3.11") ==
          std::vector<std::string>{"pypy3 (>= 7.3.11)", "pypy3 (<< 7.3.12~)"});
    CHECK_THROWS_AS(pypy_range("pypy3", "seven"), dray::Error);
}

TEST_CASE("metadata that would fill the memory is not read") {
    Environment environment;
    for (const char* name : {"METADATA", "RECORD"}) {
        const fs::path file = environment.site / "w-1.dist-info" / name;
        const auto size = fs::file_size(file);
        fs::resize_file(file, most_metadata + 1);  // a file of holes
        CHECK_THROWS_WITH_AS(installed_distributions(environment.site), doctest::Contains("bytes"),
                             dray::Error);
        fs::resize_file(file, size);
    }
    CHECK(installed_distributions(environment.site).size() == 1);
}

TEST_CASE("a lock is whole with all files that decide on what it installs") {
    const Scratch scratch;
    const fs::path folder = scratch.path() / "source";
    const fs::path lock = folder / "lock.txt";
    const auto whole = [&](const std::string& text) {
        write(lock, text);
        return whole_lock(lock, folder);
    };
    write(folder / "more/base.txt", "a==1 --hash=sha256:0a\n-c limits.txt\n");
    write(folder / "more/limits.txt", "a<2\n");
    write(scratch.path() / "outside.txt", "a==1\n");
    for (const char* text : {"-r more/base.txt\n", "  -r more/base.txt # why\n", "-r \\\n more/base.txt\n",
                             "--requirement=more/base.txt\n"}) {
        const auto first = whole(text);
        REQUIRE_MESSAGE(first, text);
        write(folder / "more/limits.txt", "a<3\n");
        CHECK_MESSAGE(whole(text) != first, text);
        write(folder / "more/limits.txt", "a<2\n");
    }
    CHECK(whole("# nothing\n\nx==1 ; python_version < '3.12' \\\n    --hash=sha256:0a\n"));
    fs::create_symlink("more/base.txt", folder / "link.txt");
    for (const char* text :
         {"--requ more/base.txt\n", "-rmore/base.txt\n", "--find-links ./vendor\n", "-f vendor\nx==1\n",
          "./vendor/x.whl\n", "x @ file:///x.whl\n", "-e .\n", "-r ../outside.txt\n", "-r link.txt\n",
          "-r missing.txt\n", "-r ${HOME}.txt\n", "# coding: utf-7\nx==1\n", "# x\r-r more/base.txt\n",
          "# x\x0b-r more/base.txt\n", "# x\xc2\x85-r more/base.txt\n", "-r lock.txt\n"})
        CHECK_MESSAGE(!whole(text), text);
}

TEST_CASE("what a lock installs is known again on another day, and beside files of what it does not name") {
    const Scratch scratch;
    const fs::path wheels = scratch.path() / "wheels";
    write(wheels / "Zope.Interface-5.4-py3-none-any.whl", "one");
    write(wheels / "other-1-py3-none-any.whl", "two");
    Settings::Python python;
    python.wheelhouses = {wheels.string()};
    Interpreter interpreter;
    interpreter.executable = "/usr/bin/python3.11";
    const std::string lock =
        "# requirements.txt\nzope-interface[test]==5.4 ; python_version > \"3\" --hash=sha256:0a\n";
    const auto locked = [&](const std::string& text) { return locked_key(python, interpreter, "", text); };
    const std::string first = locked(lock);
    const std::chrono::sys_seconds day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    const auto unlocked = [&](int days) {
        return dependency_key(python, interpreter, "zope-interface", day + std::chrono::days(days));
    };
    python.no_index = false;
    CHECK(unlocked(0) == unlocked(0));
    CHECK(unlocked(0) != unlocked(1));
    python.no_index = true;
    const std::string before = unlocked(0);
    CHECK(before == unlocked(1));
    write(wheels / "other-2-py3-none-any.whl", "three");
    CHECK(locked(lock) == first);
    CHECK(unlocked(0) != before);
    CHECK(locked(lock + "other==2 --hash=sha256:0b\n") != first);
    write(wheels / "zope.interface-5.4.tar.gz", "its source");
    CHECK(locked(lock) != first);
    fs::remove(wheels / "zope.interface-5.4.tar.gz");
    CHECK(locked(lock) == first);
    interpreter.executable = "/usr/bin/python3.13";
    CHECK(locked(lock) != first);
}
