// Users and groups held in memory, for unit tests.
#pragma once

#include "host/account.h"

#include <functional>
#include <map>
#include <string>

namespace dray::host {

/// Begins with user and group root. Errors are those of the distribution's tools.
class MemoryAccounts final : public Accounts {
  public:
    MemoryAccounts();

    std::optional<User> user(const std::string& name) const override;
    std::optional<Group> group(const std::string& name) const override;
    std::optional<PasswordStatus> password(const std::string& user) const override;
    std::string user_name(const std::string& text) const override;
    std::string group_name(const std::string& text) const override;
    void ensure_user(const UserWish& wish) override;
    void ensure_group(const GroupWish& wish) override;
    void remove_user(const std::string& name) override;
    void remove_group(const std::string& name) override;

    /// Makes home folders of new users that are to have one: the host's files, which know the users in turn.
    void make_homes(std::function<void(const User&)> make) { make_home_ = std::move(make); }

    /// How often something was really changed: what a second converge must leave alone.
    int changes() const { return changes_; }

    /// Test's hand: the user has a password from now on.
    void give_password(const std::string& user) {
        passwords_[user].locked = false;
        passwords_[user].set = true;
    }

  private:
    std::string group_named(const std::string& text, const std::string& attempt) const;
    std::uint32_t free_number(bool system, bool users) const;
    void create_user(const UserWish& wish, const std::string& attempt);

    std::map<std::string, User> users_;
    std::map<std::string, Group> groups_;
    std::map<std::string, PasswordStatus> passwords_;
    std::function<void(const User&)> make_home_;
    int changes_ = 0;
};

}  // namespace dray::host
