// Unit tests of targets: which there are, what their root trees are made of, and how commands get into them.
#include "builder/build_root.h"
#include "builder/confined_words.h"
#include "builder/confinement.h"
#include "builder/distributions.h"
#include "builder/package_archive.h"
#include "builder/products.h"
#include "builder/root_tree.h"
#include "builder/scratch.h"
#include "builder/side_by_side.h"
#include "builder/unprivileged_root.h"
#include "builder/unsure.h"
#include "error.h"
#include "host/file.h"
#include "host/process.h"
#include "moved_clock.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace dray;
using namespace dray::builder;
using dray::test::MovedClock;
namespace fs = std::filesystem;

namespace {

Settings settings_for(const std::string& service, const std::string& build_host) {
    return read_settings(SettingsText{"dray-build.toml", service}, SettingsText{"build.toml", build_host},
                         Need::nothing);
}

/// The errors of both texts, as a person sees them.
std::string wrong_in(const std::string& service, const std::string& build_host) {
    try {
        settings_for(service, build_host);
    } catch (const SettingsErrors& errors) {
        return errors.what();
    }
    return {};
}

constexpr auto bookworm = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n";

/// A root tree, as far as a build root looks at it.
std::shared_ptr<const RootTree> tree_in(const fs::path& folder) {
    fs::create_directories(folder / "root/usr/lib");
    std::ofstream(folder / "root/usr/lib/os-release") << bookworm;
    return std::make_shared<const RootTree>("bookworm", folder);
}

/// mmdebstrap, as far as a tree is looked at; without a mirror it leaves half of one.
class FakeBootstrap final : public host::Processes {
  public:
    bool has_mirror = true;
    bool has_user_namespaces = true;
    mutable int made = 0;
    mutable int as_root = 0;

    host::Result run(const host::Command& command) const override {
        const auto program = std::ranges::find(command.argv, "mmdebstrap");
        const bool mapped = std::ranges::find(command.argv, std::string(unprivileged_verb)) < program;
        if (mapped && !has_user_namespaces) return {.exit_code = 125, .errors = "not permitted\n"};
        if (program == command.argv.end()) return {};
        const auto end = std::ranges::find(command.argv, "--");
        const fs::path root = mapped ? fs::path(*(program - 1)) / "root" : fs::path(*(end + 2));
        CHECK(fs::path(*(end + 2)) == (mapped ? fs::path(unprivileged_folder) / "root" : root));
        fs::create_directories(root / "usr/lib");
        if (!has_mirror) return {.exit_code = 1, .errors = "cannot resolve the mirror\n"};
        std::ofstream(root / "usr/lib/os-release") << bookworm;
        fs::create_directories(root / "var/lib/dpkg");
        fs::create_directories(root / "etc");
        if (mapped) {  // as its own root makes files
            CHECK(::chmod((root / "etc").c_str(), 0755) == 0);
            CHECK(::lchown((root / "etc").c_str(), first_unprivileged, first_unprivileged + 42) == 0);
            CHECK(::lchown(root.c_str(), first_unprivileged, first_unprivileged) == 0);
        }
        ++made;
        as_root += mapped ? 0 : 1;
        return {};
    }
};

}  // namespace

