// What apt's policy would install: pins, holds, default release and phasing, and nothing of our own.
#include "apt_helper/candidates.h"

#include "apt_helper/choice.h"
#include "apt_helper/library.h"

#include <apt-pkg/cachefile.h>
#include <apt-pkg/pkgrecords.h>

#include <optional>

namespace dray::apt_helper {
namespace {

using host::PackageWish;

/// apt's lists, read without any lock.
class Lists {
  public:
    Lists() {
        if (!file_.BuildCaches(nullptr, false) || !file_.BuildPolicy())
            fail("cannot read apt's lists",
                 "a list that was fetched is not what it should be: publish the repository again, or take "
                 "its source "
                 "away");
        take_errors();
        sources_.emplace(file_);
        records_.emplace(file_);
    }

    Choice choice(const PackageWish& wish) { return {file_, *records_, *sources_, wish}; }

  private:
    pkgCacheFile file_;
    std::optional<SourceFiles> sources_;
    std::optional<pkgRecords> records_;
};

}  // namespace

std::map<PackageWish, host::PackageStatus> candidates(const std::vector<PackageWish>& wishes) {
    std::map<PackageWish, host::PackageStatus> answer;
    if (wishes.empty()) return answer;
    Lists lists;
    for (const PackageWish& wish : wishes)
        answer[wish] = lists.choice(wish).status();
    return answer;
}

std::vector<host::AptExplanation> explanations(const std::vector<PackageWish>& wishes) {
    std::vector<host::AptExplanation> answer;
    Lists lists;
    for (const PackageWish& wish : wishes)
        answer.push_back(lists.choice(wish).explain());
    return answer;
}

}  // namespace dray::apt_helper
