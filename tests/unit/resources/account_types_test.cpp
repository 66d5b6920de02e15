// user and group beyond what every type has in common: passwords, keys, and who is in which group.
#include "converging.h"
#include "resources/authorized_keys.h"

#include <doctest/doctest.h>

using dray::resources::fault_of;
using dray::resources::key_of;
using dray::resources::with_keys;
using dray::test::complains;
using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;

namespace {

const std::string first = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJwm6wZdHbwr5F/Ki292W+0Uf63uidX/UNgNVpJQeZc1";
const std::string second = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGMdct7u2Z8YgNTkfAbOnua/tmNzPqmtmAssEZqBUpCD";
constexpr auto keys_file = "/home/u/.ssh/authorized_keys";

std::string user(const std::string& keys) {
    return "[[resource]]\ntype = \"user\"\nname = \"u\"\n" + keys + "\n";
}

std::string group(const std::string& keys) {
    return "[[resource]]\ntype = \"group\"\nname = \"g\"\n" + keys + "\n";
}

std::string authorized(const std::string& line, const std::string& more = "") {
    return user("authorized_keys = ['" + line + "']\n" + more);
}

/// A host with a user u, whose home folder is there and u's own.
struct WithUser : Converging {
    WithUser() {
        memory.accounts.ensure_group({.name = "other"});
        memory.accounts.ensure_user({.name = "u"});
        memory.files.make_directory("/home/u", {"u", "u", 0755}, true);
    }
    void own(const std::string& text, const std::string& owner = "u") {
        memory.files.make_directory("/home/u/.ssh", {"u", "u", 0700}, false);
        memory.files.put(keys_file, text, {owner, owner, 0600});
    }
    std::string text() const { return memory.files.read(keys_file).value_or("(none)"); }
};

}  // namespace

TEST_CASE("a key is found in its line, whatever options and comment are around it") {
    CHECK(key_of(first) == first);
    CHECK(key_of(first + " somebody@host") == first);
    CHECK(key_of("no-pty,from=\"10.0.0.0/8, ::1\",command=\"echo \\\"x y\" " + first + " c") == "");
    CHECK(key_of("no-pty,from=\"10.0.0.0/8\",command=\"echo x y\" " + first + " c") == first);
    CHECK(key_of("  " + first) == first);
    CHECK(key_of("# " + first) == "");
    CHECK(key_of("") == "");
    CHECK(key_of("ssh-ed25519") == "");
}

TEST_CASE("what is no public key is told from one") {
    CHECK(fault_of(first) == "");
    CHECK(fault_of("restrict " + first + " me") == "");
    CHECK(fault_of("somebody").find("no public key") != std::string::npos);
    CHECK(fault_of(first.substr(0, first.size() - 4)).find("broken") != std::string::npos);
    CHECK(fault_of("ssh-rsa" + first.substr(11)).find("another type") != std::string::npos);
    CHECK(fault_of(first + "\n" + second).find("line break") != std::string::npos);
    CHECK(fault_of("-----BEGIN OPENSSH PRIVATE KEY-----").find("private") != std::string::npos);
    CHECK(fault_of("ssh-ed25519 A").find("broken") != std::string::npos);
    CHECK(fault_of("ssh-ed25519 ////").find("broken") != std::string::npos);
    CHECK(fault_of("ssh-ed25519 AAAA====").find("broken") != std::string::npos);
}

TEST_CASE("keys are added to the lines of others, and replace their own") {
    CHECK(with_keys("", {first}, false) == first + "\n");
    CHECK(with_keys("# mine\n" + second + "\n", {first}, false) == "# mine\n" + second + "\n" + first + "\n");
    CHECK(with_keys("no-pty " + first + " old\n" + second, {first + " new"}, false) ==
          first + " new\n" + second + "\n");
    CHECK(with_keys("\n" + first + "\n\n", {first}, false) == "\n" + first + "\n\n");
    CHECK(with_keys(second + "\n", {first}, true) == first + "\n");
    CHECK(with_keys(second + "\n", {}, true) == "");
}

TEST_CASE("keys are written for the user alone, the folder too") {
    WithUser host;
    host.recipe(authorized(first));
    REQUIRE(errors(host.converge()) == "");
    CHECK(host.text() == first + "\n");
    CHECK(host.memory.files.status("/home/u/.ssh")->mode == 0700);
    CHECK(host.memory.files.status("/home/u/.ssh")->owner == "u");
    CHECK(host.memory.files.status(keys_file)->mode == 0600);
    CHECK(outcomes(host.converge()) == "unchanged");
    host.memory.files.set_ownership(keys_file, {"u", "u", 0666});
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.status(keys_file)->mode == 0600);
}

