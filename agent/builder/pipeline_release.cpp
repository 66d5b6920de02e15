// How dray-build's verbs release a commit: what comes first, what is left out, and all the steps in order.
#include "builder/checks.h"
#include "builder/pipeline.h"
#include "builder/test_run.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace dray::builder {
namespace {

constexpr std::size_t shown_command = 60;

/// Text of somebody else for one line of the terminal: short, and without what could redraw it.
std::string shown(std::string text, std::size_t limit) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
        --limit;
    return text.substr(0, limit) + "…";
}

}  // namespace

void Pipeline::end_earlier_run() {
    if (!state_.publication()) {
        give_back();
        return;
    }
    // It has its own commit and its own settings.
    progress_.note("an earlier run was cut off while it published; going on with that first");
    const Request wanted = std::exchange(
        request_,
        {.repository = request_.repository, .commit = {}, .host = request_.host, .work = {}, .version = {}});
    const bool ended = end_publication();
    request_ = wanted;
    open(Need::release);
    ended_ = ended && products_.commit == commit_.id;
}

bool Pipeline::end_publication() {
    try {
        finish_journal();
        return true;
    } catch (const NumberTaken& error) {
        progress_.note(
            fmt::format("note: {} is given up, and a release of its commit gets another number: {}",
                        products_.version.text(), error.parts().cause));
        return false;
    }
}

void Pipeline::test() {
    if (settings_.test.command.empty()) {
        progress_.note("note: [test] command is not set, so no tests are run");
        return;
    }
    progress_.step("tests", [&] {
        const Scratch folder;  // which goes when they have ended
        git_->check_out(commit_.id, folder.path() / "tests/checkout");
        run_tests(machine_.processes, settings_, folder.path() / "tests");
        return shown(host::Command{.argv = settings_.test.command}.text(), shown_command);
    });
}

std::optional<std::string> Pipeline::released() const {
    return in_order_ ? released_in(*git_, commit_.id, refs_.tags, settings_.publish.remote)
                     : released_as(commit_.id, refs_.tags);
}

void Pipeline::refuse_released() const {
    if (const auto why = released())
        throw Released(fmt::format("cannot release {} {}", settings_.service.name, short_hash(commit_.id)),
                       *why, "push a new commit to release again");
}

void Pipeline::release_locked() {
    refuse_released();
    test_and_prepare();
    try {
        progress_.step("version", [&] {
            refs_ = git_->remote_refs(settings_.publish.remote);  // another build host may have been faster
            refuse_released();
            reserve_version();
            return products_.version.text();
        });
        make_products();
        products_.save(machine_.files);
        make_public();
    } catch (const NumberTaken& error) {
        throw Unsure(error);  // the next run takes the next one
    } catch (...) {
        if (!state_.publication()) give_back();
        throw;
    }
}

void Pipeline::begin_release() {
    open(Need::release);
    progress_.note(fmt::format("{} {}: {}", settings_.service.name, short_hash(commit_.id),
                               shown(commit_.subject, shown_command)));
    nobodys_fault([&] {
        lock();
        end_earlier_run();
    });
}

Products Pipeline::release() {
    attempt([&] {
        begin_release();
        if (ended_) return;
        refuse_own(commit_, OwnCommits(machine_.files, state_.folder() / "own"), settings_);
        release_locked();
    });
    return products_;
}

std::optional<Products> Pipeline::release_push(const std::string& before, const OwnCommits& own) {
    in_order_ = true;
    attempt([&] {
        clone();
        if (!git_->is_reachable(request_.commit)) {
            leave_out_pushed_over();
            return;
        }
        begin_release();
        if (ended_) return;
        why_skipped_ = released().value_or(std::string());
        if (own.only_ours(git_->commits(before, commit_.id)))
            why_skipped_ = "all of it was made by the release process";
        if (why_skipped_.empty()) release_locked();
    });
    if (why_skipped_.empty()) return products_;
    progress_.note(fmt::format("nothing to release: {}", why_skipped_));
    return {};
}

void Pipeline::leave_out_pushed_over() {
    const std::string commit = request_.commit;
    nobodys_fault([&] {
        lock();
        if (state_.publication()) {
            ended_ = end_publication() && products_.commit == commit;
        } else {
            settings_ = read_settings({}, request_.host, Need::nothing);
            give_back();
        }
    });
    if (!ended_) why_skipped_ = "it was pushed over: no branch or tag has it any more";
}

}  // namespace dray::builder
