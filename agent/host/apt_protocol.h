// What dray asks of its helper dray-apt and what that answers: one JSON text each way.
#pragma once

#include "host/apt.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

enum class AptVerb {
    query,    ///< refresh the sources named, then tell the candidates of the packages named
    install,  ///< make one transaction
    repair,   ///< finish what an interrupted dpkg left
};

/// A dry run's private copy of apt's lists and sources.
struct AptRehearsal {
    std::filesystem::path folder;  ///< an existing folder that only root writes and all may enter
    std::map<std::string, std::string> sources;  ///< .sources texts by name; "" takes the source away
};

/// How long a lock of apt's or dpkg's is waited for: longer than any sane upgrade of a whole release's
/// packages takes, shorter than the time between two timer runs.
constexpr auto apt_lock_wait = std::chrono::minutes(10);

struct AptRequest {
    std::string id;  ///< comes back in the answer, so that nobody takes another's answer for their own
    AptVerb verb = AptVerb::query;
    std::vector<std::string> sources = {};   ///< query: names of .sources files; missing ones are passed over
    std::vector<PackageWish> packages = {};  ///< query
    std::optional<AptRehearsal> rehearsal = {};      ///< query: answer from a private copy
    Transaction transaction = {};                    ///< install
    std::chrono::seconds lock_wait = apt_lock_wait;  ///< how long a lock of apt's or dpkg's is waited for
};

/// A package that got another version.
struct AptChange {
    std::string name;
    std::string from;  ///< "" when it was not installed
    std::string to;    ///< "" when it was removed; both are "" when only its conffiles were left to remove
    bool operator==(const AptChange&) const = default;
};

/// "install warehouse 26.11.3", "take warehouse from 26.11.2 to 26.11.3", "reinstall …", "remove …", "purge
/// …".
std::string change_text(const AptChange& change);

/// Why the request was not fulfilled: the parts of an Error.
struct AptFailure {
    std::string attempt;
    std::string cause;
    std::string hint;
    bool dpkg_ran = false;  ///< the host may have changed, and the end of the log says more
};

struct AptAnswer {
    std::string id;
    std::vector<SourceVerdict> sources = {};
    std::map<PackageWish, PackageStatus> packages = {};
    std::vector<AptChange> changes = {};  ///< install: what dpkg has done
    std::vector<std::string> done = {};   ///< repair: what was done, a line each
    std::optional<AptFailure> failure = {};
};

/// The request as one line of JSON, and back. Reading throws Error when the text is not a request.
std::string to_json(const AptRequest& request);
AptRequest request_from_json(std::string_view text);

/// The answer as one line of JSON, and back. Reading throws Error when the text is not an answer.
std::string to_json(const AptAnswer& answer);
AptAnswer answer_from_json(std::string_view text);

}  // namespace dray::host