TEST_CASE(
    "a root tree is made once, anew when it is too old, and an old one serves while there is no mirror") {
    const Scratch scratch;
    MovedClock clock;
    FakeBootstrap programs;
    std::string said;
    const RootTrees trees(programs, clock, scratch.path() / "roots",
                          [&](const std::string& text) { said += text; });
    Settings settings;
    settings.targets["bookworm"].mirrors = {"http://mirror.example.org/debian"};
    const auto folders = [&] {
        return std::distance(fs::directory_iterator(scratch.path() / "roots"), fs::directory_iterator());
    };

    programs.has_mirror = false;
    CHECK_THROWS_AS(trees.take(settings, "bookworm"), Unsure);
    CHECK(folders() == 0);                                         // half a tree would only take room
    fs::create_directories(scratch.path() / "roots/.new-1/root");  // of a run that was killed
    programs.has_mirror = true;
    const fs::path first = trees.take(settings, "bookworm")->folder();
    CHECK(folders() == 1);
    clock.time += std::chrono::hours(24 * 6);
    CHECK(trees.take(settings, "bookworm")->folder() == first);
    CHECK(programs.made == 1);

    clock.time += std::chrono::hours(48);
    programs.has_mirror = false;
    CHECK(trees.take(settings, "bookworm")->folder() == first);
    CHECK(said.find("serves once more") != std::string::npos);
    programs.has_mirror = true;
    SUBCASE("the old one goes") {
        CHECK(trees.take(settings, "bookworm")->folder() != first);
        CHECK(!fs::exists(first));
    }
    SUBCASE("unless somebody uses it") {
        const RootTree used("bookworm", first);
        CHECK(trees.take(settings, "bookworm")->folder() != first);
        CHECK(fs::exists(first));
    }
    CHECK(programs.made == 2);
    settings.targets["bookworm"].packages = {"gcc"};
    trees.take(settings, "bookworm");
    CHECK(programs.made == 3);
}

TEST_CASE("a root tree is made by a root without privileges where the kernel allows that, which is said") {
    const Scratch scratch;
    const MovedClock clock;
    FakeBootstrap programs;
    std::string said;
    const RootTrees trees(programs, clock, scratch.path() / "roots",
                          [&](const std::string& text) { said += text; });
    Settings settings;
    settings.targets["bookworm"].mirrors = {"http://mirror.example.org/debian"};
    programs.has_user_namespaces = ::geteuid() == 0;
    SUBCASE("it does") {}
    SUBCASE("it does not") {
        programs.has_user_namespaces = false;
    }
    const fs::path etc = trees.take(settings, "bookworm")->root() / "etc";
    CHECK(programs.as_root == (programs.has_user_namespaces ? 0 : 1));
    CHECK((said.find("runs as root") == std::string::npos) == programs.has_user_namespaces);
    struct stat status {};
    REQUIRE(::lstat(etc.c_str(), &status) == 0);
    if (!programs.has_user_namespaces) return;
    CHECK(status.st_uid == 0);
    CHECK(status.st_gid == 42);
}

TEST_CASE("who waits for another build's root tree waits no longer than it is wanted") {
    const Scratch scratch;
    const MovedClock clock;
    const FakeBootstrap programs;
    const StoppableProcesses stoppable(programs);
    const fs::path roots = scratch.path() / "roots";
    fs::create_directories(roots);
    std::string said;
    const RootTrees trees(stoppable, clock, roots, [&](const std::string& text) {
        said += text;
        stoppable.stop();
    });
    Settings settings;
    settings.targets["bookworm"].mirrors = {"http://mirror.example.org/debian"};
    const Lock other(roots, [] {});
    CHECK_THROWS_WITH_AS(trees.take(settings, "bookworm"), doctest::Contains("stopped"), Error);
    CHECK(said == "note: another build made its root tree first");
    CHECK(programs.made == 0);
}

TEST_CASE("targets are of the service's file, and those that the build host offers") {
    CHECK(settings_for("", "").deb.targets.empty());
    CHECK(settings_for("[deb]\ntarget = \"bookworm\"\n", "").deb.targets ==
          std::vector<std::string>{"bookworm"});
    const auto settings =
        settings_for("[deb]\ntargets = [\"trixie\", \"forky\"]\n",
                     "[host]\nrenew_roots_after = \"1d\"\n[targets.forky]\n"
                     "mirrors = [\"http://mirror.example.org/debian\"]\npackages = [\"gcc\"]\n"
                     "keyring = \"/srv/keys.gpg\"\n");
    CHECK(settings.deb.targets == std::vector<std::string>{"trixie", "forky"});
    CHECK(settings.host.renew_roots_after == std::chrono::hours(24));
    CHECK(settings.targets.at("forky").mirrors.front() == "http://mirror.example.org/debian");
    CHECK(settings.targets.at("forky").packages == std::vector<std::string>{"gcc"});
    CHECK(settings.targets.at("forky").keyring == "/srv/keys.gpg");
    CHECK(settings_for("[deb]\ntargets = [\"forky\"]\n", "[targets.forky]\n").targets.contains("forky"));
    CHECK(settings_for("[deb]\ntargets = [\"trixie\"]\n", "[deb]\ntargets = [\"bookworm\"]\n").deb.targets ==
          std::vector<std::string>{"bookworm"});
}

