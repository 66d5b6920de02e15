// dray-apt: reads one request, lets libapt fulfil it, and writes one answer. Started by dray, not by people.
#include "apt_helper/candidates.h"
#include "apt_helper/detach.h"
#include "apt_helper/fetch.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "apt_helper/refresh.h"
#include "apt_helper/rehearsal.h"
#include "apt_helper/repair.h"
#include "apt_helper/streams.h"
#include "apt_helper/survey.h"
#include "apt_helper/transaction.h"
#include "error.h"
#include "host/apt_protocol.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::AptAnswer;
using host::AptRequest;
using host::AptVerb;

constexpr int exit_usage = 64;  // as dray's own; see sysexits.h

struct Arguments {
    std::filesystem::path request;  ///< "" is standard input
    std::filesystem::path answer;   ///< "" is standard output
    std::filesystem::path log;      ///< "" is standard error
    bool detach = false;            ///< work in a session of its own; needs --log
};

/// Throws Error for anything it does not know.
Arguments read_arguments(int count, char** words) {
    Arguments arguments;
    for (int place = 1; place < count; ++place) {
        const std::string_view word = words[place];
        const bool has_value = place + 1 < count;
        if (word == "--detach")
            arguments.detach = true;
        else if (word == "--request" && has_value)
            arguments.request = words[++place];
        else if (word == "--answer" && has_value)
            arguments.answer = words[++place];
        else if (word == "--log" && has_value)
            arguments.log = words[++place];
        else
            throw Error("cannot read the command line", "unexpected " + std::string(word),
                        "dray-apt [--request FILE] [--answer FILE] [--log FILE [--detach]]");
    }
    if (arguments.detach && arguments.log.empty())
        throw Error("cannot read the command line", "--detach needs --log FILE");
    return arguments;
}

/// Nobody is there to answer a question, and dray itself decides on restarts.
void set_environment() {
    constexpr std::pair<const char*, const char*> variables[] = {
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"LC_ALL", "C.UTF-8"},
        {"DEBIAN_FRONTEND", "noninteractive"},
        {"DEBCONF_NONINTERACTIVE_SEEN", "true"},
        {"APT_LISTCHANGES_FRONTEND", "none"},
        {"APT_LISTBUGS_FRONTEND", "none"},
        {"NEEDRESTART_SUSPEND", "1"},  // see its apt-pinvoke
        {"UCF_FORCE_CONFFOLD", "1"},   // ucf(1): the administrator's version stays
    };
    for (const auto& [name, value] : variables)
        ::setenv(name, value, 1);
    // Files that maintainer scripts make must not depend on who called dray.
    ::umask(S_IWGRP | S_IWOTH);
}

void query(const AptRequest& request, AptAnswer& answer, std::int64_t begun, LockPatience& patience) {
    if (request.rehearsal) enter(*request.rehearsal);
    const auto hooks = request.rehearsal ? Hooks::skip : Hooks::run;
    Refreshed refreshed;
    try {
        if (!request.sources.empty()) refreshed = refresh(request.sources, request.max_age, hooks, patience);
    } catch (const SourcesUnreadable& error) {
        answer.sources = error.verdicts;
        throw;
    }
    answer.sources = std::move(refreshed.sources);
    Survey survey(begun);
    const bool wanted = request.survey && !request.rehearsal;
    if (wanted) survey.begin(refreshed.releases);
    answer.packages = candidates(request.packages);
    if (wanted) answer.survey = survey.end();
}

void fulfil(const AptRequest& request, AptAnswer& answer, DpkgRan& dpkg_ran) {
    const auto begun = host::file_clock();
    if (request.rehearsal) enter_configuration(*request.rehearsal);
    open_library();
    LockPatience patience(request.lock_wait);
    switch (request.verb) {
        case AptVerb::query:
            return query(request, answer, begun, patience);
        case AptVerb::explain:
            answer.explanations = explanations(request.packages);
            return;
        case AptVerb::plan:
            if (request.rehearsal) enter(*request.rehearsal);
            answer.result = plan(request.transaction);
            return;
        case AptVerb::install:
            answer.result = install(request.transaction, patience, dpkg_ran);
            return;
        case AptVerb::download:
            return download(request.transaction, patience);
        case AptVerb::repair:
            answer.done = repair(request.kept, request.transaction.from, patience, dpkg_ran);
            return;
        case AptVerb::fetch:
            answer.kept = fetch(request.fetch, patience);
            return;
    }
}

/// What is written is whole whatever happens: an error is an answer too.
int serve(const Arguments& arguments, const AptRequest& request, const AnswerOutput& output) {
    AptAnswer answer;
    answer.id = request.id;
    DpkgRan dpkg_ran;
    try {
        open_log(arguments.log);
        fulfil(request, answer, dpkg_ran);
    } catch (const Error& error) {
        const auto& parts = error.parts();
        const bool outdated = dynamic_cast<const host::ListsOutdated*>(&error) != nullptr;
        const bool unreachable = dynamic_cast<const host::RepositoryUnreachable*>(&error) != nullptr;
        const bool beyond = dynamic_cast<const host::BeyondPlan*>(&error) != nullptr;
        answer.result = dpkg_ran.left;
        answer.failure = {.attempt = parts.attempt,
                          .cause = parts.cause,
                          .hint = parts.hint,
                          .dpkg_ran = dpkg_ran.value,
                          .lists_outdated = outdated,
                          .unreachable = unreachable,
                          .beyond_plan = beyond};
    } catch (const std::exception& error) {
        answer.failure = {"cannot use apt", error.what(), "", dpkg_ran.value};
    }
    output.write(to_json(answer));
    return answer.failure ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run(int count, char** words) {
    const Arguments arguments = read_arguments(count, words);
    const AptRequest request = host::request_from_json(read_request(arguments.request));
    const AnswerOutput output(arguments.answer);
    set_environment();
    const auto work = [&] { return serve(arguments, request, output); };
    return arguments.detach ? run_detached(arguments.log, work) : work();
}

}  // namespace
}  // namespace dray::apt_helper

int main(int count, char** words) {
    try {
        return dray::apt_helper::run(count, words);
    } catch (const std::exception& error) {
        std::cerr << "dray-apt: " << error.what() << std::endl;
        return dray::apt_helper::exit_usage;
    }
}
