// The download of a refresh, whose lists are tried before they take the place of those that are there.
#pragma once

#include "apt_helper/acquire_log.h"
#include "apt_helper/refresh_selection.h"

#include <apt-pkg/acquire.h>

#include <chrono>
#include <set>
#include <string_view>

namespace dray::apt_helper {

/// How the error of an index begins that libapt could not use.
constexpr std::string_view unusable_index = "apt cannot use this index: ";

/// Fails what libapt could not use (see list_defect) when all has come: what is signed need not be an index.
/// With one item that has failed, libapt puts none of its release into its lists.
class RefreshLog final : public AcquireLog {
  public:
    /// `limit` as AcquireLog has it. `selection` is what is refreshed, and outlives this object.
    RefreshLog(std::chrono::seconds limit, const Selection& selection)
        : AcquireLog(limit), selection_(selection) {}

    /// `fetcher` is the pkgAcquire that it was made for, and is there as long as that runs.
    void watch(pkgAcquire& fetcher) { fetcher_ = &fetcher; }

    /// libapt calls it for what has come. Of an index that has not changed it only says that all is done.
    void Done(pkgAcquire::ItemDesc& item) override;

    /// libapt calls it when nothing is left to fetch, and puts the lists in place after that. Source: apt's
    /// acquire.cc, pkgAcquire::Run.
    void Stop() override;

  private:
    const Selection& selection_;
    pkgAcquire* fetcher_ = nullptr;
    std::set<const pkgAcquire::Item*> arrived_;
};

}  // namespace dray::apt_helper
