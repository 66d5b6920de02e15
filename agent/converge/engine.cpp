// The run itself.
#include "converge/engine.h"

#include "converge/deploys.h"
#include "converge/intents.h"
#include "converge/item.h"
#include "converge/redacting_observer.h"
#include "converge/stepper.h"
#include "converge/vault.h"
#include "host/interrupt.h"
#include "host/overlay_host.h"
#include "host/systemd_late_reload.h"
#include "resources/registry.h"

#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <optional>

namespace dray::converge {
namespace {

class Engine {
  public:
    /// `overlay` is the host of a dry run, whose `host` then is; a null pointer otherwise.
    Engine(host::Host& host, host::OverlayHost* overlay, const recipe::Book& book, const Options& options,
           const std::vector<Observer*>& observers, Vault& vault)
        : systemd_(host.systemd()),
          host_(host.files(), host.processes(), host.accounts(), systemd_, host.apt(), host.http(),
                host.clock(), host.queries()),
          vault_(vault),
          ledger_(overlay != nullptr ? &overlay->ledger() : nullptr),
          options_(options),
          observers_(observers),
          scope_(scope(book.scope)),
          renderer_(scope_),
          deploy_store_(host_.files(), options.state_folder) {
        items_.reserve(book.declarations.size());
        for (std::size_t i = 0; i < book.declarations.size(); ++i)
            items_.emplace_back(book.declarations[i], book.bound.at(i));
        run_.started = host.clock().now();
        run_.id = fmt::format("{}-{}", host::utc_text(run_.started), ::getpid());
        run_.dry_run = options.dry_run;
        run_.recipes = options.recipes;
        if (options.earlier != nullptr) go_on_from(*options.earlier);
        if (options.dry_run && options.promise.key != nullptr) run_.plan_key = options.promise.key->name();
    }

    Run run() {
        tell([&](Observer& observer) { observer.started(run_); });
        try {
            body();
        } catch (const Error& error) {
            run_.error = error;
        } catch (const std::exception& error) {
            run_.error =
                Error("cannot finish the run", error.what(), "this is a fault of dray: please report it");
        }
        host_.apt().follow({});
        judge_repair();
        settle();
        if (deploys_) run_.deploys = deploys_->reports();
        run_.superseded = run_.superseded && !run_.error;
        still_owed();
        adopt();
        run_.sources = host_.apt().verdicts();
        run_.sizes = host_.apt().sizes();
        run_.sizes.download += earlier_sizes_.download;
        run_.sizes.growth += earlier_sizes_.growth;
        run_.newer.merge(host_.apt().newer());
        run_.apt = host_.apt().story();
        run_.finished = host_.clock().now();
        if (run_.superseded)
            tell([&](Observer& observer) { observer.superseded(run_, run_.steps.back().resource); });
        else
            tell([&](Observer& observer) { observer.finished(run_); });
        return std::move(run_);
    }

  private:
    /// What was done is done; all else is looked at again.
    void go_on_from(const Run& earlier) {
        run_.id = earlier.id;
        run_.started = earlier.started;
        run_.repairs = earlier.repairs;
        run_.adopted = earlier.adopted;
        earlier_sizes_ = earlier.sizes;
        run_.newer = earlier.newer;
        for (const auto& step : earlier.steps)
            if (step.outcome == Outcome::changed) run_.steps.push_back(step);
    }

    template <typename Call>
    void tell(Call call) const {
        for (Observer* observer : observers_)
            call(*observer);
    }

    recipe::Scope scope(recipe::Scope scope) const {
        scope.package_version = [this](const std::string& package) -> std::optional<std::string> {
            const auto version = host_.apt().installed(package);
            return version.empty() ? std::nullopt : std::optional(version);
        };
        scope.secret = [this](const SecretReference& reference) { return vault_.reveal(reference); };
        return scope;
    }

    void body() {
        if (options_.dry_run) {
            run_.repair_needed = host_.apt().needs_repair();
            host_.apt().rehearse();
        } else {
            repair();
        }
        host_.apt().follow([this](std::string_view line) {
            tell([&](Observer& observer) { observer.progress(run_, "apt", line); });
        });
        intents_.emplace(host_.files(), Intents::file_in(options_.state_folder), options_.dry_run);
        if (options_.dry_run) owed_before_ = intents_->all();
        open_deploys();
        stepper_.emplace(Stepper::Parts{host_, ledger_, renderer_, *intents_, items_, vault_.redactor(),
                                        options_.promise, *deploys_});
        for (const auto& item : items_)
            if (!item.resource->is_check()) item.resource->expect(host_);
        if (!options_.dry_run) {
            deploys_->open();
            for (auto& item : items_)
                foresee(item);
        }
        for (auto& item : items_) {
            host::throw_if_interrupted();
            host_.systemd().go_on();
            if (!stopped_by_.empty()) {
                leave_out(item);
                continue;
            }
            step(item);
            if (run_.steps.back().outcome == Outcome::changed && recipes_changed()) {
                run_.superseded = true;
                return;  // what others are owed by this change is on disk
            }
            at_once(item.id);
        }
        late_notifications();
        deploys_->close([this](const Item& item) { return stepper_->is_bad(item); });
    }

