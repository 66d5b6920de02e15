// The end of the program.
#include "finish.h"

#include "commands.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace dray {

void finish(int code) {
    std::cout.flush();
    std::fflush(nullptr);
    if (std::cout || code != 0) std::_Exit(code);
    std::fputs("error: standard output could not be written\n", stderr);
    std::_Exit(exit_failed);
}

}  // namespace dray
