// Unit tests of the settings of dray-build.
#include "builder/settings.h"

#include <doctest/doctest.h>

using namespace dray;
using namespace dray::builder;

namespace {

constexpr auto service = R"([service]
name = "warehouse"
branch = "main"
[test]
command = ["/usr/bin/python3", "-m", "unittest"]
timeout = "2m"
[deb]
package = "warehouse"
prefix = "/opt/warehouse"
maintainer = "A Team <team@example.org>"
description = "an index"
)";
constexpr auto build_host = R"([publish]
index = "/srv/index"
apt = "/srv/apt"
signing_key = "0123456789ABCDEF0123456789ABCDEF01234567"
)";

SettingsText text(const std::string& content) {
    return {"dray-build.toml", content};
}

/// The errors of one text, each as a person sees it.
std::vector<std::string> errors(const std::string& content, Need need = Need::version) {
    try {
        read_settings(text(content), {}, need);
    } catch (const SettingsErrors& found) {
        std::vector<std::string> texts;
        for (const Error& error : found.errors())
            texts.push_back(error.text());
        return texts;
    }
    return {};
}

/// How many errors the build host's own text has.
std::size_t host_errors(const std::string& content) {
    try {
        read_settings({}, SettingsText{"/etc/dray/build.toml", content}, Need::nothing);
    } catch (const SettingsErrors& found) {
        return found.errors().size();
    }
    return 0;
}

}  // namespace

TEST_CASE("settings come from the service's file and the build host's together") {
    const Settings settings =
        read_settings(text(service), SettingsText{"/etc/dray/build.toml", build_host}, Need::release);
    CHECK(settings.service.branch == "main");
    CHECK(settings.test.command.size() == 3);
    CHECK(settings.test.timeout == std::chrono::minutes(2));
    CHECK(settings.deb.prefix == "/opt/warehouse");
    CHECK(settings.publish.apt == "/srv/apt");
    CHECK(settings.publish.suite == "stable");
    CHECK(settings.publish.valid_for == std::chrono::days(14));
}

TEST_CASE("the build host's file wins key by key") {
    const Settings settings = read_settings(
        text(service), SettingsText{"host", "[deb]\nprefix = \"/srv/w\"\n[service]\nbranch = \"release\"\n"},
        Need::deb);
    CHECK(settings.deb.prefix == "/srv/w");
    CHECK(settings.deb.package == "warehouse");
    CHECK(settings.service.branch == "release");
}

TEST_CASE("every mistake is found in one go, with its line and the nearest key") {
    const auto found = errors("[service]\nnam = \"w\"\nbranch = 3\n[tests]\n[python]\nno_index = \"yes\"\n");
    REQUIRE(found.size() == 4);
    CHECK(found[0] == "unknown key 'nam' in [service]\n  at dray-build.toml:2\n  hint: did you mean 'name'?");
    CHECK(found[1] == "service.branch must be a text, not an integer\n  at dray-build.toml:3");
    CHECK(found[2] == "unknown table 'tests'\n  at dray-build.toml:4\n  hint: did you mean 'test'?");
    CHECK(found[3] == "python.no_index must be true or false, not a text\n  at dray-build.toml:6");
}

TEST_CASE("mistakes of both files are said, each with its file") {
    try {
        read_settings(text("[service]\nnam = \"w\"\n"),
                      SettingsText{"/etc/dray/build.toml", "[deb]\npakage = \"w\"\n"}, Need::version);
        FAIL("accepted");
    } catch (const SettingsErrors& found) {
        REQUIRE(found.errors().size() == 2);
        CHECK(found.errors()[0].parts().location == Location{"/etc/dray/build.toml", 2});
        CHECK(found.errors()[1].parts().location == Location{"dray-build.toml", 2});
    }
}

TEST_CASE("a table in place of a value, and a value in place of a table, are refused") {
    CHECK(errors("service = \"w\"\n").at(0).find("'service' must be a table") == 0);
    CHECK(errors("[service.name]\nx = 1\n").at(0).find("service.name must be a text, not a table") == 0);
    CHECK(errors("[service]\nname = \"w\"\n[test]\ncommand = [\"a\", 1]\n").size() == 1);
}

