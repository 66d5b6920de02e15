// What a download says of itself, as lines of the log, and what of it is remembered.
#pragma once

#include <apt-pkg/acquire.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace dray::apt_helper {

/// Watches a pkgAcquire.
class AcquireLog : public pkgAcquireStatus {
  public:
    /// The download is given up when `limit` has passed, or when it has brought less than `slowest` bytes a
    /// second for as long as Dray::Stall-Limit of apt.conf(5) says, 120 s without it: libapt's own time limit
    /// begins anew with each byte.
    explicit AcquireLog(std::chrono::seconds limit);
    static constexpr std::uint64_t slowest = 1000;

    /// Whether a signature on this item's file was looked at and not accepted. libapt reports that as a
    /// transient network error when older lists are there, so the item's own status does not tell.
    bool signature_refused(const pkgAcquire::Item& item) const { return refused_.contains(&item); }

    /// What is wrong with a release file that was offered although its signature may be good: its own date is
    /// before that of the one which apt has. libapt keeps the newer one and says nothing. "" when it is not
    /// so.
    std::string older_release(const pkgAcquire::Item& item) const;

    bool gave_up() const { return gave_up_; }
    /// Whether it did because this item's file has more bytes than it may have.
    bool too_long(const pkgAcquire::Item& item) const { return too_long_.contains(&item); }
    /// Whether that came before this item's file was there.
    bool cut_off(const pkgAcquire::Item& item) const { return cut_off_.contains(&item); }
    /// Why, when it did: "the server sends less than 1.00 kB/s".
    const std::string& why_given_up() const { return why_; }

    bool MediaChange(std::string media, std::string drive) override;
    void IMSHit(pkgAcquire::ItemDesc& item) override;
    void Fetch(pkgAcquire::ItemDesc& item) override;
    void Done(pkgAcquire::ItemDesc& item) override;
    void Fail(pkgAcquire::ItemDesc& item) override;
    bool Pulse(pkgAcquire* owner) override;
    void Stop() override;

  private:
    bool size_unknown() const;
    void tell();
    void judge_rate(std::chrono::steady_clock::time_point now);
    void judge_sizes(pkgAcquire& owner);

    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::chrono::seconds limit_;
    std::chrono::seconds stall_limit_;
    std::chrono::steady_clock::time_point window_begun_ = started_;
    std::uint64_t window_bytes_ = 0;  ///< what had been brought by then
    bool gave_up_ = false;
    std::string why_;
    std::chrono::steady_clock::time_point told_ = started_;  ///< how far it is
    unsigned long long told_bytes_ = 0;
    std::int64_t rate_ = 0;  ///< bytes a second, since it was told last; libapt's own takes six to settle
    bool telling_ = false;   ///< what is over within a second is not worth a line
    std::set<const pkgAcquire::Item*> refused_;
    std::set<const pkgAcquire::Item*> too_long_;
    std::set<const pkgAcquire::Item*> cut_off_;
    std::map<const pkgAcquire::Item*, std::string> older_;
};

/// A URI without the name and password that may stand in it.
std::string public_uri(const std::string& uri);

/// Whether the server is not who it should be: its certificate does not verify.
bool is_impostor(const pkgAcquire::Item& item);

/// Whether there was no answer, for a reason that may pass. An impostor is none of these, though libapt takes
/// it for one.
bool is_unreachable(const pkgAcquire::Item& item);

/// Whether a file system of this host had no room for what came.
bool is_full(const pkgAcquire::Item& item);

/// "URI: what went wrong", or "http://HOST/apt stable/main amd64 Packages: …" of what has come already, in
/// one line; libapt's list of hashes is left out.
std::string failure_text(const pkgAcquire::Item& item, const AcquireLog& log);

}  // namespace dray::apt_helper
