// libapt opened and its error channel tamed: what it complains of becomes log lines and Errors.
#include "apt_helper/library.h"

#include "error.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/error.h>
#include <apt-pkg/init.h>
#include <apt-pkg/pkgsystem.h>

#include <iostream>
#include <utility>

namespace dray::apt_helper {

void open_library() {
    if (!pkgInitConfig(*_config)) fail("cannot read apt's configuration");
    // Without this the candidate ignores phased updates. Source: apt's policy.cc, option
    // APT::Get::Phase-Policy.
    _config->Set("APT::Get::Phase-Policy", true);
    if (!pkgInitSystem(*_config, _system)) fail("cannot start apt's library");
    take_errors();
}

std::string take_errors() {
    std::string errors;
    while (!_error->empty()) {
        std::string text;
        const bool is_error = _error->PopMessage(text);
        say((is_error ? "error: " : "warning: ") + text);
        if (!is_error) continue;
        if (!errors.empty()) errors += "; ";
        errors += text;
    }
    return errors;
}

std::string silent_errors() {
    std::string errors;
    while (!_error->empty()) {
        std::string text;
        if (!_error->PopMessage(text)) continue;
        errors += (errors.empty() ? "" : "; ") + text;
    }
    return errors;
}

void fail(std::string attempt, std::string hint) {
    std::string cause = take_errors();
    if (cause.empty()) cause = no_words;
    throw Error(std::move(attempt), std::move(cause), std::move(hint));
}

void say(std::string_view line) {
    std::cout << line << std::endl;  // flushed, as dpkg writes to the same file
}

}  // namespace dray::apt_helper
