// Which conffiles a transaction left as the administrator had made them, and which it replaced.
#pragma once

#include "host/apt.h"

#include <map>
#include <string>

namespace dray::apt_helper {

/// Looks at conffiles before and after dpkg ran. dpkg's record of a conffile is the hash of the version that
/// the package brought, whatever is in the file. Source: Debian Policy, appendix "Automatic handling of
/// configuration files by dpkg".
class ConffileWatch {
  public:
    /// Reads what is there before. `contents`: the files' own hashes too, without which replaced ones cannot
    /// be told.
    explicit ConffileWatch(bool contents);

    /// Adds to `result` the conffiles of which a new version has come and that are none of it, and those that
    /// were changed on this host before and are so no longer.
    void tell(host::TransactionResult& result) const;

  private:
    std::map<std::string, std::string> recorded_;  ///< path to hash of the version that the package brought
    std::map<std::string, std::string> contents_;  ///< path to hash of the file, where it differs
};

}  // namespace dray::apt_helper
