// Seam to the account databases: users and groups, read by libc, changed by the distribution's own tools.
#pragma once

#include "error.h"
#include "host/process.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// A user as the system knows it. Source: passwd(5).
struct User {
    std::string name;
    std::uint32_t uid = 0;
    std::string group;                ///< primary group's name, or number when no group has it
    std::vector<std::string> groups;  ///< supplementary groups, sorted
    std::string home;
    std::string shell;
    std::string comment;  ///< the GECOS field
};

/// What shadow(5) says of a user.
struct PasswordStatus {
    /// No password lets anybody in: it is locked, or there never was one that could.
    bool locked = false;
    bool set = false;               ///< there is one, behind a lock maybe
    std::string expires = "never";  ///< the day from which on nobody can log in: "2027-01-31"
};

/// A group as the system knows it. Source: group(5).
struct Group {
    std::string name;
    std::uint32_t gid = 0;
    std::vector<std::string> members = {};  ///< those that the group's own line names, sorted
};

/// What a user is to be. Empty fields are left to the system's defaults, or as they are.
struct UserWish {
    std::string name;
    bool system = false;  ///< a number from the system range, no ageing; only for a new user
    std::optional<std::uint32_t> uid = {};
    std::string group = {};
    std::vector<std::string> groups = {};  ///< supplementary groups that the user must be in
    bool groups_exclusive = false;         ///< and in no others
    std::string home = {};
    bool create_home = false;  ///< make the home folder of a new user
    std::string shell = {};
    std::string comment = {};
    std::optional<bool> locked = {};  ///< the password; one that was never set cannot be unlocked
    std::string expires = {};         ///< "2027-01-31", or "never"
};

/// What a group is to be. An empty number is left to the system, or as it is.
struct GroupWish {
    std::string name;
    bool system = false;
    std::optional<std::uint32_t> gid = {};
    std::vector<std::string> members = {};  ///< users that must be in it
    bool members_exclusive = false;         ///< and no others
};

/// The number that a text is, for users and groups: 0 to 2^32 - 2, since the highest means "none" to
/// chown(2).
std::optional<std::uint32_t> account_number(const std::string& text);

/// Nothing lets a user in that has no password, and an empty one would let in everybody.
Error no_password_to_unlock(const std::string& user);

/// The members that a group is to have, sorted.
std::vector<std::string> members_wanted(const GroupWish& wish, const std::vector<std::string>& now);

/// Users and groups of one host.
class Accounts {
  public:
    virtual ~Accounts() = default;

    /// The user, or nothing when there is none. Throws Error when the database cannot be read.
    virtual std::optional<User> user(const std::string& name) const = 0;
    /// The same of a group.
    virtual std::optional<Group> group(const std::string& name) const = 0;
    /// The user's password and expiry, or nothing when there is no such user. Root alone may ask.
    virtual std::optional<PasswordStatus> password(const std::string& user) const = 0;

    /// The name that a wish means which gives a number: "root" for "0". All else stays as it is: names, which
    /// win when they look like a number, as in chown(1), and numbers that nobody has. Throws Error when the
    /// database cannot be read.
    virtual std::string user_name(const std::string& text) const = 0;
    virtual std::string group_name(const std::string& text) const = 0;

    /// Creates the user when there is none, else changes what differs from the wish. A new user's password is
    /// locked. Throws Error with the tool's own words.
    virtual void ensure_user(const UserWish& wish) = 0;
    /// The same of a group, which has no password.
    virtual void ensure_group(const GroupWish& wish) = 0;

    /// Removes the account, never its files. Nothing there is no error.
    virtual void remove_user(const std::string& name) = 0;
    virtual void remove_group(const std::string& name) = 0;
};

/// The real thing: getpwnam_r(3) and its like; useradd(8), usermod(8), groupadd(8), groupmod(8), gpasswd(1),
/// userdel(8), groupdel(8).
class SystemAccounts final : public Accounts {
  public:
    explicit SystemAccounts(const Processes& processes) : processes_(processes) {}

    std::optional<User> user(const std::string& name) const override;
    std::optional<Group> group(const std::string& name) const override;
    std::optional<PasswordStatus> password(const std::string& user) const override;
    std::string user_name(const std::string& text) const override;
    std::string group_name(const std::string& text) const override;
    void ensure_user(const UserWish& wish) override;
    void ensure_group(const GroupWish& wish) override;
    void remove_user(const std::string& name) override;
    void remove_group(const std::string& name) override;

  private:
    const Processes& processes_;
};

}  // namespace dray::host
