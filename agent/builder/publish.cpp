// Publishing a release: all of it or nothing.
#include "builder/publish.h"

#include "builder/durable.h"
#include "builder/package_archive.h"
#include "builder/path_within.h"
#include "builder/python_index.h"
#include "builder/scratch.h"
#include "builder/signer.h"
#include "builder/tag_text.h"
#include "error.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

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
    PublishedFolders(const fs::path& archive, const fs::path& index,
                     const std::function<void(const std::string&)>& say) {
        if (!archive.empty()) lock(archive_, archive, say);
        // A lock of the same folder twice would wait for itself.
        if (!index.empty() && index != archive) lock(index_, index, say);
    }

  private:
    static void lock(std::optional<Lock>& lock, const fs::path& folder,
                     const std::function<void(const std::string&)>& say) {
        make_folders(folder);
        lock.emplace(folder, [&] {
            if (say) say(fmt::format("waiting for somebody else who changes {}", folder.string()));
        });
    }

    std::optional<Lock> archive_;
    std::optional<Lock> index_;
};

/// Whether the tag is on the remote already, for these very products.
bool tagged(const Publisher& with, const Products& products) {
    const std::vector<Tag> tags = with.git.remote_refs(with.settings.publish.remote).tags;
    const auto tag = std::find_if(tags.begin(), tags.end(),
                                  [&](const Tag& t) { return t.name == products.version.text(); });
    if (tag == tags.end()) return false;
    if (tag->commit == products.commit) return true;
    throw NumberTaken(
        fmt::format("cannot publish {} {}", with.settings.service.name, products.version.text()),
        fmt::format("the remote has this tag at another commit, {}", tag->commit),
        "release again: the next number is taken");
}

/// Pushes the tag, and returns when it is on the remote: an answer can be lost after the push was taken.
/// `unknown` is set while that cannot be told.
void push_tag(const Publisher& with, const Products& products, bool& unknown) {
    try {
        with.git.push(with.settings.publish.remote, products.version.text());
    } catch (const Error&) {
        unknown = true;
        bool arrived = false;
        try {
            arrived = tagged(with, products);
        } catch (const NumberTaken&) {
            unknown = false;
            throw;
        }
        unknown = false;
        if (!arrived) throw;
    }
}

std::unique_ptr<PythonIndex> index_of(const Publisher& with) {
    return python_index(with.files, with.processes, with.http, with.settings);
}

std::unique_ptr<PackageArchive> archive_of(const Publisher& with) {
    return package_archive(with.processes, with.files, with.clock, with.settings, with.state.records(),
                           with.say);
}

PublishedFolders locked_folders(const Publisher& with) {
    return {archive_of(with)->folder(), with.settings.publish.index, with.say};
}

/// How far the steps of a publication got.
struct Reached {
    bool index = false;     ///< a client may have seen some of it in the Python index
    bool archive = false;   ///< and there
    bool unknown = false;   ///< nobody can tell whether the tag arrived
    bool for_good = false;  ///< an index or an archive has some of it that takes nothing back

    bool visible() const { return index || archive; }
};

constexpr Reached perhaps_all{.index = true,
                              .archive = true};  ///< of an earlier run, which may have got that far

/// In the other direction than it became visible.
void take_back(const Publisher& with, const Products& products, const Reached& reached) {
    with.state.add_taken_back(products);
    const auto archive = reached.archive ? archive_of(with) : nullptr;
    if (archive && archive->takes_back())
        archive->withdraw(products);
    else if (archive && with.say)
        with.say(fmt::format("note: {} keeps what it has of {}: remove it there", archive->text(),
                             products.version.text()));
    const auto index = reached.index ? index_of(with) : nullptr;
    if (index && index->takes_back())
        index->withdraw(products);
    else if (index && with.say)
        with.say(fmt::format("note: {} keeps what it has of {}: yank it there", index->text(),
                             products.version.text()));
    with.state.forget_publication();
}

/// After a step that has failed, which is what the caller tells of.
void try_to_take_back(const Publisher& with, const Products& products, const Reached& reached) {
    try {
        take_back(with, products, reached);
    } catch (const std::exception& error) {  // of the disk as well: the journal stays
        if (with.say) with.say(fmt::format("note: it is not taken back: {}", error.what()));
    }
}

