// The secrets of one run.
#include "converge/vault.h"

#include "host/secret_store.h"

namespace dray::converge {

Secret Vault::reveal(const SecretReference& reference) {
    if (const auto found = printed_.find(reference); found != printed_.end()) return found->second;
    auto secret = host::read_secret(host_.files(), host_.queries(), reference, host::credentials_folder());
    redactor_.add(secret);
    if (reference.store == SecretReference::Store::command) printed_.emplace(reference, secret);
    return secret;
}

}  // namespace dray::converge
