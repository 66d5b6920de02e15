// Users and groups as a dry run would leave them.
#pragma once

#include "host/account.h"
#include "host/ledger.h"
#include "host/overlay_files.h"

#include <map>
#include <optional>
#include <string>

namespace dray::host {

/// Reads through to `base`, which it never changes. An account that is not there while the ledger has
/// somebody who may bring it is answered as not there, with a doubt. The number of a new account that no wish
/// gives cannot be foreseen and is `unknown_number`.
class OverlayAccounts final : public Accounts {
  public:
    static constexpr std::uint32_t unknown_number = 0xFFFFFFFF;  ///< nobody's: -1 to chown(2)

    OverlayAccounts(const Accounts& base, OverlayFiles& files, Ledger& ledger)
        : base_(base), files_(files), ledger_(ledger) {}

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
    template <typename Account>
    using Changed = std::map<std::string, std::optional<Account>>;  // nothing: it was removed

    template <typename Account>
    std::optional<Account> found(const Changed<Account>& changed, std::optional<Account> real,
                                 const std::string& kind, const std::string& name) const;
    void enter(const std::string& group, const std::string& user, bool member);
    void tell_groups(const std::string& user, const std::vector<std::string>& before);
    std::string group_named(const std::string& text, const std::string& attempt) const;
    void create_user(const UserWish& wish);
    void change_user(const UserWish& wish, User user);

    const Accounts& base_;
    OverlayFiles& files_;
    Ledger& ledger_;
    Changed<User> users_;
    Changed<Group> groups_;
    std::map<std::string, PasswordStatus> passwords_;
};

}  // namespace dray::host
