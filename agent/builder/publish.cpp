// Publishing a release: all of it or nothing.
#include "builder/publish.h"

#include "builder/apt_repository.h"
#include "builder/durable.h"
#include "builder/python_index.h"
#include "builder/scratch.h"
#include "builder/tag_text.h"
#include "error.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <csignal>
#include <list>
#include <optional>

namespace dray::builder {
namespace fs = std::filesystem;
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

/// Both published folders, in fixed order: services that share one of them wait for each other.
class PublishedFolders {
  public:
    explicit PublishedFolders(const Settings::Publish& settings) : apt_(made(settings.apt), [] {}) {
        // A lock of the same folder twice would wait for itself.
        if (!settings.index.empty() && settings.index != settings.apt)
            index_.emplace(made(settings.index), [] {});
    }

  private:
    static const fs::path& made(const fs::path& folder) {
        make_folders(folder);
        return folder;
    }
    Lock apt_;
    std::optional<Lock> index_;
};

/// Whether the tag is on the remote already, for these very products.
bool tagged(const Publisher& with, const Products& products) {
    const std::vector<Tag> tags = with.git.remote_refs(with.settings.publish.remote).tags;
    const auto tag = std::find_if(tags.begin(), tags.end(),
                                  [&](const Tag& t) { return t.name == products.version.text(); });
    if (tag == tags.end()) return false;
    if (tag->commit == products.commit) return true;
    throw Error(fmt::format("cannot publish {} {}", with.settings.service.name, products.version.text()),
                fmt::format("the remote has this tag at another commit, {}", tag->commit),
                "release again: the next version is taken");
}

/// Pushes the tag, and returns when it is on the remote: an answer can be lost after the push was taken.
/// `unknown` is set while that cannot be told.
void push_tag(const Publisher& with, const Products& products, bool& unknown) {
    try {
        with.git.push(with.settings.publish.remote, products.version.text());
    } catch (const Error&) {
        unknown = true;
        const bool arrived = tagged(with, products);
        unknown = false;
        if (!arrived) throw;
    }
}

bool lies_below(const fs::path& path, const fs::path& folder) {
    return path.string().starts_with(folder.string() + "/");
}

std::unique_ptr<PythonIndex> index_of(const Publisher& with) {
    return python_index(with.files, with.processes, with.http, with.settings);
}

void take_back(const Publisher& with, const Products& products) {
    // In the other direction than they became visible.
    AptMaintenance maintenance(with.processes, with.clock, with.settings.publish, with.say);
    for (const BuiltPackage& deb : products.debs)
        maintenance.withdraw(suite_of_target(with.settings.publish.suite, deb.target),
                             with.settings.deb.package, deb.version);
    const auto index = index_of(with);
    if (index && index->takes_back())
        index->withdraw(products);
    else if (index && with.say)
        with.say(fmt::format("note: {} keeps what it has of {}: yank it there", index->text(),
                             products.version.text()));
    with.state.forget_publication();
}

/// How far the steps of a publication got.
struct Reached {
    bool visible = false;   ///< a client may have seen some of it
    bool unknown = false;   ///< nobody can tell whether the tag arrived
    bool for_good = false;  ///< an index has some of it that takes nothing back
};

void commit(PythonIndex& index, Reached& reached) {
    index.keep();
    reached.for_good = !index.takes_back();
    try {
        index.commit();
    } catch (...) {
        reached.visible = index.may_be_visible();
        throw;
    }
}

void do_steps(const Publisher& with, const Products& products, Reached& reached) {
    const bool push = !tagged(with, products);
    if (push) with.git.check_push(with.settings.publish.remote, products.version.text());
    // Files that nobody else can write may get a second name in place of a copy.
    const bool may_link = lies_below(products.folder, with.state.folder());
    const auto index = index_of(with);
    if (index) index->stage(products, may_link);
    std::list<AptPublication> apt;
    for (const BuiltPackage& deb : products.debs)
        apt.emplace_back(with.processes, with.clock, with.settings.publish,
                         suite_of_target(with.settings.publish.suite, deb.target), with.say)
            .stage(products.folder / deb.file, with.settings.deb.package, may_link);

    host::throw_if_interrupted();
    const SignalsHeld held;
    reached.visible = true;
    if (index) commit(*index, reached);
    for (AptPublication& each : apt)
        each.keep();
    for (AptPublication& each : apt)
        each.commit();
    if (push) push_tag(with, products, reached.unknown);
    with.state.forget_publication();
}

}  // namespace

void publish(const Publisher& with, const Products& products) {
    const std::string version = products.version.text();
    const Settings& settings = with.settings;
    const PublishedFolders locked(settings.publish);
    Reached reached;
    if (tagged(with, products)) {
        do_steps(with, products, reached);
        return;
    }
    const std::string tag = with.git.make_tag(
        version, products.commit, tag_message(settings.service.name, products), settings.release.identity,
        settings.release.signing_key, settings.publish.gnupg_home);
    for (const std::string& file : products.files())
        sync_path(products.folder / file);
    sync_path(products.folder);
    with.state.save(PublicationJournal{products.folder, products.version, products.commit, tag});
    try {
        do_steps(with, products, reached);
    } catch (...) {
        if (!reached.visible)
            with.state.forget_publication();
        else if (!reached.unknown && !reached.for_good)
            take_back(with, products);
        throw;
    }
}

void resume(const Publisher& with, const PublicationJournal& journal, const Products& products) {
    if (!journal.tag.empty() && !tagged(with, products))
        with.git.restore_tag(journal.version.text(), journal.tag);
    const PublishedFolders locked(with.settings.publish);
    Reached reached;
    do_steps(with, products, reached);
}

void withdraw(const Publisher& with, const Products& products) {
    if (tagged(with, products))
        throw Error(fmt::format("cannot take back {}", products.version.text()), "its tag is on the remote",
                    "dray-build resume ends its publication");
    const PublishedFolders locked(with.settings.publish);
    take_back(with, products);
}

}  // namespace dray::builder
