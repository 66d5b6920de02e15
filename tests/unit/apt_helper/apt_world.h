// A host's apt in a temporary folder, as libapt sees it: archives, dpkg's status, preferences.
#pragma once

#include "host/temporary_folder.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace dray::test {

/// libapt has one configuration for a whole program, so there is one of these at a time; its first use opens
/// the library.
class AptWorld {
  public:
    AptWorld();

    /// An archive NAME, declared by sources.list.d/NAME.list, whose lists have just been fetched. `fields`
    /// are more lines of its release file.
    void archive(const std::string& name, std::string_view packages, std::string_view fields = {}) const;

    /// What dpkg has on record: stanzas without the fields that all have.
    void installed(std::string_view stanzas) const;

    /// The text of apt's preferences.
    void preferences(std::string_view text) const;

    std::filesystem::path path() const;
};

/// A stanza of a Packages file. `fields` are more of its lines, each with its line's end.
std::string stanza(std::string_view name, std::string_view version, std::string_view fields = {});

}  // namespace dray::test
