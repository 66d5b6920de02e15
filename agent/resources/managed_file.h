// A file with a wanted content and ownership: what file, template, unit and apt_source have in common.
#pragma once

#include "host/host.h"
#include "recipe/properties.h"
#include "recipe/schema.h"
#include "resources/replacement.h"
#include "resources/state.h"

#include <filesystem>
#include <string>
#include <vector>

namespace dray::resources {

/// A regular file as it is to be, or its absence.
struct ManagedFile {
    std::filesystem::path path;
    std::string content;
    host::Ownership ownership;
    bool sensitive = false;  ///< the content is a secret
    bool present = true;
    Replacement replacement = {};  ///< how a new content takes the old one's place

    /// What is at the path: "type", and for a regular file "content", "owner", "group", "mode"; with a check
    /// also whether that was left without an answer.
    State inspect(const host::Host& host) const;
    State wanted(const host::Host& host) const;
    /// Writes, corrects or removes the file; whether it was written. Throws Error; a folder in its place is
    /// never removed.
    bool apply(host::Host& host, const State& now) const;
};

/// Numbers of users and groups become the names that the host has for them, since a host tells names.
host::Ownership named(const host::Host& host, host::Ownership ownership);

/// The keys owner, group and mode with this default mode, and state = "present" or "absent".
std::vector<recipe::Key> ownership_keys(const std::string& default_mode);

/// Throws Error when `mode` would let all users read a file that gets the secret in the value of `key`.
void check_secret_mode(const recipe::Properties& properties, const std::string& key, host::Mode mode);

/// "file", "directory", "link" or "other".
std::string type_text(host::FileType type);

/// The state of what is at a path, without content; "type" is "absent" when there is nothing.
State status_state(const host::Host& host, const std::filesystem::path& path);
State status_state(const std::optional<host::FileStatus>& status);

}  // namespace dray::resources
