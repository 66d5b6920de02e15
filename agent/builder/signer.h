// Signatures of an apt repository, made by gpg or by a command of the build host.
#pragma once

#include "builder/settings.h"
#include "host/process.h"

#include <string>

namespace dray::builder {

/// The two forms in which a Release file is signed (the Debian wiki's repository format).
struct SignedRelease {
    std::string in_release;  ///< the text within its signature
    std::string signature;   ///< Release.gpg: the signature alone, armoured
};

/// Signs the text of a Release file with each configured key, without any with gpg's default key.
/// `signing_command`, when set, is run instead, once with the word "clearsign" and once with "detach-sign"
/// added: it reads the text from its standard input and writes the result to its output. Throws Error with
/// the program's words when one of them fails: no such key, expired, the agent locked.
SignedRelease sign_release(const host::Processes& processes, const Settings::Publish& settings,
                           const std::string& text);

/// The same of any text, in the form that has the text within.
std::string clearsign(const host::Processes& processes, const Settings::Publish& settings,
                      const std::string& text);

}  // namespace dray::builder
