// What apt has said of packages before a change of them, and whether it would say so after it.
#pragma once

#include "host/apt.h"
#include "host/apt_dpkg.h"

#include <map>
#include <optional>
#include <string>

namespace dray::host {

/// apt's answers by what was asked.
using AptAnswers = std::map<PackageWish, PackageStatus>;

/// Answers, and what dpkg had on record of these packages at that time.
class AnswersBeforeChange {
  public:
    AnswersBeforeChange(AptAnswers answers, const DpkgDatabase& dpkg);

    /// The answers as apt would give them now, when nothing but dpkg's records has changed; nothing when they
    /// may be others. They are the same for a package of which dpkg has the same on record as before. They
    /// are the same, too, when the candidate is what is installed now: whatever the wish and the preferences
    /// are, of the versions that fit it had the highest priority, and was the highest of these; what is
    /// installed may only rule out lower ones. Source: apt's policy.cc, pkgPolicy::GetCandidateVer.
    std::optional<AptAnswers> still_true() const;

  private:
    std::map<std::string, std::string> records() const;

    AptAnswers answers_;
    const DpkgDatabase& dpkg_;
    std::map<std::string, std::string> before_;  ///< by package
};

}  // namespace dray::host
