// Random bytes of the kernel, fit for keys and salts.
#pragma once

#include <cstddef>
#include <string>

namespace dray::host {

/// `count` bytes that nobody can guess, at most 256: so many come in one piece. Throws Error. Source:
/// getrandom(2).
std::string random_bytes(std::size_t count);

}  // namespace dray::host