TEST_CASE("what cannot be a target is refused, and where trees come from is for the build host to say") {
    CHECK(wrong_in("[deb]\ntargets = [\"forky\"]\n", "").find("dray-build.toml:2") != std::string::npos);
    CHECK(wrong_in("[deb]\ntargets = [\"../trixie\"]\n", "").find("a codename") != std::string::npos);
    CHECK(wrong_in("[deb]\ntargets = [\"trixie\", \"trixie\"]\n", "").find("trixie twice") !=
          std::string::npos);
    CHECK(wrong_in("[deb]\ntargets = [\"trixie\"]\ntarget = \"trixie\"\n", "").find("both set") !=
          std::string::npos);
    CHECK(wrong_in("[targets.trixie]\nmirrors = [\"http://elsewhere.example.org/\"]\n", "")
              .find("targets.trixie.mirrors cannot be set in a service's repository") != std::string::npos);
    CHECK(wrong_in("[targets.trixie]\n", "").find("cannot be set") != std::string::npos);
    CHECK(
        wrong_in("", "[targets.trixie]\nmirror = [\"http://mirror.example.org/\"]\n").find("did you mean") !=
        std::string::npos);
    CHECK(wrong_in("", "[targets]\ntrixie = 1\n").find("must be a table") != std::string::npos);
    CHECK(wrong_in("", "[targets.Trixie]\n").find("must be a table of a codename") != std::string::npos);
    for (const char* mirror : {"/srv/mirror", "http://user:secret@mirror.example.org/debian", "deb x\\ny"}) {
        CAPTURE(mirror);
        CHECK(wrong_in("", "[targets.trixie]\nmirrors = [\"" + std::string(mirror) + "\"]\n")
                  .find("targets.trixie.mirrors must be") != std::string::npos);
    }
    CHECK(wrong_in("", "[host]\nrenew_roots_after = \"1m\"\n").find("an hour or more") != std::string::npos);
}

TEST_CASE("versions carry a target by its os-release") {
    CHECK(target_suffix("bookworm", bookworm) == "+deb12");
    CHECK(target_suffix("noble", "ID=ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n") ==
          "+ubuntu24.04");
    CHECK_THROWS_AS(target_suffix("trixie", bookworm), Error);  // a mirror of another suite
    CHECK_THROWS_AS(target_suffix("sid", "ID=debian\nVERSION_CODENAME=sid\n"), Error);
    CHECK_THROWS_AS(target_suffix("ecne", "ID=trisquel\nVERSION_ID=12\nVERSION_CODENAME=ecne\n"), Error);
    CHECK_THROWS_AS(target_suffix("bookworm", ""), Error);
}

TEST_CASE("a tree of another distribution's codename comes from where the host's own packages come from") {
    const std::vector<AptSource> host{{"http://m/debian/", "bookworm", "main"},
                                      {"http://m/debian/", "bookworm", "contrib"},
                                      {"http://m/debian/", "bookworm-updates", "main"},
                                      {"http://m/debian/", "bookworm-backports", "main"},
                                      {"http://m/security/", "bookworm-security", "main"},
                                      {"http://m/elsewhere/", "cloud-bookworm", "main"}};
    const std::vector<std::string> lines =
        sources_like(host, "bookworm", "trixie", "/usr/share/keyrings/k.gpg");
    CHECK(lines == std::vector<std::string>{
                       "deb [signed-by=/usr/share/keyrings/k.gpg] http://m/debian/ trixie contrib main",
                       "deb [signed-by=/usr/share/keyrings/k.gpg] http://m/debian/ trixie-updates main",
                       "deb [signed-by=/usr/share/keyrings/k.gpg] http://m/security/ trixie-security main"});
    CHECK(sources_like({host[0]}, "bookworm", "bookworm", "").front() ==
          "deb http://m/debian/ bookworm main");
    CHECK(sources_like(host, "noble", "trixie", "").empty());
}

