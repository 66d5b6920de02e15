// A dry run's private copy of apt's lists and settings, so that the host's own stay as they are.
#pragma once

#include "host/apt_protocol.h"

namespace dray::apt_helper {

/// Has libapt read the rehearsal's apt.conf.d in place of the host's own. Called before libapt reads its
/// configuration. Throws Error.
void enter_configuration(const host::AptRehearsal& rehearsal);

/// Points libapt to a private copy in the rehearsal's folder: the lists as links to the host's files (a
/// download replaces the link and never what it points to), sources and preferences as links too, with the
/// given texts in their place, and no cache on disk. The lists of an earlier call on the same folder are
/// kept. Throws Error.
void enter(const host::AptRehearsal& rehearsal);

}  // namespace dray::apt_helper
