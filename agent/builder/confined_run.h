// The inside of a confinement: the verb that confinement.h has dray-build run.
#pragma once

#include <string>
#include <vector>

namespace dray::builder {

constexpr int confined_not_started = 126;  ///< as sh(1) has it for what cannot be executed

/// Runs the program that the words are, as standard input says, see ConfinedCommand, in namespaces of its own
/// and without an input, and returns its exit status as a shell reports it. When this returns, nothing that
/// it started lives any more; when this process is killed, all of it is killed. Says on standard error why it
/// could not be started, and returns 126 then.
int run_confined(std::vector<std::string> words);

}  // namespace dray::builder