    /// Lets a check ask meanwhile what it will ask when nothing is changed until then. Whatever its question
    /// rests on has to be known now; secrets are revealed at their own time.
    void foresee(Item& item) {
        if (!item.resource->is_check() || item.bound.secrets) return;
        try {
            item.bind_late(renderer_);
        } catch (const Error&) {
            return;  // its own turn will tell
        }
        item.resource->expect(host_);
    }

    void open_deploys() {
        deploys_.emplace(
            Deployment::Parts{host_, deploy_store_, renderer_, scope_, *intents_, vault_.redactor(), run_.id,
                              options_.dry_run, options_.rollback ? &*options_.rollback : nullptr,
                              [this](const DeployReport& report) {
                                  tell([&](Observer& observer) { observer.deployed(run_, report); });
                              },
                              [this](const std::string& resource, std::string_view line) {
                                  tell([&](Observer& observer) { observer.progress(run_, resource, line); });
                              }},
            items_);
    }

    bool recipes_changed() const {
        return !options_.dry_run && options_.recipes_changed && options_.recipes_changed();
    }

    /// Also after a run that ended early: what was changed is to be known to the manager.
    void settle() {
        try {
            systemd_.settle();
        } catch (const Error& error) {
            if (!run_.error) run_.error = error;
        }
    }

    /// What dray-apt has finished for runs that are gone. By now whatever was under way has been waited for.
    void adopt() {
        if (options_.dry_run) return;
        try {
            for (auto& line : host_.apt().unreported())
                run_.adopted.push_back(std::move(line));
        } catch (const std::exception& error) {
            run_.adopted.push_back(fmt::format("what came of it cannot be told: {}", error.what()));
        }
    }

    void still_owed() {
        if (!intents_) return;  // the run ended before it
        if (intents_->corrupt())
            run_.still_owed.push_back("what earlier runs left undone, but their record could not be read: " +
                                      (options_.state_folder / "intents.json.corrupt").string());
        for (const auto& intent : intents_->all()) {
            // What a dry run owes it owes to changes that nobody has made.
            if (options_.dry_run && !owed_before_.contains(intent)) continue;
            const bool known = std::ranges::find(items_, intent.target, &Item::id) != items_.end();
            run_.still_owed.push_back(fmt::format(
                "{} of {}, for {}{}", intent.action, intent.target, intent.source,
                known ? ""
                      : fmt::format(", which this run does not have (dray forget '{}')", intent.target)));
        }
    }

    void repair() {
        if (!host_.apt().needs_repair()) return;
        const auto progress = [&](std::string_view line) {
            tell([&](Observer& observer) { observer.progress(run_, "repair", line); });
        };
        // A repair is to take nothing from where the recipe does not allow it; all else is expected later, as
        // the repair may change the answers.
        for (const auto& item : items_)
            for (const auto& wish : item.resource->wishes())
                host_.apt().expect_package(wish);
        try {
            free_rooms(host_.files(), options_.state_folder);
            for (auto& line :
                 host_.apt().repair(progress, kept_packages(host_.files(), options_.state_folder))) {
                tell([&](Observer& observer) { observer.repaired(run_, line); });
                run_.repairs.push_back(std::move(line));
            }
            host_.forget_expected();  // what was answered before it
        } catch (const Error& error) {
            host::throw_if_interrupted();
            repair_error_ =
                error.during("cannot heal what an earlier run of dpkg left");  // the rest converges
        }
    }

    /// What could not be finished as it was left may have been replaced since, by a newer version say.
    void judge_repair() {
        if (!repair_error_) return;
        if (!host_.apt().needs_repair())
            run_.repairs.push_back(
                "what an earlier run of dpkg left could not be finished, and was replaced");
        else if (!run_.error)
            run_.error = repair_error_;
    }

