// What guards answer, in a run and in a dry run.
#pragma once

#include "converge/run.h"
#include "host/host.h"
#include "host/ledger.h"
#include "recipe/declaration.h"

namespace dray::converge {

/// Asks a guard. In a dry run, which has a `ledger`, a command that may change something is not run, and what
/// rests on things that nobody can foresee has no answer. Throws Error for a command that cannot be started
/// or does not end.
GuardAnswer ask(const recipe::Guard& guard, host::Host& host, host::Ledger* ledger);

}  // namespace dray::converge
