// Programs and servers in a dry run.
#include "host/overlay_programs.h"

#include "error.h"
#include "host/program_places.h"

#include <algorithm>
#include <utility>

namespace dray::host {

Result OverlayProcesses::run(const Command& command) const {
    const std::string attempt =
        "cannot start " + (command.argv.empty() ? std::string("a program") : command.argv.front());
    if (command.argv.empty() || command.argv.front().empty()) throw Error(attempt, "no program is named");
    // The lookup notes the doubt when somebody may bring the user.
    if (!command.user.empty() && !accounts_.user(command.user) && ledger_.unforeseen().empty())
        throw Error(attempt, "there is no user " + command.user,
                    "create it first, with a user resource above this one");
    if (!finds(command)) {
        auto until = ledger_.unforeseen();
        if (until.empty())
            throw Error(attempt, "there is no such program",
                        "see its name, or install it first, with a package resource above this one");
        ledger_.doubt(
            {Doubt::Weight::condition, "whether there is " + command.argv.front(), std::move(until)});
    }
    for (const auto& path : command.makes)
        files_.foretell(path);
    return {.exit_code = command.success.front()};
}

bool OverlayProcesses::finds(const Command& command) const {
    return base_.finds(command) || std::ranges::any_of(program_places(command), [this](const auto& path) {
               return files_.exists(path);
           });
}

void OverlayQueries::doubt(const Command& command) const {
    auto until = ledger_.disturbers();
    if (!until.empty())
        ledger_.doubt({Doubt::Weight::state, "what `" + command.text() + "` answers", std::move(until)});
}

Result OverlayQueries::run(const Command& command) const {
    try {
        auto result = base_.run(command);
        if (!result.ok()) doubt(command);
        return result;
    } catch (const Error&) {
        doubt(command);
        throw;
    }
}

void OverlayHttp::doubt(const std::string& question) const {
    auto until = ledger_.disturbers();
    if (!until.empty()) ledger_.doubt({Doubt::Weight::state, question, std::move(until)});
}

HttpResponse OverlayHttp::get(const HttpRequest& request) const {
    doubt("what the server answers");
    return base_.get(request);
}

std::vector<HttpOutcome> OverlayHttp::get_all(const std::vector<HttpRequest>& requests) const {
    doubt("what the servers answer");
    return base_.get_all(requests);
}

void OverlayHttp::connect(const Endpoint& endpoint) const {
    doubt("whether anybody listens");
    base_.connect(endpoint);
}

}  // namespace dray::host