TEST_CASE("other keys stay, unless the recipe has all of them") {
    WithUser host;
    host.own("# mine\n" + second);
    host.recipe(authorized(first)).converge();
    CHECK(host.text() == "# mine\n" + second + "\n" + first + "\n");
    host.recipe(authorized(first, "authorized_keys_exclusive = true")).converge();
    CHECK(host.text() == first + "\n");
    host.recipe(user("authorized_keys = []\nauthorized_keys_exclusive = true")).converge();
    CHECK(host.text() == "");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a link in the place of the keys or of their folder leads nowhere") {
    WithUser host;
    host.memory.files.put("/etc/secret", "the secret\n", {"root", "root", 0600});
    host.memory.files.make_directory("/home/u/.ssh", {"u", "u", 0700}, false);
    host.memory.files.plant_link(keys_file, "/etc/secret", "u");
    host.recipe(authorized(first));
    CHECK(errors(host.converge()).find("it is no regular file") != std::string::npos);
    host.recipe(authorized(first, "authorized_keys_exclusive = true"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.text() == first + "\n");
    CHECK(host.memory.files.read("/etc/secret") == "the secret\n");

    WithUser other;
    other.memory.files.make_directory("/root/.ssh", {"root", "root", 0700}, true);
    other.memory.files.plant_link("/home/u/.ssh", "/root/.ssh", "u");
    CHECK(
        errors(other.recipe(authorized(first, "authorized_keys_exclusive = true")).converge()).find(".ssh") !=
        std::string::npos);
    CHECK_FALSE(other.memory.files.status("/root/.ssh/authorized_keys"));
}

TEST_CASE("lines of a file that belongs to somebody else are not taken over") {
    WithUser host;
    host.own("the secret\n", "root");
    const auto run = host.recipe(authorized(first)).converge();
    CHECK(errors(run).find("it belongs to root") != std::string::npos);
    host.recipe(authorized(first, "authorized_keys_exclusive = true"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.text() == first + "\n");
}

TEST_CASE("a new user gets keys together with the home folder") {
    Converging host;
    host.memory.files.make_directory("/home/u", {}, true);
    host.recipe(authorized(first, "create_home = true"));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read(keys_file) == first + "\n");
    Converging homeless;
    CHECK(errors(homeless.recipe(authorized(first)).converge()).find("create_home = true") !=
          std::string::npos);
}

TEST_CASE("a password is locked and an account ends when the recipe says so") {
    WithUser host;
    host.memory.accounts.give_password("u");
    CHECK(outcomes(host.recipe(user("comment = \"\"")).converge()) == "unchanged");
    host.recipe(user("locked = true"));
    const auto foretold = host.dry_run();
    REQUIRE(foretold.steps.at(0).changes.size() == 1);
    CHECK(foretold.steps.at(0).changes.at(0).from == "in use");
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(user("expires = \"2027-01-31\""));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.accounts.password("u")->expires == "2027-01-31");
    CHECK(outcomes(host.recipe(user("expires = \"never\"")).converge()) == "changed");
}

TEST_CASE("a user leaves other groups only when the recipe has all of them") {
    WithUser host;
    host.memory.accounts.ensure_group({.name = "g", .members = {"u"}});
    CHECK(outcomes(host.recipe(user("groups = [\"other\"]")).converge()) == "changed");
    CHECK(host.memory.accounts.user("u")->groups == std::vector<std::string>{"g", "other"});
    CHECK(outcomes(host.recipe(user("groups = [\"other\"]\ngroups_exclusive = true")).converge()) ==
          "changed");
    CHECK(host.memory.accounts.user("u")->groups == std::vector<std::string>{"other"});
    CHECK(outcomes(host.converge()) == "unchanged");
    CHECK(outcomes(host.recipe(user("groups_exclusive = true")).converge()) == "changed");
    CHECK(host.memory.accounts.user("u")->groups.empty());
}

TEST_CASE("a group gets its members, and loses others only when the recipe has all of them") {
    WithUser host;
    host.memory.accounts.ensure_user({.name = "v"});
    host.memory.accounts.ensure_group({.name = "g", .members = {"v"}});
    CHECK(outcomes(host.recipe(group("members = [\"u\"]")).converge()) == "changed");
    CHECK(host.memory.accounts.group("g")->members == std::vector<std::string>{"u", "v"});
    CHECK(outcomes(host.converge()) == "unchanged");
    CHECK(outcomes(host.recipe(group("members = [\"u\"]\nmembers_exclusive = true")).converge()) ==
          "changed");
    CHECK(host.memory.accounts.group("g")->members == std::vector<std::string>{"u"});
    CHECK(errors(host.recipe(group("members = [\"none\"]")).converge()).find("none") != std::string::npos);
}

TEST_CASE("a dry run knows of a membership from both sides") {
    WithUser host;
    host.memory.accounts.ensure_group({.name = "g"});
    host.recipe(group("members = [\"u\"]") + user("groups = [\"g\"]"));
    CHECK(outcomes(host.dry_run()) == "changed unchanged");
    CHECK(outcomes(host.converge()) == "changed unchanged");
    host.memory.accounts.ensure_group({.name = "g", .members_exclusive = true});
    host.recipe(user("groups = [\"g\"]") + group("members = [\"u\"]"));
    CHECK(outcomes(host.dry_run()) == "changed unchanged");
}

TEST_CASE("what cannot be a user is said with its place") {
    CHECK(complains(authorized("ssh-rsa nonsense"), "entry 1: its key is broken"));
    CHECK(complains(user("authorized_keys_exclusive = true"), "there is no 'authorized_keys'"));
    CHECK(complains(user("expires = \"2027-02-30\""), "is no date"));
    CHECK(complains(user("expires = \"tomorrow\""), "is no date"));
    CHECK(complains(user("expires = \"1969-12-31\""), "is no date"));
}
