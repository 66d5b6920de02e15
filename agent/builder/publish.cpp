// Publishing a release: all of it or nothing.
#include "builder/publish.h"

#include "builder/apt_repository.h"
#include "builder/simple_index.h"
#include "error.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <csignal>

namespace dray::builder {
namespace {

/// Keeps the signals that ask to stop waiting while it lives.
class SignalsHeld {
  public:
    SignalsHeld() {
        ::sigset_t held;
        ::sigemptyset(&held);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP})
            ::sigaddset(&held, signal);
        ::pthread_sigmask(SIG_BLOCK, &held, &before_);
    }
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

  private:
    ::sigset_t before_{};
};

/// Whether the tag is on the remote already, for these very products.
bool tagged(const Git& git, const Settings& settings, const Products& products) {
    const std::vector<Tag> tags = git.remote_tags(settings.publish.remote);
    const auto tag = std::find_if(tags.begin(), tags.end(),
                                  [&](const Tag& t) { return t.name == products.version.text(); });
    if (tag == tags.end()) return false;
    if (tag->commit == products.commit) return true;
    throw Error(fmt::format("cannot publish {} {}", settings.service.name, products.version.text()),
                fmt::format("the remote has this tag at another commit, {}", tag->commit),
                "release again: the next version is taken");
}

/// Pushes the tag, and returns when it is on the remote: an answer can be lost after the push was taken.
/// `unknown` is set while that cannot be told.
void push_tag(const Git& git, const Settings& settings, const Products& products, bool& unknown) {
    try {
        git.push(settings.publish.remote, products.version.text());
    } catch (const Error&) {
        unknown = true;
        const bool arrived = tagged(git, settings, products);
        unknown = false;
        if (!arrived) throw;
    }
}

}  // namespace

std::string tag_message(const std::string& service, const Products& products) {
    std::string message = fmt::format("{} {}\n\n", service, products.version.text());
    for (const std::string& change : products.changes)
        message += fmt::format("* {}\n", change);
    return message;
}

void publish(const host::Processes& processes, const host::Files& files, const host::Clock& clock,
             const Settings& settings, const Git& git, const Products& products,
             const std::filesystem::path& scratch, Published& state) {
    const std::string version = products.version.text();
    const std::string& remote = settings.publish.remote;
    state = Published::nothing;
    const bool push = !tagged(git, settings, products);
    if (push) {
        git.make_tag(version, products.commit, tag_message(settings.service.name, products),
                     settings.release.identity);
        git.check_push(remote, version);
    }
    IndexPublication index(processes, files, settings.publish.index);
    index.stage(products, settings.service.name);
    AptPublication apt(processes, files, clock, settings.publish, scratch / "apt");
    apt.stage(products.folder / products.deb, settings.deb.package);

    host::throw_if_interrupted();
    const SignalsHeld held;
    state = Published::partly;
    bool unknown = false;
    try {
        index.commit();
        apt.commit();
        if (push) push_tag(git, settings, products, unknown);
    } catch (...) {
        if (!unknown) {
            apt.revert();
            index.revert();
            state = Published::nothing;
            throw;
        }
        index.keep();
        apt.keep();
        throw;
    }
    index.keep();
    apt.keep();
    state = Published::all;
}

}  // namespace dray::builder