TEST_CASE("broken TOML is one error with its line") {
    const auto found = errors("[service]\nname = \"w\n");
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("dray-build.toml:2") != std::string::npos);
}

TEST_CASE("values that could not work are refused with what is wanted") {
    const std::string start = "[service]\nname = \"w\"\n";
    for (const char* bad : {
             "[python]\ninterpreter = \"python3\"\n",
             "[python]\nrequirements = \"/etc/lock.txt\"\n",
             "[python]\nrequirements = \"../lock.txt\"\n",
             "[deb]\nprefix = \"/opt\"\n",
             "[deb]\nprefix = \"/opt/w/\"\n",
             "[deb]\nprefix = \"/usr/bin\"\n",
             "[deb]\nprefix = \"/etc/cron.d/w\"\n",
             "[deb]\nprefix = \"/var/lib/w\"\n",
             "[deb]\nprefix = \"/usr/lib\"\n",
             "[deb]\nprefix = \"/opt/../etc\"\n",
             "[deb]\nprefix = \"/opt/$(reboot)\"\n",
             "[deb]\npackage = \"Ware_House\"\n",
             "[deb]\nmaintainer = \"team@example.org\"\n",
             "[deb]\nmaintainer = \"A <a@b>\\nDepends: x <c@d>\"\n",
             "[deb]\ndescription = \"one\\ntwo\"\n",
             "[deb]\ndepends = [\"libpq5\\nEssential: yes\"]\n",
             "[test]\ntimeout = \"10\"\n",
             "[test]\ntimeout = \"0s\"\n",
         })
        CHECK_MESSAGE(errors(start + bad).size() == 1, bad);
    for (const char* bad : {
             "[python]\nwheelhouses = [\"wheels\"]\n",
             "[python]\nwheelhouses = [\"/srv/my wheels\"]\n",
             "[build]\nvisible = [\"/\"]\n",
             "[build]\nvisible = [\"/tmp\"]\n",
             "[build]\nvisible = [\"/proc/1\"]\n",
             "[publish]\nsuite = \"a/../b\"\n",
             "[publish]\nsigning_key = \"me@example.org\"\n",
             "[publish]\napt = \"apt\"\n",
             "[publish]\nremote = \"https://me:secret@example.org/w.git\"\n",
             "[publish]\nvalid_for = \"2h\"\n",
         })
        CHECK_MESSAGE(host_errors(bad) == 1, bad);
    CHECK(host_errors("[deb]\nprefix = \"/var/lib/w\"\n") == 0);
    CHECK(errors("[service]\nname = \"-w\"\n").size() == 1);
    CHECK(errors("[service]\nname = \"w\"\nbranch = \"--upload-pack=x\"\n").size() == 1);
}

TEST_CASE("what a verb cannot do without is asked for, and no more") {
    CHECK(errors("[service]\nname = \"w\"\n", Need::dist).empty());
    CHECK(errors("", Need::version).at(0).find("service.name is missing") == 0);
    CHECK(errors("[service]\nname = \"w\"\n", Need::deb).size() == 4);
    CHECK(errors("[service]\nname = \"w\"\n", Need::release).size() == 7);
}

TEST_CASE("the release branch is known even when the rest of the file is wrong") {
    CHECK(release_branch({}, {}) == "master");
    CHECK(release_branch(text("[service]\nbranch = \"main\"\nnam = 1\n"), {}) == "main");
    CHECK(release_branch(text("[service]\nbranch = \"main\"\n"), text("[service]\nbranch = \"live\"\n")) ==
          "live");
}

TEST_CASE("distribution names are compared in their normal form") {
    CHECK(normal_name("Ware.House") == "ware-house");
    CHECK(normal_name("ware__house") == "ware-house");
    CHECK(normal_name("ware-._house") == "ware-house");
}

