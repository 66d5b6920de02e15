// What a download says of itself, as lines of the log, and what of it is remembered.
#pragma once

#include <apt-pkg/acquire.h>

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace dray::apt_helper {

/// Watches a pkgAcquire.
class AcquireLog final : public pkgAcquireStatus {
  public:
    /// The download is given up when `limit` has passed.
    explicit AcquireLog(std::chrono::seconds limit) : limit_(limit) {}

    /// Whether a signature on this item's file was looked at and not accepted. libapt reports that as a
    /// transient network error when older lists are there, so the item's own status does not tell.
    bool signature_refused(const pkgAcquire::Item& item) const { return refused_.contains(&item); }

    /// What is wrong with a release file that was offered although its signature may be good: its own date is
    /// before that of the one which apt has. libapt keeps the newer one and says nothing. "" when it is not
    /// so.
    std::string older_release(const pkgAcquire::Item& item) const;

    bool gave_up() const { return gave_up_; }

    bool MediaChange(std::string media, std::string drive) override;
    void IMSHit(pkgAcquire::ItemDesc& item) override;
    void Fetch(pkgAcquire::ItemDesc& item) override;
    void Done(pkgAcquire::ItemDesc& item) override;
    void Fail(pkgAcquire::ItemDesc& item) override;
    bool Pulse(pkgAcquire* owner) override;

  private:
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::seconds limit_;
    bool gave_up_ = false;
    std::set<const pkgAcquire::Item*> refused_;
    std::map<const pkgAcquire::Item*, std::string> older_;
};

/// A URI without the name and password that may stand in it.
std::string public_uri(const std::string& uri);

/// "URI: what went wrong", in one line; libapt's list of hashes is left out.
std::string failure_text(const pkgAcquire::Item& item);

}  // namespace dray::apt_helper
