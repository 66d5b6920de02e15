// The end of the program.
#pragma once

namespace dray {

/// Ends the program with this exit code, or with 1 in place of 0 when what was written to standard output
/// cannot be sent. Nothing is taken apart: to destroy what a run was made of takes as long as to look at ten
/// resources, libraries would tidy up for as long again, and the kernel does it anyhow.
[[noreturn]] void finish(int code);

}  // namespace dray