TEST_CASE("what runs with the build host's rights is not for the service's repository to set") {
    const auto found =
        errors("[service]\nname = \"w\"\n[test]\nuser = \"root\"\n[host]\nannounce = [\"x\"]\n");
    REQUIRE(found.size() == 2);
    CHECK(found[0].find("host.announce cannot be set in a service's repository") != std::string::npos);
    CHECK(found[0].find("dray-build.toml:6") != std::string::npos);
    CHECK(found[1].find("test.user") == 0);
    CHECK_NOTHROW(
        read_settings({}, SettingsText{"build.toml", "[host]\norder = \"newest\"\n"}, Need::nothing));
    CHECK_THROWS_AS(
        read_settings({}, SettingsText{"build.toml", "[host]\norder = \"oldest\"\n"}, Need::nothing),
        SettingsErrors);
}

TEST_CASE("a schema floor is a version") {
    CHECK(read_settings(text("[deb]\nschema_floor = \"26.09.03\"\n"), {}, Need::nothing).deb.schema_floor ==
          Version{26, 9, 3});
    const auto found = errors("[service]\nname = \"w\"\n[deb]\nschema_floor = \"next\"\n");
    REQUIRE(found.size() == 1);
    CHECK(found[0] ==
          "deb.schema_floor must be a release's version, YY.MM.NN, not \"next\"\n  at dray-build.toml:4");
}

TEST_CASE("who may push does not say where releases go, who signs them and what they may reach") {
    for (const char* own : {
             "[test]\nnetwork = true\n",
             "[test]\nprocesses = 1000000\n",
             "[test]\nmemory_mib = 0\n",
             "[test]\nuser = \"root\"\n",
             "[build]\nuser = \"root\"\n",
             "[build]\ntimeout = \"9h\"\n",
             "[build]\nvisible = [\"/home\"]\n",
             "[python]\npip_config = \"/root/pip.conf\"\n",
             "[python]\nno_index = false\n",
             "[python]\nwheelhouses = [\"/tmp\"]\n",
             "[release]\nsigning_key = \"0123456789ABCDEF\"\n",
             "[release]\nidentity = \"A <a@example.org>\"\n",
             "[host]\norder = \"newest\"\n",
             "[host]\nwebhook_file = \"/etc/dray/webhook\"\n",
             "[host]\ngit_timeout = \"1h\"\n",
             "[publish]\napt = \"/srv/other\"\n",
             "[publish]\nkeep = 1\n",
             "[publish]\ngnupg_home = \"/root/.gnupg\"\n",
             "[publish]\nsigning_command = [\"/bin/sh\"]\n",
         }) {
        CAPTURE(own);
        const auto found = errors(std::string("[service]\nname = \"w\"\n") + own);
        REQUIRE(found.size() == 1);
        CHECK(found[0].find("cannot be set in a service's repository") != std::string::npos);
        CHECK(host_errors(own) == 0);
    }
}

TEST_CASE("distributions go to a folder or to an index that takes uploads") {
    const auto host = [](const std::string& index) {
        return SettingsText{
            "/etc/dray/build.toml",
            "[publish]\n" + index + "apt = \"/srv/apt\"\nsigning_key = \"0123456789ABCDEF\"\n"};
    };
    const auto read = [&](const std::string& index) {
        return read_settings(text(service), host(index), Need::release);
    };
    const std::string upload = "upload_to = \"internal\"\n";
    const std::string url = "index_url = \"https://pypi.internal/simple/\"\n";
    const Settings settings = read(upload + url);
    CHECK(settings.publish.upload_to == "internal");
    CHECK(settings.publish.upload_config == "/etc/dray/pypirc");
    CHECK(settings.publish.index_url == "https://pypi.internal/simple/");
    CHECK_THROWS_AS(read(""), SettingsErrors);
    CHECK_THROWS_AS(read(upload), SettingsErrors);
    CHECK_THROWS_AS(read(upload + url + "index = \"/srv/index\"\n"), SettingsErrors);
    for (const char* bad :
         {"ftp://x/", "https://", "https:///x", "https://me:word@x/", "https://x/?q", "https://x y/"})
        CHECK_THROWS_AS(read(upload + "index_url = \"" + bad + "\"\n"), SettingsErrors);
    for (const char* seen : {"/pypirc", "/etc/pypirc", "/usr/share/x/pypirc", "pypirc"})
        CHECK_THROWS_AS(read(upload + url + "upload_config = \"" + seen + "\"\n"), SettingsErrors);
    CHECK(read(upload + url + "upload_config = \"/root/.pypirc\"\n").publish.upload_config ==
          "/root/.pypirc");
}

