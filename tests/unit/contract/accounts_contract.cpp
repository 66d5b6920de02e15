// What every Accounts does.
#include "error.h"
#include "subject.h"

#include <doctest/doctest.h>

#include <functional>

using dray::Error;
using dray::test::Subject;
using Texts = std::vector<std::string>;

namespace {

constexpr auto user = Subject::user;
constexpr auto group = Subject::group;
constexpr auto other = Subject::other_group;

}  // namespace

TEST_CASE("a user of whom nothing is wished gets a number, a group of its own, and no password") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    CHECK_FALSE(accounts.user(user));
    CHECK_FALSE(accounts.group(user));
    CHECK_FALSE(accounts.password(user));
    accounts.ensure_user({.name = user});
    const auto made = accounts.user(user);
    REQUIRE(made);
    CHECK(made->uid >= 1000);
    CHECK(made->group == user);
    CHECK(made->groups.empty());
    CHECK(made->home == "/home/contract-user");
    CHECK(made->shell == "/bin/sh");
    CHECK(made->comment == "");
    CHECK(accounts.group(user)->members.empty());
    const auto password = accounts.password(user);
    REQUIRE(password);
    CHECK(password->locked);
    CHECK_FALSE(password->set);
    CHECK(password->expires == "never");
    CHECK_FALSE(subject.host().files().exists("/home/contract-user"));
}

TEST_CASE("a new user is all that is wished, with a home folder of its own") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    accounts.ensure_group({.name = group, .system = true});
    accounts.ensure_group({.name = other});
    CHECK(accounts.group(group)->gid < 1000);
    CHECK(accounts.group(other)->gid >= 1000);
    subject.host().files().make_directory(Subject::folder, {.owner = "root", .group = "root", .mode = 0755});
    accounts.ensure_user({.name = user,
                          .system = true,
                          .group = group,
                          .groups = {other},
                          .home = "/srv/contract/home",
                          .create_home = true,
                          .shell = "/usr/sbin/nologin",
                          .comment = "for a test",
                          .expires = "2099-12-31"});
    const auto made = accounts.user(user);
    REQUIRE(made);
    CHECK(made->uid < 1000);
    CHECK(made->group == group);
    CHECK(made->groups == Texts{other});
    CHECK(made->home == "/srv/contract/home");
    CHECK(made->shell == "/usr/sbin/nologin");
    CHECK(made->comment == "for a test");
    CHECK(accounts.group(other)->members == Texts{user});
    CHECK_FALSE(accounts.group(user));
    CHECK(accounts.password(user)->expires == "2099-12-31");
    const auto home = subject.host().files().status("/srv/contract/home");
    REQUIRE(home);
    CHECK(home->type == dray::host::FileType::directory);
    CHECK(home->owner == user);
    CHECK(home->group == group);
    for (const auto& name : subject.host().files().list("/srv/contract/home"))
        subject.host().files().remove("/srv/contract/home/" + name);  // what /etc/skel has
}

TEST_CASE("of a user that is there, what is wished is changed, and all else stays") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    accounts.ensure_group({.name = group});
    accounts.ensure_user({.name = user, .comment = "first"});
    const auto before = accounts.user(user);
    accounts.ensure_user({.name = user, .shell = "/bin/false"});
    CHECK(accounts.user(user)->shell == "/bin/false");
    CHECK(accounts.user(user)->comment == "first");
    CHECK(accounts.user(user)->uid == before->uid);
    accounts.ensure_user(
        {.name = user, .uid = 47123, .group = group, .home = "/srv/contract", .comment = "second"});
    const auto after = accounts.user(user);
    CHECK(after->uid == 47123);
    CHECK(after->group == group);
    CHECK(after->home == "/srv/contract");
    CHECK(after->comment == "second");
    CHECK(after->shell == "/bin/false");
    accounts.ensure_user({.name = user, .expires = "2099-12-31"});
    CHECK(accounts.password(user)->expires == "2099-12-31");
    accounts.ensure_user({.name = user, .expires = "never"});
    CHECK(accounts.password(user)->expires == "never");
}