/// Whether another release has published one of the products' names, with bytes of its own.
bool are_others(const std::map<std::string, std::string>& there, const Products& products) {
    const auto ours = products.digests();
    return std::any_of(there.begin(), there.end(), [&](const auto& file) {
        const auto same = ours.find(file.first);
        return same != ours.end() && same->second != file.second;
    });
}

/// When the number is somebody else's, for good: no later run could end it.
void give_up(const Publisher& with, const Products& products, Reached reached) {
    const auto index = reached.index ? index_of(with) : nullptr;
    if (index && are_others(index->published(), products)) reached.index = false;
    const auto archive = reached.archive ? archive_of(with) : nullptr;
    const auto packages = archive ? archive->published(products) : std::nullopt;
    if (packages && are_others(*packages, products)) reached.archive = false;
    take_back(with, products, reached);
}

/// Of a Python index or a package archive; `visible` is set when a client may have seen some of it.
template <typename Place>
void commit(Place& place, bool& visible, bool& for_good) {
    place.keep();
    try {
        place.commit();
    } catch (...) {
        visible = place.may_be_visible();
        for_good = for_good || (visible && !place.takes_back());
        throw;
    }
    visible = true;
    for_good = for_good || !place.takes_back();
}

void do_steps(const Publisher& with, const Products& products, Reached& reached) {
    const bool push = !tagged(with, products);
    if (push) with.git.check_push(with.settings.publish.remote, products.version.text());
    // Files that nobody else can write may get a second name in place of a copy.
    const bool may_link = is_within(products.folder, with.state.folder());
    const auto index = index_of(with);
    if (index) index->stage(products, may_link);
    const auto archive = archive_of(with);
    const bool wanted = push || !archive->complete(products);
    if (wanted) archive->stage(products, may_link);

    host::throw_if_interrupted();
    const SignalsHeld held;
    if (index) commit(*index, reached.index, reached.for_good);
    if (wanted) commit(*archive, reached.archive, reached.for_good);
    if (push) push_tag(with, products, reached.unknown);
    with.state.forget_publication();
}

}  // namespace

void publish(const Publisher& with, const Products& products) {
    const std::string version = products.version.text();
    const Settings& settings = with.settings;
    const PublishedFolders locked = locked_folders(with);
    Reached reached;
    if (tagged(with, products)) {
        do_steps(with, products, reached);
        return;
    }
    std::string tag = with.git.make_tag(
        version, products.commit, tag_message(settings.service.name, products), settings.release.identity);
    if (!settings.release.signing_key.empty()) {
        tag = with_signature(with.processes, tag, settings.release.signing_key, settings.publish.gnupg_home);
        with.git.restore_tag(version, tag);
    }
    for (const std::string& file : products.files())
        sync_path(products.folder / file);
    sync_path(products.folder);
    with.state.save(PublicationJournal{products.folder, products.version, products.commit, tag});
    try {
        do_steps(with, products, reached);
    } catch (const NumberTaken&) {
        if (reached.visible())
            give_up(with, products, reached);
        else
            with.state.forget_publication();
        throw;
    } catch (...) {
        if (!reached.visible())
            with.state.forget_publication();
        else if (!reached.unknown && !reached.for_good)
            try_to_take_back(with, products, reached);
        throw;
    }
}

void resume(const Publisher& with, const PublicationJournal& journal, const Products& products) {
    const PublishedFolders locked = locked_folders(with);
    try {
        if (!journal.tag.empty() && !tagged(with, products))
            with.git.restore_tag(journal.version.text(), journal.tag);
        Reached reached;
        do_steps(with, products, reached);
    } catch (const NumberTaken&) {
        give_up(with, products, perhaps_all);
        throw;
    }
}

void withdraw(const Publisher& with, const Products& products) {
    const PublishedFolders locked = locked_folders(with);
    try {
        if (tagged(with, products))
            throw Error(fmt::format("cannot take back {}", products.version.text()),
                        "its tag is on the remote", "dray-build resume ends its publication");
    } catch (const NumberTaken&) {
        give_up(with, products, perhaps_all);
        return;
    }
    take_back(with, products, perhaps_all);
}

}  // namespace dray::builder
