// How dray-build's verbs publish a release, go on with a publication and take it back.
#include "builder/package_archive.h"
#include "builder/pipeline.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::builder {
namespace fs = std::filesystem;

void Pipeline::publishing(const std::function<void()>& how) {
    try {
        // A key that is locked, a disk that is full: the commit is not to blame.
        nobodys_fault([&] {
            progress_.step("publish", [&] {
                how();
                const auto python = index();
                return fmt::format("{}{}{}, tag {}", python ? python->text() : "", python ? ", " : "",
                                   archive()->text(), products_.version.text());
            });
        });
    } catch (const NumberTaken&) {
        give_back();
        throw;
    } catch (const Unsure& error) {
        if (!state_.publication()) throw;
        const auto python = index();
        const bool index_keeps = python && !python->takes_back();
        const std::string keeps = index_keeps               ? "the index"
                                  : archive()->takes_back() ? std::string()
                                                            : archive()->text();
        throw Unsure(Error(
            fmt::format("{} {} is published in part", settings_.service.name, products_.version.text()),
            error.what(),
            fmt::format("once that is mended, dray-build resume --repository {} ends it with the same bytes, "
                        "and so does the next release; dray-build abandon {}",
                        request_.repository,
                        keeps.empty() ? "takes it back"
                                      : fmt::format("gives it up, and what {} has stays there", keeps))));
    }
    give_back();  // the tag has taken its place
    tidy();
    if (request_.work.empty()) fs::remove_all(state_.products());
}

void Pipeline::tidy() {
    try {
        archive()->tidy(products_);
    } catch (const std::exception& error) {  // of the disk as well: the release stands
        progress_.note(fmt::format("note: the repository was not tidied: {}", error.what()));
    }
}

void Pipeline::make_public() {
    publishing([&] { builder::publish(publisher(), products_); });
}

PublicationJournal Pipeline::open_journal() {
    PublicationJournal journal = *state_.publication();
    clone();
    // A branch that was pushed over may no longer hold the commit; the reservation does.
    const auto own = read_settings({}, request_.host, Need::nothing).publish.remote;
    if (!git_->has(journal.commit)) git_->fetch(own, std::string(reserved_refs) + journal.version.text());
    request_.commit = journal.commit;
    open(Need::publish);
    products_ = Products::load(machine_.files, journal.products);
    if (products_.version != journal.version || products_.commit != journal.commit)
        throw Error(
            fmt::format("cannot go on with the publication of {}", journal.version.text()),
            fmt::format("{} has the products of {}", journal.products.string(), products_.version.text()),
            fmt::format("put those of {} back there: dray-build verify {} tells whether they are the same",
                        journal.version.text(), journal.version.text()));
    return journal;
}

void Pipeline::finish_journal() {
    PublicationJournal journal;
    nobodys_fault([&] { journal = open_journal(); });
    publishing([&] { builder::resume(publisher(), journal, products_); });
}

Products Pipeline::publish() {
    attempt([&] { publish_taken(); });
    return products_;
}

void Pipeline::publish_taken() {
    products_ = take_products(Need::publish);
    const bool whole = settings_.service.recipes
                           ? !products_.debs.empty()
                           : !products_.sdist.empty() && !products_.wheel.empty() && !products_.debs.empty();
    if (!whole)
        throw Error(fmt::format("cannot publish {}", products_.version.text()),
                    "sdist, wheel and package are published together, and one of them is not built",
                    settings_.service.recipes ? "run dray-build deb first"
                                              : "run dray-build dist and dray-build deb first");
    lock();
    if (const auto journal = state_.publication()) {
        if (journal->version != products_.version || journal->products != products_.folder)
            throw Error(fmt::format("cannot publish {}", products_.version.text()),
                        fmt::format("{} is published in part", journal->version.text()),
                        "end that first: dray-build resume");
        finish_journal();
        return;
    }
    const std::vector<Version> tagged = versions_of(refs_.tags);
    if (std::find(tagged.begin(), tagged.end(), products_.version) == tagged.end()) {
        give_back();
        refuse_taken_back();
        reservations().take_exactly(products_.version, products_.commit);
    }
    make_public();
}

std::optional<Products> Pipeline::resume() {
    std::optional<Products> resumed;
    attempt([&] {
        lock();
        if (state_.publication()) {
            finish_journal();
            resumed = products_;
        } else if (!state_.reservations().empty()) {
            clone();
            give_back();
        }
    });
    return resumed;
}

std::optional<Products> Pipeline::abandon() {
    std::optional<Products> abandoned;
    attempt([&] {
        lock();
        if (!state_.publication()) return;
        open_journal();
        progress_.step("abandon", [&] {
            withdraw(publisher(), products_);
            return products_.version.text();
        });
        give_back();
        abandoned = products_;
    });
    return abandoned;
}

}  // namespace dray::builder