    void step(Item& item) {
        tell([&](Observer& observer) { observer.step_started(run_, item.id); });
        report(stepper_->step(item, [&](std::string_view line) {
            tell([&](Observer& observer) { observer.progress(run_, item.id, line); });
        }));
        const auto outcome = run_.steps.back().outcome;
        if (outcome == Outcome::failed) host::throw_if_interrupted();
        if (!options_.dry_run) {
            deploys_->after(item, run_.steps.back());
            deploys_->finish(
                [this](const Item& each) { return stepper_->reached(each) && !stepper_->owed(each); });
        }
        if ((outcome == Outcome::failed || outcome == Outcome::unreachable) && item.on_failure() == "stop")
            stopped_by_ = item.id;
    }

    void report(Step step) {
        run_.steps.push_back(std::move(step));
        tell([&](Observer& observer) { observer.step_finished(run_, run_.steps.back()); });
    }

    /// Reports a resource that the run has stopped before.
    void leave_out(const Item& item) {
        Step step;
        step.resource = item.id;
        step.recipe = item.declaration->recipe;
        step.where = item.declaration->where();
        step.outcome = Outcome::unreached;
        step.reason = "the failure of " + stopped_by_ + " has stopped the run";
        report(std::move(step));
    }

    /// What is wanted right after the change of `source`: of a resource that has not had its turn yet only
    /// when it is as wanted otherwise, since more of what it needs may come before its turn.
    void at_once(const std::string& source) {
        const auto outcome = run_.steps.back().outcome;
        if (outcome != Outcome::changed && !is_open(outcome)) return;
        for (auto& item : items_) {
            if (!item.at_once || !stopped_by_.empty()) continue;
            if (!stepper_->owes(source, item) || !stepper_->owed(item)) continue;
            if (stepper_->reached(item) ? !stepper_->may_act(item) : !stepper_->as_wanted(item)) continue;
            host::throw_if_interrupted();
            step(item);
            at_once(item.id);
        }
    }

    /// Actions that a later resource owes to an earlier one. One of them may owe another: references make no
    /// circle, so this comes to an end.
    void late_notifications() {
        for (bool again = true; again;) {
            again = false;
            for (auto& item : items_) {
                if (!stopped_by_.empty()) return;
                if (!stepper_->may_act(item) || !stepper_->owed(item)) continue;
                host::throw_if_interrupted();
                step(item);
                again = true;
            }
        }
    }

    host::LateReload systemd_;
    host::Host host_;
    Vault& vault_;
    host::Ledger* ledger_;  // of a dry run alone
    const Options& options_;
    const std::vector<Observer*>& observers_;
    recipe::Scope scope_;
    recipe::Renderer renderer_;
    std::vector<Item> items_;
    DeployStore deploy_store_;
    std::optional<Deploys> deploys_;
    std::optional<Intents> intents_;
    std::set<Intent> owed_before_;  ///< of a dry run alone
    std::optional<Error> repair_error_;
    host::AptSizes earlier_sizes_;  ///< of a run that this one goes on from
    std::optional<Stepper> stepper_;
    std::string stopped_by_;  // whose failure is the end of the run; "" while it goes on
    Run run_;
};

}  // namespace

Run converge(host::Host& host, const recipe::Book& book, const Options& options,
             const std::vector<Observer*>& observers) {
    std::optional<host::OverlayHost> overlay;
    if (options.dry_run) overlay.emplace(host);
    host::Host& seen = overlay ? overlay->host() : host;
    Vault vault(seen);
    RedactingObserver redacting(vault.redactor(), observers);
    const std::vector<Observer*> watched = {&redacting};
    Engine(seen, overlay ? &*overlay : nullptr, book, options, watched, vault).run();
    return redacting.take_shown();
}

void check(const recipe::Book& book, recipe::Problems& problems) {
    for (const auto& bound : book.bound) {
        if (!bound.sound) continue;
        try {
            resources::make(bound.properties);
        } catch (const Error& error) {
            problems.add(error);
        }
    }
    const bool gates = std::ranges::any_of(
        book.bound, [](const recipe::Bound& bound) { return bound.properties.has("gate_for"); });
    const bool sound =
        std::ranges::all_of(book.bound, &recipe::Bound::sound);  // not where something is unknown
    if (!gates || !problems.empty()) return;
    if (!sound) {
        problems.note(
            Error("cannot check what the gates of deploys are for", "something of it is unknown here"));
        return;
    }
    std::vector<Item> items;
    for (std::size_t i = 0; i < book.declarations.size(); ++i)
        items.emplace_back(book.declarations[i], book.bound.at(i));
    check_gates(items, problems);
}

}  // namespace dray::converge
