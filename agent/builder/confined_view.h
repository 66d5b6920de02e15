// The file system as a confined program sees it.
#pragma once

#include "builder/confined_words.h"

#include <vector>

namespace dray::builder {

/// Makes the view the root of this process, whose mount namespace must be one of its own, and leaves nothing
/// of the file system as it was (mount_namespaces(7), pivot_root(2)). All of it but what is writable is
/// read-only, and nothing has set-user-ID bits or device nodes that count, but for the devices. The root of
/// it is in memory, and each folder that something is put at is found without symbolic links. Throws Error.
void enter_view(const std::vector<Seen>& view);

}  // namespace dray::builder
