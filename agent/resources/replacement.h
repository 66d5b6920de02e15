// How a new content takes a file's place: the earlier content is kept, the new one is checked.
#pragma once

#include "host/host.h"
#include "recipe/properties.h"
#include "recipe/schema.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::resources {

/// What a recipe says of replacing a file. By default it is just written.
///
/// Earlier contents are kept as /var/lib/dray/backups/PATH.~N~, the highest N the latest: not beside the
/// file, as programs read all that lies in a conf.d, and for root alone, whoever could read the file.
///
/// A check whose arguments have "{path}" gets a copy beside the file, with the final owner and mode, before
/// the file is touched: beside it so that what the content includes by relative paths is found. A check
/// without it looks at the whole of a program's configuration (`nginx -t` for a site), so the file is put in
/// place first, and the old one comes back when the check fails. What was there is on disk before that
/// (/var/lib/dray/unchecked): after a kill in between the next run asks the check again, and knows the way
/// back.
struct Replacement {
    std::int64_t backups = 0;                ///< how many earlier contents are kept
    std::vector<std::string> validate = {};  ///< the check and its arguments; empty for none
    bool sensitive = false;                  ///< the content is a secret, and the check's words may hold it

    /// Takes it from the keys of `replacement_keys` and 'sensitive'. Throws Error for a number of backups
    /// that is none.
    static Replacement from(const recipe::Properties& properties);

    /// Puts a file with this content at `path`. Throws Error with the check's words when it fails; then what
    /// was there before is there.
    void write(host::Host& host, const std::filesystem::path& path, std::string_view content,
               const host::Ownership& ownership) const;

    /// Removes the file, having kept its content.
    void remove(host::Host& host, const std::filesystem::path& path) const;

    /// Whether what is at `path` was put there by a run that died before the check had answered.
    bool unchecked(const host::Host& host, const std::filesystem::path& path) const;

    /// "checked by `nginx -t` before it stays", for the notes of a resource; empty without a check.
    std::vector<std::string> notes() const;
};

/// The keys backup and validate.
std::vector<recipe::Key> replacement_keys();

}  // namespace dray::resources
