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
    host::Command gpg{.argv = {"gpg", "--batch", "--no-tty", "--quiet", "--armor", "--digest-algo", "SHA512",
                               "--local-user", settings.signing_key},
                      .input = text};
    for (const std::string& key : settings.also_sign_with)
        gpg.argv.insert(gpg.argv.end(), {"--local-user", key});
    gpg.argv.push_back("--" + form);
    if (!settings.gnupg_home.empty()) gpg.environment["GNUPGHOME"] = settings.gnupg_home.string();
    return gpg;
}

std::string who(const Settings::Publish& settings) {
    return settings.signing_command.empty() ? settings.signing_key : settings.signing_command.front();
}

std::string sign(const host::Processes& processes, const Settings::Publish& settings, const std::string& form,
                 const std::string& text) {
    const std::string attempt = fmt::format("cannot sign the apt repository with {}", who(settings));
    std::string made = processes.check(signing(settings, form, text), attempt).output;
    if (made.empty()) throw Error(attempt, fmt::format("there is no output for {}", form));
    return made;
}

}  // namespace

SignedRelease sign_release(const host::Processes& processes, const Settings::Publish& settings,
                           const std::string& text) {
    // A key takes tens of milliseconds, a hardware one seconds.
    auto detached =
        std::async(std::launch::async, [&] { return sign(processes, settings, "detach-sign", text); });
    std::string in_release = sign(processes, settings, "clearsign", text);
    return {std::move(in_release), detached.get()};
}

std::string sign_text(const host::Processes& processes, const Settings::Publish& settings,
                      const std::string& text) {
    return sign(processes, settings, "clearsign", text);
}

}  // namespace dray::builder