TEST_CASE("a tree is another one for other packages and mirrors, not for another order of packages") {
    const TreeWish wish{"trixie", {"deb http://m/ trixie main"}, {"python3", "dpkg-dev"}};
    CHECK(tree_key(wish) == tree_key({"trixie", {"deb http://m/ trixie main"}, {"dpkg-dev", "python3"}}));
    CHECK(tree_key(wish) != tree_key({"trixie", {"deb http://m/ trixie main"}, {"dpkg-dev"}}));
    CHECK(tree_key(wish) != tree_key({"trixie", {"deb http://n/ trixie main"}, {"python3", "dpkg-dev"}}));
    CHECK(tree_key(wish) != tree_key({"bookworm", {"deb http://m/ trixie main"}, {"python3", "dpkg-dev"}}));
}

TEST_CASE("a tree has the interpreter of the service, and what the build host adds") {
    Settings settings;
    const auto has = [](const std::vector<std::string>& packages, const char* name) {
        return std::ranges::count(packages, name) == 1;
    };
    CHECK(has(tree_packages(settings, {}), "python3"));
    CHECK(!has(tree_packages(settings, {}), "pypy3"));
    settings.python.interpreter = "/usr/bin/pypy3";
    const auto packages =
        tree_packages(settings, {.mirrors = {}, .keyring = {}, .packages = {"libpq5", "python3"}});
    CHECK(has(packages, "pypy3"));
    CHECK(has(packages, "libpq5"));
    CHECK(has(packages, "python3"));
}

/// What dray-build is told to run confined.
static ConfinedCommand inside(const host::Command& command) {
    const auto verb = std::ranges::find(command.argv, std::string(confined_verb));
    REQUIRE(verb != command.argv.end());
    return from_text(command.input, {verb + 1, command.argv.end()});
}

/// What of the build host is seen at `path`; "" when that is nothing.
static fs::path source_of(const ConfinedCommand& command, const fs::path& path) {
    const auto found = std::ranges::find(command.view, path, &Seen::to);
    return found == command.view.end() ? fs::path() : found->from;
}

TEST_CASE("what runs in a tree sees the tree's system folders, and what its dpkg knows") {
    const host::Command command{.argv = {"/usr/bin/python3", "-c", "print('a b')"}, .directory = "/srv"};
    Settings settings;
    settings.build.visible = {"/srv/shared"};
    const BuildRoot host;
    CHECK(host.is_host());
    CHECK(host.target().empty());
    CHECK(host.debian_version({26, 11, 3}) == "26.11.3");
    CHECK(host.cache_kind("build") == "build");
    CHECK(host.confinement(settings).root == "/");
    CHECK(host.own_command(command, settings).argv == command.argv);

    const Scratch scratch;
    const BuildRoot root(tree_in(scratch.path()));
    CHECK(root.target() == "bookworm");
    CHECK(root.debian_version({26, 11, 3}) == "26.11.3+deb12");
    CHECK(root.key() != host.key());
    CHECK(root.cache_kind("build") != host.cache_kind("build"));
    const Confinement confinement = root.with_dpkg(settings);
    CHECK(confinement.root == scratch.path() / "root");
    CHECK(confinement.user == settings.build.user);
    CHECK(!confinement.network);
    REQUIRE(!confinement.places.empty());
    CHECK(confinement.places.back().from == scratch.path() / "root/var/lib/dpkg");
    CHECK(confinement.places.back().to == "/var/lib/dpkg");
    CHECK(!confinement.places.back().writable);
    if (::geteuid() != 0) {
        CHECK_THROWS_AS(root.own_command(command, settings), Error);
        return;
    }
    const ConfinedCommand inner = inside(root.own_command(command, settings));
    CHECK(source_of(inner, "/usr") == scratch.path() / "root/usr");
    CHECK(source_of(inner, "/var/lib/dpkg") == scratch.path() / "root/var/lib/dpkg");
    CHECK(inner.argv == command.argv);
}

