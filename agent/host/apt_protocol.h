// What dray asks of its helper dray-apt and what that answers: one JSON text each way.
#pragma once

#include "host/apt.h"
#include "host/apt_survey.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

enum class AptVerb {
    query,     ///< refresh the sources named, then tell the candidates of the packages named
    explain,   ///< tell of the packages named why their candidates are what they are
    plan,      ///< tell what one transaction would change, and change nothing
    install,   ///< make one transaction
    repair,    ///< finish what an interrupted dpkg left
    fetch,     ///< keep the .deb of one version of a package
    download,  ///< bring what one transaction needs into apt's archives, and change nothing
};

/// A dry run's private copy of apt's lists, sources, preferences and settings.
struct AptRehearsal {
    std::filesystem::path folder;  ///< an existing folder that only root writes and all may enter
    /// Texts by path, of files in sources.list.d, preferences.d and apt.conf.d of /etc/apt; "" takes the
    /// file away.
    std::map<std::string, std::string> files;
};

/// Which .deb is to be kept, and where; see Apt::fetch.
struct AptFetch {
    std::string name = {};
    std::string version = {};
    std::filesystem::path folder = {};
};

/// How long a lock of apt's or dpkg's is waited for: longer than any sane upgrade of a whole release's
/// packages takes, shorter than the time between two timer runs.
constexpr auto apt_lock_wait = std::chrono::minutes(10);

/// What dray-apt is asked for; the verbs beside a member are those that look at it.
struct AptRequest {
    std::string id;  ///< comes back in the answer, so that nobody takes another's answer for their own
    AptVerb verb = AptVerb::query;
    std::vector<std::string> sources = {};  ///< query: names of .sources files; missing ones are passed over
    /// query: how old lists without Valid-Until may be, by source; the default where it does not say
    std::map<std::string, std::chrono::seconds> max_age = {};
    std::vector<PackageWish> packages = {};          ///< query, explain
    bool survey = false;                             ///< query: tell what the answers rest on
    std::optional<AptRehearsal> rehearsal = {};      ///< query, plan: answer from a private copy
    Transaction transaction = {};                    ///< plan, install, download; its `from`: repair
    AptFetch fetch = {};                             ///< fetch
    std::vector<KeptPackage> kept = {};              ///< repair: what may be unpacked again
    std::chrono::seconds lock_wait = apt_lock_wait;  ///< how long a lock of apt's or dpkg's is waited for
};

/// Why the request was not fulfilled: the parts of an Error.
struct AptFailure {
    std::string attempt;
    std::string cause;
    std::string hint;
    bool dpkg_ran = false;        ///< the host may have changed, and the end of the log says more
    bool lists_outdated = false;  ///< the lists name files that the repository no longer has
    bool unreachable = false;     ///< a repository did not answer
    bool beyond_plan = false;     ///< it would be more than was announced or planned
};

/// What it answers.
struct AptAnswer {
    std::string id;
    std::vector<SourceVerdict> sources = {};
    std::map<PackageWish, PackageStatus> packages = {};
    std::optional<AptSurvey> survey = {};
    std::vector<AptExplanation> explanations = {};  ///< explain: one per package, in order
    /// plan: what dpkg would do; install: what it has done, without changes when it has failed half-way
    TransactionResult result = {};
    std::vector<std::string> done = {};  ///< repair: what was done, a line each
    KeptPackage kept = {};               ///< fetch: where it is now
    std::optional<AptFailure> failure = {};
};

/// The request as one line of JSON, and back. Reading throws Error when the text is not a request.
std::string to_json(const AptRequest& request);
AptRequest request_from_json(std::string_view text);

/// The answer as one line of JSON, and back. Reading throws Error when the text is not an answer, or the
/// answer to another request than `id`; "" takes any.
std::string to_json(const AptAnswer& answer);
AptAnswer answer_from_json(std::string_view text, std::string_view id = {});

}  // namespace dray::host