TEST_CASE("packages go to one archive, and the keys of another are refused with their line") {
    const auto found = [](const std::string& content) -> std::vector<std::string> {
        try {
            read_settings({}, SettingsText{"build.toml", "[publish]\n" + content}, Need::repository);
        } catch (const SettingsErrors& errors) {
            std::vector<std::string> texts;
            for (const Error& error : errors.errors())
                texts.push_back(error.text());
            return texts;
        }
        return {};
    };
    for (const char* good : {
             "archive = \"built-in\"\napt = \"/srv/apt\"\nsigning_key = \"0123456789ABCDEF\"\n",
             "archive = \"aptly\"\naptly_repo = \"internal\"\naptly_prefix = \"s3:bucket:debian\"\n",
             "archive = \"aptly\"\naptly_repo = \"internal\"\nsigning_key = \"0123456789ABCDEF\"\n",
             "archive = \"reprepro\"\nreprepro_folder = \"/srv/reprepro\"\ncomponent = \"web\"\n",
             "archive = \"dput\"\ndput_host = \"internal\"\n",
             "apt = \"/srv/apt\"\nsigning_command = [\"sign\"]\n",
             "archive = \"command\"\narchive_command = [\"rsync\", \"{file}\", \"host::incoming/\"]\n",
         })
        CHECK_MESSAGE(found(good).empty(), good);
    for (const char* missing : {"aptly", "reprepro", "dput", "command"})
        CHECK_MESSAGE(found("archive = \"" + std::string(missing) + "\"\n").at(0).find("is missing") !=
                          std::string::npos,
                      missing);
    const auto other = found("archive = \"aptly\"\naptly_repo = \"internal\"\napt = \"/srv/apt\"\n");
    REQUIRE(other.size() == 1);
    CHECK(other[0] ==
          "publish.apt is of no use for the archive \"aptly\"\n  at build.toml:4\n"
          "  hint: [publish] archive says where packages go; this key is for built-in");
    for (const char* bad : {
             "archive = \"apt\"\n",
             "archive = \"aptly\"\naptly_repo = \"-x\"\n",
             "archive = \"aptly\"\naptly_repo = \"a\"\naptly_prefix = \"-x\"\n",
             "archive = \"aptly\"\naptly_repo = \"a\"\naptly_config = \"/etc/aptly.conf\"\n",
             "archive = \"aptly\"\naptly_repo = \"a\"\nsigning_command = [\"sign\"]\n",
             "archive = \"dput\"\ndput_host = \"a\"\nkeep = 3\n",
             "archive = \"reprepro\"\nreprepro_folder = \"/srv/r\"\nsigning_key = \"0123456789ABCDEF\"\n",
             "archive = \"command\"\narchive_command = [\"a\\nb\"]\n",
             "archive = \"command\"\narchive_command = []\n",
             "archive = \"command\"\narchive_command = [\"\", \"x\"]\n",
             "archive = \"command\"\narchive_command = [\"a\"]\nwithdraw_command = []\n",
             "apt = \"/srv/apt\"\ndput_host = \"a\"\n",
         })
        CHECK_MESSAGE(found(bad).size() == 1, bad);
    const auto both =
        found("apt = \"/srv/apt\"\nsigning_command = [\"sign\"]\nalso_sign_with = [\"0123456789ABCDEF\"]\n");
    REQUIRE(both.size() == 1);
    CHECK(both[0] ==
          "publish.also_sign_with is of no use beside [publish] signing_command\n  at build.toml:4\n"
          "  hint: what signs is that command: let it sign with both keys");
}

TEST_CASE("no limit of memory is something else than none that is set") {
    const auto memory = [](const std::string& line) {
        return read_settings({}, text("[test]\n" + line), Need::nothing).test.memory_mib;
    };
    CHECK(!memory(""));
    CHECK(memory("memory_mib = 0\n") == 0);
    CHECK(memory("memory_mib = 512\n") == 512);
    CHECK_THROWS_AS(memory("memory_mib = -1\n"), SettingsErrors);
}