TEST_CASE(
    "the build host's network comes into a tree with its own names, where the tree has a place for them") {
    if (::geteuid() != 0) return;
    const Scratch scratch;
    const BuildRoot root(tree_in(scratch.path()));
    fs::create_directories(scratch.path() / "root/etc");
    std::ofstream(scratch.path() / "root/etc/hosts") << "";
    Confinement confinement = root.confinement({});
    const auto shows_hosts = [&] {
        return source_of(inside(confined({.argv = {"true"}}, confinement)), "/etc/hosts") ==
               fs::canonical("/etc/hosts");
    };
    CHECK(!shows_hosts());
    confinement.network = true;
    CHECK(shows_hosts());
    fs::remove(scratch.path() / "root/etc/hosts");
    CHECK(!shows_hosts());
}

TEST_CASE("a tree that is gone or of another release is not used") {
    const Scratch scratch;
    CHECK_THROWS_AS(RootTree("bookworm", scratch.path() / "none"), Error);
    tree_in(scratch.path());
    CHECK_THROWS_AS(RootTree("trixie", scratch.path()), Error);
}

TEST_CASE("a wheel is pure when it is for every Python and every machine") {
    CHECK(is_pure_wheel("warehouse-26.11.3-py3-none-any.whl"));
    CHECK(is_pure_wheel("warehouse-26.11.3-py2.py3-none-any.whl"));
    CHECK(!is_pure_wheel("warehouse-26.11.3-cp311-none-any.whl"));
    CHECK(!is_pure_wheel("warehouse-26.11.3-py3.cp311-none-any.whl"));
    CHECK(!is_pure_wheel("warehouse-26.11.3-cp311-cp311-linux_x86_64.whl"));
    CHECK(!is_pure_wheel("warehouse-26.11.3-py3-none-linux_x86_64.whl"));
}

TEST_CASE("the packages of all targets are told apart in the products, and those of before are still read") {
    const Scratch scratch;
    host::SystemFiles files;
    Products products;
    products.folder = scratch.path();
    products.version = {26, 11, 3};
    for (const char* number : {"12", "13"}) {
        const std::string version = std::string("26.11.3+deb") + number;
        const std::string file = "w_" + version + "_all.deb";
        std::ofstream(scratch.path() / file) << version;
        const std::string record = "w_" + version + "_all.buildinfo";
        std::ofstream(scratch.path() / record) << "of " << version;
        products.debs.push_back({number == std::string("12") ? "bookworm" : "trixie", version, file, record});
    }
    products.save(files);
    const Products read = Products::load(files, scratch.path());
    REQUIRE(read.debs.size() == 2);
    CHECK(read.debs[1].target == "trixie");
    CHECK(read.debs[1].version == "26.11.3+deb13");
    CHECK(read.debs[1].buildinfo == "w_26.11.3+deb13_all.buildinfo");
    CHECK(read.files() == std::vector<std::string>{"w_26.11.3+deb12_all.deb", "w_26.11.3+deb12_all.buildinfo",
                                                   "w_26.11.3+deb13_all.deb",
                                                   "w_26.11.3+deb13_all.buildinfo"});
    std::ofstream(scratch.path() / read.debs[1].file) << "another";
    CHECK_THROWS_AS(Products::load(files, scratch.path()), Error);

    std::ofstream(scratch.path() / "w_26.11.3_all.deb") << "";
    std::ofstream(scratch.path() / "release.json")
        << R"({"version": "26.11.3", "commit": "c", "changes": [], "deb": {"name": "w_26.11.3_all.deb", "sha256": )"
        << R"("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}})";
    const Products old = Products::load(files, scratch.path());
    REQUIRE(old.debs.size() == 1);
    CHECK(old.debs[0].target.empty());
    CHECK(old.debs[0].version == "26.11.3");
}

TEST_CASE("the number of a package is used up whatever it was built for") {
    CHECK(package_version("w_26.11.3+deb12_all.deb", "w") == Version{26, 11, 3});
    CHECK(package_version("w_26.11.4_all.deb", "w") == Version{26, 11, 4});
    CHECK(!package_version("w_1.0+dfsg_all.deb", "w"));
    CHECK(!package_version("v_26.11.4_all.deb", "w"));
}
