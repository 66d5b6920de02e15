// The short way to apt's answers: when nothing has changed, here or in the repositories, the last ones hold.
#pragma once

#include "host/apt_answers.h"
#include "host/apt_poll_state.h"
#include "host/apt_protocol.h"
#include "host/clock.h"
#include "host/http.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dray::host {

/// What a run wants to know of apt.
struct AptQuestion {
    std::map<std::string, std::chrono::seconds> sources;  ///< those it declares, with their max_age
    std::set<PackageWish> packages;
};

/// When a response's validator stands for its body: Last-Modified is at least two seconds before the server's
/// own Date, or the file could still be replaced without either of the validators telling (nginx makes an
/// ETag of the second and the size). Empty otherwise, and without one of the two dates.
Validator reliable_validator(const HttpResponse& response);

/// Answers in apt's place. It never gives another answer than `apt-get update` and `apt-cache policy` would:
/// the sources that a run declares are asked for their InRelease files, all at once, and each has to say that
/// it is unchanged (304), or send the very bytes that apt has verified; all that apt's choice rests on here
/// has to be as it was (see AptSurvey); and no date may have passed that time alone would change the answer
/// by. The sources that nobody declares are not asked, as dray-apt does not refresh them either: for them
/// speak apt's lists, which are part of the fingerprint.
class AptPoll {
  public:
    /// `file` keeps what is known between two runs. While that has repositories which the short way asks, an
    /// empty file of its name that ends in ".asks" is beside it, so that who could make ready for that needs
    /// not read it.
    AptPoll(Files& files, const Http& http, const Clock& clock,
            std::filesystem::path file = "/var/lib/dray/poll.json");

    /// Makes ready what asks the repositories, when there are some whose answers could hold: it takes longer
    /// than to read the recipes.
    void prepare() const;

    /// `answer` will be wanted soon: asks the repositories, and does not wait.
    void expect();

    struct Answers {
        std::vector<SourceVerdict> sources;
        std::map<PackageWish, PackageStatus> packages;
    };

    /// Nothing when apt has to be asked. `reason` then says why, and otherwise how the answer came about.
    /// Throws Error only when a signal asks the run to stop.
    std::optional<Answers> answer(const AptQuestion& question);
    const std::string& reason() const { return reason_; }

    /// What apt found last of the sources that need no refresh, as their repositories were found unchanged by
    /// the last `answer`, while others were not, or apt has only to choose anew. Empty when everything has to
    /// be looked at anew.
    std::vector<SourceVerdict> unchanged() const;

    /// Remembers what apt has answered, with what it has surveyed. `sources` are the verdicts on all of the
    /// question's; of them apt has just asked the repositories of those in `refreshed`, and of the others
    /// with an earlier question of this run, or they are `unchanged`. What cannot be kept is logged.
    void keep(const AptQuestion& question, const std::vector<SourceVerdict>& sources, const AptAnswer& answer,
              const std::set<std::string>& refreshed);

    /// Before a change of packages that the run itself makes. When something that apt's last answers in this
    /// run rest on has changed since, somebody else has changed it, and keep_after_change() keeps nothing.
    void note_change_ahead();

    /// After a change of packages that the run itself has made: has `answers` say what apt would answer now,
    /// and remembers it, when nothing but the packages has changed of what apt's last answers in this run
    /// rest on. Nothing when something has, or `answers` returns nothing: then apt has to be asked.
    std::optional<AptAnswers> keep_after_change(const std::function<std::optional<AptAnswers>()>& answers);

  private:
    void read();
    std::string why_refresh(const AptQuestion& question);
    std::string why_choose(const AptQuestion& question) const;
    std::string ask_repositories();
    std::string judge(PolledRelease& release, const HttpOutcome& outcome);
    std::vector<PolledRelease> known_releases(const AptSurvey& survey) const;
    void keep_refreshed(PollState& next, const AptSurvey& survey, const std::set<std::string>& refreshed);
    void keep_unrefreshed(PollState& next, const AptSurvey& survey) const;
    std::int64_t now() const;
    std::filesystem::path mark() const;
    void save();

    Files& files_;
    const Http& http_;
    const Clock& clock_;
    std::filesystem::path file_;
    std::optional<PollState> state_;
    bool read_ = false;
    std::string defect_;                      ///< why what was known could not be read
    bool learnt_ = false;                     ///< something that is worth keeping
    bool asked_ = false;                      ///< the repositories, by the last `answer`
    bool holds_ = false;                      ///< what is known is what apt says in this run
    std::set<std::string> changed_;           ///< sources whose repositories are not as they were
    std::vector<std::string> found_changed_;  ///< subjects of the fingerprint, by the last `answer`
    std::string reason_;
};

}  // namespace dray::host
