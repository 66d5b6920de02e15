// Signatures of an apt repository.
#include "builder/signer.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <future>

namespace dray::builder {
namespace {

host::Command signing(const Settings::Publish& settings, const std::string& form, const std::string& text) {
    if (!settings.signing_command.empty()) {
        host::Command command{.argv = settings.signing_command, .input = text};
        command.argv.push_back(form);
        return command;
    }
    host::Command gpg{.argv = {"gpg", "--batch", "--no-tty", "--quiet", "--armor", "--digest-algo", "SHA512"},
                      .input = text};
    if (!settings.signing_key.empty())
        gpg.argv.insert(gpg.argv.end(), {"--local-user", settings.signing_key});
    for (const std::string& key : settings.also_sign_with)
        gpg.argv.insert(gpg.argv.end(), {"--local-user", key});
    gpg.argv.push_back("--" + form);
    if (!settings.gnupg_home.empty()) gpg.environment["GNUPGHOME"] = settings.gnupg_home.string();
    return gpg;
}

std::string who(const Settings::Publish& settings) {
    if (!settings.signing_command.empty()) return settings.signing_command.front();
    return settings.signing_key.empty() ? "gpg's own choice of a key" : settings.signing_key;
}

std::string signed_text(const host::Processes& processes, const Settings::Publish& settings,
                        const std::string& form, const std::string& text, const std::string& attempt) {
    std::string made = processes.check(signing(settings, form, text), attempt).output;
    if (made.empty()) throw Error(attempt, fmt::format("there is no output for {}", form));
    return made;
}

}  // namespace

SignedRelease sign_release(const host::Processes& processes, const Settings::Publish& settings,
                           const std::string& text) {
    const std::string attempt = fmt::format("cannot sign the apt repository with {}", who(settings));
    // A key takes tens of milliseconds, a hardware one seconds.
    auto detached = std::async(
        std::launch::async, [&] { return signed_text(processes, settings, "detach-sign", text, attempt); });
    std::string in_release = signed_text(processes, settings, "clearsign", text, attempt);
    return {std::move(in_release), detached.get()};
}

std::string clearsign(const host::Processes& processes, const Settings::Publish& settings,
                      const std::string& text) {
    return signed_text(processes, settings, "clearsign", text,
                       fmt::format("cannot sign with {}", who(settings)));
}

}  // namespace dray::builder
