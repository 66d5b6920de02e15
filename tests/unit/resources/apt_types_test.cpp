// apt_source, apt_pin and package beyond what every type has in common.
#include "converging.h"

#include <doctest/doctest.h>

#include <set>
#include <tuple>
#include <utility>

using dray::host::Freshness;
using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;
using dray::test::resource;

namespace {

std::string armoured(const std::string& body) {
    return "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + body + "\n-----END PGP PUBLIC KEY BLOCK-----\n";
}

std::string source(const std::string& keys) {
    return resource("apt_source", "internal", "signed_by = \"key.asc\"\n" + keys);
}

std::string pin(const std::string& keys) {
    return resource("apt_pin", "warehouse", keys);
}

/// What a recipe is told to be wrong with; "" when it is well-formed.
std::string mistakes(const std::string& text) {
    Converging host;
    host.file("key.asc", armoured("abc=")).file("secret.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
    return host.recipe(text).mistakes();
}

bool apt_complains(const std::string& text, const std::string& words) {
    const auto found = mistakes(text);
    INFO(found);
    return found.find(words) != std::string::npos && found.find("recipe.toml:") != std::string::npos;
}

/// A host on which warehouse is installed in version 1, and 1 to 3 are to be had.
struct WithPackages : Converging {
    WithPackages() {
        for (const auto* version : {"1", "2", "3"})
            memory.apt.add_version("warehouse", version);
        memory.apt.add_version("apache", "9");
        memory.apt.put_installed("warehouse", "1");
    }
};

}  // namespace

TEST_CASE("an apt source has the fields of sources.list(5)") {
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.recipe(
        source("uri = \"https://apt.example.org/x\"\nsuites = [\"stable\", \"updates\"]\n"
               "architectures = [\"amd64\", \"arm64\"]\nlanguages = [\"en\", \"de\"]\n"
               "targets = [\"Packages\"]\npdiffs = false\nby_hash = \"yes\"\n"
               "check_valid_until = true\nvalid_until_min = \"1h\"\nvalid_until_max = \"7d\"\n"
               "check_date = true\n"));
    REQUIRE(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/apt/sources.list.d/internal.sources") ==
          "# Kept by dray: changes made here by hand are undone at the next run.\n"
          "Types: deb\nURIs: https://apt.example.org/x\nSuites: stable updates\nComponents: main\n"
          "Architectures: amd64 arm64\nLanguages: en de\nTargets: Packages\nPDiffs: no\nBy-Hash: yes\n"
          "Check-Valid-Until: yes\nValid-Until-Min: 3600\nValid-Until-Max: 604800\nCheck-Date: yes\n"
          "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY "
          "BLOCK-----\n");
}

TEST_CASE("a flat repository has no components") {
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.recipe(source("uri = \"http://a\"\nsuites = [\"flat/\"]"));
    REQUIRE(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/apt/sources.list.d/internal.sources")->find("Components") ==
          std::string::npos);
    CHECK(apt_complains(source("uri = \"http://a\"\nsuites = [\"flat/\"]\ncomponents = [\"main\"]"),
                        "a flat repository"));
    CHECK(apt_complains(source("uri = \"http://a\"\nsuites = [\"flat/\", \"stable\"]"), "some do not"));
}

TEST_CASE("a renewed key is taken up though nothing else has changed") {
    Converging host;
    host.file("key.asc", armoured("before="));
    host.recipe(source("uri = \"http://a\"\nsuites = [\"s\"]"));
    host.converge();
    CHECK(outcomes(host.converge()) == "unchanged");
    host.file("key.asc", armoured("after="));
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed");
    CHECK(run.steps.at(0).changes.size() == 1);
    CHECK(host.memory.files.read("/etc/apt/sources.list.d/internal.sources")->find("after=") !=
          std::string::npos);
}

TEST_CASE("a proxy is a setting for the repository's host, and goes when the recipe drops it") {
    const auto path = "/etc/apt/apt.conf.d/90dray-internal.conf";
    const std::string plain = "uri = \"https://apt.example.org:8443/x\"\nsuites = [\"s\"]\n";
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.recipe(source(plain + "proxy = \"http://proxy:3128\"")).converge();
    CHECK(host.memory.files.read(path)->find(
              "\nAcquire::https::Proxy::apt.example.org \"http://proxy:3128\";\n") != std::string::npos);
    host.memory.files.put(path, "Acquire::http::Proxy \"http://other\";\n");
    const auto run = host.converge();
    REQUIRE(run.steps.at(0).changes.size() == 1);
    CHECK(run.steps.at(0).changes.at(0).from == "other settings");
    host.recipe(source(plain));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK_FALSE(host.memory.files.status(path));
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("what cannot be an apt source is said with its place") {
    const std::string good = "uri = \"http://a\"\nsuites = [\"s\"]\n";
    CHECK(apt_complains(source("uri = \"http://me:pass@a/\"\nsuites = [\"s\"]"), "auth.conf.d"));
    CHECK(apt_complains(source(good + "by_hash = \"maybe\""), "is not one of its values"));
    CHECK(apt_complains(source(good + "valid_until_max = \"10ms\""), "shorter than a second"));
    CHECK(apt_complains(source(good + "languages = [\"en de\"]"), "white space"));
    CHECK(apt_complains(source(good + "components = []"), "it is empty"));
    CHECK(apt_complains(source(good + "proxy = \"proxy:3128\""), "is no proxy"));
    CHECK(apt_complains(source(good + "proxy = \"http://me:pass@proxy\""), "password"));
    CHECK(apt_complains(source(good + "proxy = \"http://p\\\"; APT::x\""), "does not take"));
    CHECK(apt_complains(source("uri = \"file:/srv/apt\"\nsuites = [\"s\"]\nproxy = \"DIRECT\""),
                        "for http and https"));
    CHECK(apt_complains(resource("apt_source", "a", good + "signed_by = \"secret.asc\""), "public key"));
}

TEST_CASE("a pin is a record of apt_preferences(5)") {
    Converging host;
    host.recipe(
        pin("package = \"warehouse src:nginx\"\npin = \"release o=Debian, n=bookworm\"\n"
            "priority = -1\nexplanation = \"it is slow\""));
    REQUIRE(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/etc/apt/preferences.d/warehouse.pref") ==
          "Explanation: kept by dray; changes made here by hand are undone at the next run\n"
          "Explanation: it is slow\nPackage: warehouse src:nginx\nPin: release o=Debian, n=bookworm\n"
          "Pin-Priority: -1\n");
}

TEST_CASE("a pin tells what becomes of the candidate, in a dry run too") {
    WithPackages host;
    host.recipe(pin("package = \"warehouse\"\npin = \"version 2\"\npriority = 1001"));
    const std::vector<std::string> lower = {"candidate of warehouse: 3 → 2"};
    CHECK(host.dry_run().steps.at(0).notes == lower);
    CHECK(host.converge().steps.at(0).notes == lower);
    CHECK(host.converge().steps.at(0).notes.empty());
    host.recipe(pin("package = \"warehouse none n*\"\npin = \"version 2\"\npriority = 1002"));
    CHECK(host.converge().steps.at(0).notes ==
          std::vector<std::string>{"candidate of warehouse stays 2", "candidate of none stays none"});
}

TEST_CASE("a dry run installs what a pin above it would have chosen") {
    WithPackages host;
    host.recipe(pin("package = \"warehouse\"\npin = \"version 2\"\npriority = 1001") +
                resource("package", "warehouse"));
    const auto run = host.dry_run();
    REQUIRE(run.steps.at(1).changes.size() == 1);
    CHECK(run.steps.at(1).changes.at(0).to == "2");
    host.converge();
    CHECK(host.memory.apt.installed("warehouse") == "2");
}

TEST_CASE("what cannot be a pin is said with its place") {
    const std::string package = "package = \"warehouse\"\n", chosen = "pin = \"version 1\"\n",
                      priority = "priority = 1\n";
    CHECK(mistakes(pin(package + chosen + priority)) == "");
    CHECK(apt_complains(pin("package = \" \"\n" + chosen + priority), "it is empty"));
    CHECK(apt_complains(pin("package = \"a\\nPin: version *\"\n" + chosen + priority), "line break"));
    CHECK(apt_complains(pin(package + "pin = \"verson 1\"\n" + priority), "is no pin"));
    CHECK(apt_complains(pin(package + "pin = \"version\"\n" + priority), "is no pin"));
    CHECK(apt_complains(pin(package + "pin = \"release x=1\"\n" + priority), "apt knows no condition 'x=1'"));
    CHECK(apt_complains(pin(package + "pin = \"release a=1,,\"\n" + priority), "is empty"));
    CHECK(apt_complains(pin(package + chosen + "priority = 0"), "is 0 or out of range"));
    CHECK(apt_complains(pin(package + chosen + "priority = 40000"), "is 0 or out of range"));
    CHECK(apt_complains(resource("apt_pin", "a b", package + chosen + priority), "apt passes over"));
}

TEST_CASE("several packages are changed in one transaction") {
    WithPackages host;
    host.recipe(resource("package", "web", "packages = [\"warehouse\", \"apache\"]"));
    const auto run = host.converge();
    REQUIRE(outcomes(run) == "changed");
    REQUIRE(host.memory.apt.applied().size() == 1);
    CHECK(host.memory.apt.applied().at(0).install.size() == 2);
    REQUIRE(run.steps.at(0).changes.size() == 2);
    CHECK(run.steps.at(0).changes.at(0).name == "warehouse");
    host.recipe(resource("package", "web", "packages = [\"warehouse\", \"apache\", \"none\", \"nix\"]"));
    CHECK(errors(host.converge()).find("none, nix: none: no source has it; nix: no source has it") !=
          std::string::npos);
}

TEST_CASE("a held package is left alone, and moved when its version does not fit any more") {
    WithPackages host;
    host.recipe(resource("package", "warehouse", "held = true"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.apt.installed("warehouse") == "1");
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(resource("package", "warehouse"));
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(resource("package", "warehouse", "held = true\nversion = \"2*\""));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.apt.installed("warehouse") == "2");
    CHECK(host.memory.apt.held("warehouse"));
    host.recipe(resource("package", "warehouse", "held = false"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.apt.installed("warehouse") == "3");
    CHECK_FALSE(host.memory.apt.held("warehouse"));
}

TEST_CASE("another package is removed only when the recipe names it, and a dry run knows") {
    WithPackages host;
    host.memory.apt.put_installed("lighttpd", "1");
    host.memory.apt.add_conflict("apache", "lighttpd");
    host.recipe(resource("package", "apache"));
    CHECK(errors(host.dry_run()).find("remove lighttpd") != std::string::npos);
    CHECK(errors(host.converge()).find("remove lighttpd") != std::string::npos);
    CHECK(host.memory.apt.installed("lighttpd") == "1");
    host.recipe(resource("package", "apache", "may_remove = [\"lighttpd\"]"));
    const std::vector<std::string> note = {"besides: remove lighttpd 1"};
    CHECK(host.dry_run().steps.at(0).notes == note);
    host.memory.apt.begin_run();
    CHECK(host.memory.apt.installed("lighttpd") == "1");
    CHECK(host.converge().steps.at(0).notes == note);
    CHECK(host.memory.apt.installed("lighttpd").empty());
}

TEST_CASE("conffiles that were changed on the host are named, kept or replaced") {
    WithPackages host;
    host.memory.apt.change_conffile("warehouse", "/etc/w.conf");
    CHECK(host.recipe(resource("package", "warehouse", "version = \"2\"\nversion = \"= 2\"")).mistakes() !=
          "");
    host.recipe(resource("package", "warehouse", "version = \"= 2\""));
    CHECK(host.converge().steps.at(0).notes ==
          std::vector<std::string>{
              "kept /etc/w.conf, as it was changed here; the new one is /etc/w.conf.dpkg-dist"});
    host.recipe(resource("package", "warehouse", "conffiles = \"replace\""));
    CHECK(host.converge().steps.at(0).notes ==
          std::vector<std::string>{"replaced /etc/w.conf; what was there is /etc/w.conf.dpkg-old"});
}

TEST_CASE("conffiles of a removed package are purged when the recipe says so") {
    WithPackages host;
    host.memory.apt.change_conffile("warehouse", "/etc/w.conf");
    host.recipe(resource("package", "warehouse", "state = \"absent\"")).converge();
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(resource("package", "warehouse", "state = \"purged\""));
    CHECK(outcomes(host.dry_run()) == "changed");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("keys of a package that do not fit together are mistakes") {
    CHECK(apt_complains(resource("package", "w", "packages = []"), "it is empty"));
    CHECK(apt_complains(resource("package", "w", "packages = [\"ab\", \"ab\"]"), "twice"));
    CHECK(apt_complains(resource("package", "w", "packages = [\"Upper\"]"), "is no Debian package name"));
    CHECK(apt_complains(resource("package", "ww", "may_remove = [\"*\"]"), "is no Debian package name"));
    CHECK(apt_complains(resource("package", "ww", "held = true\nstate = \"absent\""),
                        "only an installed package"));
    CHECK(apt_complains(resource("package", "ww", "conffiles = \"merge\""), "is not one of its values"));
}

TEST_CASE("a package comes from the sources that the recipe allows, and from no other") {
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.memory.apt.publish("internal", "warehouse", "1");
    host.memory.apt.add_version("warehouse", "9");
    const auto own = source("uri = \"http://a\"\nsuites = [\"s\"]");
    CHECK(outcomes(host.recipe(own + resource("package", "warehouse", "from = [\"internal\"]")).converge()) ==
          "changed changed");
    CHECK(host.memory.apt.installed("warehouse") == "1");
    REQUIRE(host.memory.apt.applied().size() == 1);
    CHECK(host.memory.apt.applied()[0].from.at("warehouse") == std::set<std::string>{"internal"});
    CHECK(outcomes(host.converge()) == "unchanged unchanged");
    host.memory.apt.publish("internal", "warehouse", "2");
    CHECK(outcomes(host.recipe(own + resource("package", "warehouse", "from = \"internal\"")).converge()) ==
          "unchanged changed");
    REQUIRE(host.memory.apt.applied().size() == 2);
    CHECK(host.memory.apt.applied()[1].from.at("warehouse") == std::set<std::string>{"internal"});
    CHECK(
        outcomes(host.recipe(own + resource("package", "warehouse", "from = [\"other\"]\nversion = \">= 3\""))
                     .converge()) == "unchanged failed");
    CHECK(apt_complains(resource("package", "warehouse", "from = []"), "'from'"));
    CHECK(apt_complains(resource("package", "warehouse", "from = \"\""), "'from'"));
    CHECK(apt_complains(resource("package", "warehouse", "from = 1"), "write a text, or a list of texts"));
}

TEST_CASE("lists that are behind the repository are read again, once, and the version is chosen anew") {
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.memory.apt.publish("internal", "warehouse", "1");
    host.recipe(source("uri = \"http://a\"\nsuites = [\"s\"]") + resource("package", "warehouse"));
    host.memory.apt.outdate_lists("internal", "warehouse", "2");
    const auto run = host.converge();
    CHECK(outcomes(run) == "changed changed");
    CHECK(host.memory.apt.installed("warehouse") == "2");
    REQUIRE_FALSE(run.steps[1].notes.empty());
    CHECK(run.steps[1].notes.back() == "apt's lists were behind the repository, and were read again");
}

TEST_CASE("a run tells what it found of the repositories in one word") {
    Converging host;
    host.file("key.asc", armoured("abc="));
    host.memory.apt.publish("internal", "warehouse", "1");
    host.recipe(source("uri = \"http://a\"\nsuites = [\"s\"]") + resource("package", "warehouse"));
    CHECK(host.converge().verdict() == "newer candidate");
    CHECK(host.converge().verdict() == "current");
    const std::tuple<Freshness, const char*, int> words[] = {{Freshness::unreachable, "unreachable", 69},
                                                             {Freshness::expired, "stale or expired", 76},
                                                             {Freshness::untrusted, "not trusted", 77},
                                                             {Freshness::broken, "broken", 1},
                                                             {Freshness::no_room, "no room on this host", 1}};
    for (const auto& [freshness, word, code] : words) {
        host.memory.apt.set_verdict("internal", freshness, "apt's words");
        const auto run = host.converge();
        CHECK(run.verdict() == word);
        CHECK(run.exit_code(false) == code);
    }
    CHECK(host.recipe("").converge().verdict().empty());
}
