// Signatures of an apt repository, made by gpg or by a command of the build host, and of tags.
#pragma once

#include "builder/settings.h"
#include "error.h"
#include "host/process.h"

#include <filesystem>
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
/// the program's words when one of them fails: no such key, expired, the agent locked. Nobody is ever asked
/// for a passphrase.
SignedRelease sign_release(const host::Processes& processes, const Settings::Publish& settings,
                           const std::string& text);

/// The same of any text, in the form that has the text within.
std::string clearsign(const host::Processes& processes, const Settings::Publish& settings,
                      const std::string& text);

/// Whether a signature failed since the key is locked and its passphrase is not at hand.
bool tells_of_locked_key(const Error& error);

/// The text of an annotated tag with its signature by that key, made by gpg, behind it
/// (gitformat-signature(5), "Tag signatures"). "" is gpg's own key ring. Throws Error as above.
std::string with_signature(const host::Processes& processes, const std::string& tag, const std::string& key,
                           const std::filesystem::path& gnupg_home);

}  // namespace dray::builder
