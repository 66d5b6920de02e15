// Users and groups held in memory, for unit tests.
#pragma once

#include "host/account.h"

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
    void ensure_user(const UserWish& wish) override;
    void ensure_group(const GroupWish& wish) override;
    void remove_user(const std::string& name) override;
    void remove_group(const std::string& name) override;

    /// How often something was really changed: what a second converge must leave alone.
    int changes() const { return changes_; }

    /// Test's hand: the user has a password from now on.
    void give_password(const std::string& user) { passwords_[user].locked = false; }

  private:
    std::string group_named(const std::string& text, const std::string& attempt) const;
    std::uint32_t free_number(bool system, bool users) const;
    void create_user(const UserWish& wish, const std::string& attempt);

    std::map<std::string, User> users_;
    std::map<std::string, Group> groups_;
    std::map<std::string, PasswordStatus> passwords_;
    int changes_ = 0;
};

}  // namespace dray::host
