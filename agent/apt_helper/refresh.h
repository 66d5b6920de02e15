// Sources are refreshed one by one, and judged by what really arrived.
#pragma once

#include "apt_helper/lock.h"
#include "apt_helper/survey.h"
#include "error.h"
#include "host/apt.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// Whether apt's hooks around an update (APT::Update::Pre-Invoke and its like) run: they do in earnest, as
/// for `apt-get update`, and not in a rehearsal.
enum class Hooks { run, skip };

struct Refreshed {
    std::vector<host::SourceVerdict> sources;
    std::vector<RefreshedRelease> releases;  ///< each that was asked for, whatever came of it
};

/// One of the host's files of sources cannot be read, so that libapt takes none of them.
class SourcesUnreadable : public Error {
  public:
    using Error::Error;
    std::vector<host::SourceVerdict> verdicts;  ///< on those that were to be refreshed, or were already
};

/// Refreshes the releases that these .sources files (NAME.sources in apt's folder) name, and the lists of no
/// others. A file that is not there is passed over. Signature, hashes, Valid-Until and everything else is
/// judged by libapt, with the host's configuration; what it cannot be talked into is a repository without a
/// valid signature, unless the source itself says `Trusted` or `Allow-Insecure`. A release that is older than
/// the known one is refused as well. One that sets no Valid-Until is warned of when it is older than
/// `max_age` says for the source. A download that does not end is given up after Dray::Refresh-Limit seconds
/// of apt.conf(5), 600 without it; one that has more bytes than it may have at once, and the
/// other sources are then refreshed without it. Throws Error when apt's own state is unusable,
/// SourcesUnreadable among it, and never for a repository's fault.
Refreshed refresh(const std::vector<std::string>& names,
                  const std::map<std::string, std::chrono::seconds>& max_age, Hooks hooks,
                  LockPatience& patience);

}  // namespace dray::apt_helper
