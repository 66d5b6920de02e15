// The resource type `user`.
#pragma once

#include "recipe/schema.h"
#include "resources/resource.h"

#include <optional>

namespace dray::resources {

/// A user account and the keys that let people log in to it.
class User final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for lines that are no public keys, and for a date that is none.
    explicit User(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;

  private:
    /// The file of keys as it is: its text, and who may do what with it. Nothing when there is none.
    struct KeyFile {
        std::string text;
        std::string access;
    };
    std::optional<KeyFile> key_file(const host::Host& host) const;
    /// The wish with the names of groups that it has numbers for.
    host::UserWish named_wish(const host::Host& host) const;
    std::string home_of(const host::Host& host) const;
    void write_keys(host::Host& host) const;

    host::UserWish wish_;
    bool present_;
    std::optional<std::vector<std::string>> keys_;
    bool keys_exclusive_;
};

}  // namespace dray::resources