TEST_CASE("groups of a user are added to, unless they are to be all") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    accounts.ensure_group({.name = group});
    accounts.ensure_group({.name = other});
    accounts.ensure_user({.name = user, .groups = {group}});
    accounts.ensure_user({.name = user, .groups = {other}});
    CHECK(accounts.user(user)->groups == Texts{group, other});
    accounts.ensure_user({.name = user, .groups = {other}, .groups_exclusive = true});
    CHECK(accounts.user(user)->groups == Texts{other});
    CHECK(accounts.group(group)->members.empty());
    accounts.ensure_user({.name = user, .groups_exclusive = true});
    CHECK(accounts.user(user)->groups.empty());
}

TEST_CASE("members of a group are added to, unless they are to be all") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    accounts.ensure_user({.name = user});
    accounts.ensure_group({.name = group, .gid = 47124, .members = {"root"}});
    CHECK(accounts.group(group)->gid == 47124);
    accounts.ensure_group({.name = group, .members = {user}});
    CHECK(accounts.group(group)->members == Texts{user, "root"});
    CHECK(accounts.user(user)->groups == Texts{group});
    accounts.ensure_group({.name = group, .gid = 47125, .members = {user}, .members_exclusive = true});
    CHECK(accounts.group(group)->gid == 47125);
    CHECK(accounts.group(group)->members == Texts{user});
    accounts.ensure_group({.name = group, .members_exclusive = true});
    CHECK(accounts.group(group)->members.empty());
}

TEST_CASE("numbers stand for names, and names for themselves") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    accounts.ensure_group({.name = group, .gid = 47124});
    accounts.ensure_user({.name = user, .uid = 47123});
    CHECK(accounts.user_name("0") == "root");
    CHECK(accounts.user_name("47123") == user);
    CHECK(accounts.group_name("47124") == group);
    for (const std::string text :
         {"47999", "root", "contract-nobody", "", "-1", "4294967295", "99999999999999"}) {
        CHECK(accounts.user_name(text) == text);
        CHECK(accounts.group_name(text) == text);
    }
    accounts.ensure_user({.name = user, .group = "47124"});
    CHECK(accounts.user(user)->group == group);
    accounts.ensure_user({.name = user, .group = user, .groups = {"47124"}});
    CHECK(accounts.user(user)->groups == Texts{group});
}

TEST_CASE("what cannot be is refused, and nothing of it is made") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    CHECK_THROWS_AS(accounts.ensure_user({.name = user, .group = "contract-missing"}), Error);
    CHECK_THROWS_AS(accounts.ensure_user({.name = user, .groups = {"contract-missing"}}), Error);
    CHECK_THROWS_AS(accounts.ensure_user({.name = user, .uid = 0}), Error);
    CHECK_THROWS_AS(accounts.ensure_user({.name = user, .locked = false}), Error);
    CHECK_FALSE(accounts.user(user));
    CHECK_THROWS_AS(accounts.ensure_group({.name = group, .gid = 0}), Error);
    CHECK_FALSE(accounts.group(group));
    accounts.ensure_user({.name = user});
    CHECK_THROWS_AS(accounts.ensure_user({.name = user, .locked = false}), Error);
    CHECK(accounts.password(user)->locked);
    accounts.ensure_user({.name = user, .locked = true});
    CHECK(accounts.password(user)->locked);
}

TEST_CASE("an account goes with its group, once, and its files stay") {
    Subject subject;
    auto& accounts = subject.host().accounts();
    subject.host().files().make_directory(Subject::folder, {.owner = "root", .group = "root", .mode = 0755});
    accounts.ensure_user({.name = user, .home = Subject::folder});
    CHECK_THROWS_AS(accounts.remove_group(user), Error);
    accounts.remove_user(user);
    CHECK_FALSE(accounts.user(user));
    CHECK_FALSE(accounts.group(user));
    CHECK(subject.host().files().exists(Subject::folder));
    accounts.remove_user(user);
    accounts.ensure_group({.name = group});
    accounts.remove_group(group);
    accounts.remove_group(group);
    CHECK_FALSE(accounts.group(group));
}
