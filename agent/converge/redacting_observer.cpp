// Between a run and those who watch it.
#include "converge/redacting_observer.h"

namespace dray::converge {

void RedactingObserver::started(const Run& run) {
    shown_ = run;
    for (Observer* observer : observers_)
        observer->started(shown_);
}

void RedactingObserver::repaired(const Run&, std::string_view line) {
    for (Observer* observer : observers_)
        observer->repaired(shown_, redactor_.clean(line));
}

void RedactingObserver::step_started(const Run&, std::string_view resource) {
    for (Observer* observer : observers_)
        observer->step_started(shown_, resource);
}

void RedactingObserver::progress(const Run&, std::string_view resource, std::string_view line) {
    for (Observer* observer : observers_)
        observer->progress(shown_, resource, redactor_.clean(line));
}

void RedactingObserver::step_finished(const Run&, const Step& step) {
    shown_.steps.push_back(step);
    redactor_.clean(shown_.steps.back());
    for (Observer* observer : observers_)
        observer->step_finished(shown_, shown_.steps.back());
}

/// Its reasons were cleaned before they were written to disk.
void RedactingObserver::deployed(const Run&, const DeployReport& report) {
    for (Observer* observer : observers_)
        observer->deployed(shown_, report);
}

void RedactingObserver::superseded(const Run& run, std::string_view resource) {
    clean(run);
    for (Observer* observer : observers_)
        observer->superseded(shown_, resource);
}

void RedactingObserver::finished(const Run& run) {
    clean(run);
    for (Observer* observer : observers_)
        observer->finished(shown_);
}

/// Takes over all but the steps, which were shown already.
void RedactingObserver::clean(const Run& run) {
    static_cast<RunHead&>(shown_) = run;
    for (auto* texts : {&shown_.repairs, &shown_.adopted, &shown_.still_owed})
        for (auto& text : *texts)
            text = redactor_.clean(text);
    for (auto& source : shown_.sources)
        source.message = redactor_.clean(source.message);
    if (shown_.error) shown_.error = redactor_.clean(*shown_.error);
}

}  // namespace dray::converge
