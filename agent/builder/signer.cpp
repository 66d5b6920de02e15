// Signatures of an apt repository.
#include "builder/signer.h"

#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace dray::builder {
namespace {

/// The agent uses the passphrases that it has, and a card that is unlocked; where it would ask somebody, it
/// says "No pinentry" (gpg(1), --pinentry-mode error).
host::Command by_gpg(const std::filesystem::path& gnupg_home, const std::vector<std::string>& keys,
                     const std::string& form, const std::string& text) {
    host::Command gpg{.argv = {"gpg", "--batch", "--no-tty", "--pinentry-mode", "error", "--quiet", "--armor",
                               "--digest-algo", "SHA512"},
                      .input = text};
    for (const std::string& key : keys)
        gpg.argv.insert(gpg.argv.end(), {"--local-user", key});
    gpg.argv.push_back("--" + form);
    if (!gnupg_home.empty()) gpg.environment["GNUPGHOME"] = gnupg_home.string();
    return gpg;
}

host::Command signing(const Settings::Publish& settings, const std::string& form, const std::string& text) {
    if (!settings.signing_command.empty()) {
        host::Command command{.argv = settings.signing_command, .input = text};
        command.argv.push_back(form);
        return command;
    }
    std::vector<std::string> keys = settings.also_sign_with;
    if (!settings.signing_key.empty()) keys.insert(keys.begin(), settings.signing_key);
    return by_gpg(settings.gnupg_home, keys, form, text);
}

std::string who(const Settings::Publish& settings) {
    if (!settings.signing_command.empty()) return settings.signing_command.front();
    return settings.signing_key.empty() ? "gpg's own choice of a key" : settings.signing_key;
}

/// What gpg says of a key that it may ask nobody about.
constexpr auto asks_somebody = "No pinentry";

/// What a person can do about what gpg says.
std::string advice_on(const std::string& said) {
    if (said.find(asks_somebody) != said.npos)
        return "the key is locked, and nobody is asked: give its passphrase to an agent that goes on running "
               "(gpg-connect-agent /bye, then gpg-preset-passphrase --preset), or have another program sign "
               "([publish] signing_command); dray-build(1), KEYS";
    if (said.find("Unusable secret key") != said.npos)
        return "it may have expired: gpg --list-secret-keys tells, gpg --quick-set-expire gives it more "
               "time; "
               "dray-build(1), KEYS";
    return {};
}

std::string output_of(const host::Processes& processes, const host::Command& command,
                      const std::string& attempt) {
    try {
        std::string made = processes.check(command, attempt).output;
        if (made.empty()) throw Error(attempt, fmt::format("there is no output of {}", command.argv.front()));
        return made;
    } catch (const Error& error) {
        Error::Parts parts = error.parts();
        if (parts.hint.empty()) parts.hint = advice_on(parts.cause);
        throw Error(std::move(parts));
    }
}

}  // namespace

SignedRelease sign_release(const host::Processes& processes, const Settings::Publish& settings,
                           const std::string& text) {
    const std::string attempt = fmt::format("cannot sign the apt repository with {}", who(settings));
    // A key takes tens of milliseconds, a hardware one seconds.
    auto detached = std::async(std::launch::async, [&] {
        return output_of(processes, signing(settings, "detach-sign", text), attempt);
    });
    std::string in_release = output_of(processes, signing(settings, "clearsign", text), attempt);
    return {std::move(in_release), detached.get()};
}

std::string clearsign(const host::Processes& processes, const Settings::Publish& settings,
                      const std::string& text) {
    return output_of(processes, signing(settings, "clearsign", text),
                     fmt::format("cannot sign with {}", who(settings)));
}

bool tells_of_locked_key(const Error& error) {
    return error.parts().cause.find(asks_somebody) != std::string::npos;
}

std::string with_signature(const host::Processes& processes, const std::string& tag, const std::string& key,
                           const std::filesystem::path& gnupg_home) {
    return tag + output_of(processes, by_gpg(gnupg_home, {key}, "detach-sign", tag),
                           fmt::format("cannot sign the tag with {}", key));
}

}  // namespace dray::builder
