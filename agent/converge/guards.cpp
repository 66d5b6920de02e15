// What guards answer.
#include "converge/guards.h"

namespace dray::converge {

GuardAnswer ask(const recipe::Guard& guard, host::Host& host, host::Ledger* ledger) {
    const host::Command command{.argv = guard.command};
    GuardAnswer answer{"`" + command.text() + "` " + (guard.wanted ? "succeeds" : "fails"), {}, {}};
    if (ledger != nullptr) {
        answer.because = "it is not run in a dry run";
        return answer;
    }
    const auto result = host.processes().run(command);
    if (result.timed_out)
        throw Error("a guard gave no answer: " + command.text(), result.outcome(), "make it faster");
    answer.holds = result.ok() == guard.wanted;
    answer.because = result.outcome();
    return answer;
}

}  // namespace dray::converge
