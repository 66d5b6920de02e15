// How git reaches a remote: it asks nobody, and when it cannot, it is said what to do.
#pragma once

#include "builder/unsure.h"
#include "error.h"
#include "host/process.h"

#include <map>
#include <string>

namespace dray::builder {

/// The environment that git is run in. Of this process's own it has the ssh agent, the ssh command, and who
/// called sudo (git trusts a work tree that belongs to that user). Where nobody has named an ssh command, in
/// GIT_SSH_COMMAND or in git's configuration, over which that variable wins (git-config(1), core.sshCommand),
/// ssh asks nobody for a password or about a host key, not even on a terminal, and gives a host that is away
/// half a minute.
std::map<std::string, std::string> git_environment(const host::Processes& processes);

/// What is thrown when a remote does not answer: the same error, with what a person can do about it where git
/// or ssh say what is wrong.
Unsure unreachable(const Error& error);

/// What is thrown when `remote` does not take what is pushed: the same error, and when its disk is full one
/// whose hint says so, with the room that is left when it is a folder on this machine.
Error push_refused(const Error& error, const std::string& remote);

}  // namespace dray::builder
