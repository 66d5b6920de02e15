// What a deploy would bring: the version that apt has for it, and the files that go with that version.
#pragma once

#include "converge/deploy_record.h"
#include "converge/deploy_set.h"
#include "host/host.h"

#include <string>

namespace dray::converge {

/// A digest of what the set's files and units are to be with this version of the package installed. Throws
/// Error when one of them cannot be rendered.
std::string config_digest(const host::Host& host, const DeploySet& set, const recipe::Scope& scope,
                          const std::string& version);

/// What a deploy would bring.
struct Candidate : DeployTarget {
    std::string floor;  ///< the oldest version that can run on its schema, see Deploy::floor
};

/// What the set is to become: apt's candidate, or the version "" when there is none. Throws Error.
Candidate target_of(const host::Host& host, const DeploySet& set, const recipe::Scope& scope);

}  // namespace dray::converge
