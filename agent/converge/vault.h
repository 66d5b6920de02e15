// The secrets of one run: read when a value needs them, and kept out of all that the run says.
#pragma once

#include "converge/redactor.h"
#include "host/host.h"
#include "secret.h"

#include <map>

namespace dray::converge {

/// Reads secrets from where they are kept on a host.
class Vault {
  public:
    /// In a dry run `host` is the pretended one: a resource above may make the file that a secret is kept in.
    explicit Vault(const host::Host& host) : host_(host) {}

    /// The secret as it is now; a command is asked once. Before it is given away, the redactor knows it.
    /// Throws Error.
    Secret reveal(const SecretReference& reference);

    const Redactor& redactor() const { return redactor_; }

  private:
    const host::Host& host_;
    Redactor redactor_;
    std::map<SecretReference, Secret> printed_;  // by commands
};

}  // namespace dray::converge
