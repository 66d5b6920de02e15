// Unit tests of what is looked at in an sdist and a wheel.
#include "builder/distribution_checks.h"

#include <doctest/doctest.h>

using namespace dray::builder;

namespace {

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("what looks into both says names, and whether there is a description") {
    using namespace std::string_literals;
    const Contents contents = read_contents("ssetup.py\0ssrc/a b.py\0wa b.py\0d\0"s);
    CHECK(contents.sdist == Names{"setup.py", "src/a b.py"});
    CHECK(contents.wheel == Names{"a b.py"});
    CHECK(contents.described);
    CHECK(!read_contents("").described);
}

TEST_CASE("an sdist that has all of the commit has left out nothing") {
    const Names commit{"pyproject.toml", "w/__init__.py", "w/page.html"};
    CHECK(find_left_out({.sdist = commit, .wheel = {"w/__init__.py"}}, commit) == LeftOut());
}

TEST_CASE("what is missing in the folders of the wheel's packages is left out, wherever they are") {
    for (const std::string at : {"", "src/", "a/b/"}) {
        const Names sdist{"pyproject.toml", at + "w/__init__.py"};
        Names commit = sdist;
        commit.insert({at + "w/page.html", at + "w/more/x.py", ".gitignore", "README.md", "docs/conf.py",
                       "tests/test_w.py", "ww/page.html"});
        const LeftOut left =
            find_left_out({.sdist = sdist, .wheel = {"w/__init__.py", "w/_made.py"}}, commit);
        CHECK(left.inside == std::vector<std::string>{at + "w/more/x.py", at + "w/page.html"});
        CHECK(left.beside.empty());
    }
}

TEST_CASE("a package or module beside those of the wheel may be forgotten as a whole") {
    const Names commit{"setup.py", "src/w/__init__.py", "src/other/__init__.py", "src/other/x.py",
                       "tests/__init__.py"};
    const LeftOut packages =
        find_left_out({.sdist = {"src/w/__init__.py"}, .wheel = {"w/__init__.py"}}, commit);
    CHECK(packages.inside.empty());
    CHECK(packages.beside == std::vector<std::string>{"src/other/__init__.py"});
    const LeftOut modules = find_left_out({.sdist = {"one.py"}, .wheel = {"one.py"}},
                                          {"one.py", "two.py", "setup.py", "docs/conf.py", "page.html"});
    CHECK(modules.inside.empty());
    CHECK(modules.beside == std::vector<std::string>{"two.py"});
}

TEST_CASE("nothing is known of packages that the commit has under other names") {
    CHECK(find_left_out({.sdist = {"lib/__init__.py"}, .wheel = {"w/__init__.py", "w/native.so"}},
                        {"lib/__init__.py", "lib/page.html"})
              .inside.empty());
}
