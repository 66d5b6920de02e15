// The signed apt repository that releases are published to: what is done with its suites.
#pragma once

#include "builder/apt_suite.h"
#include "builder/placed_files.h"
#include "builder/settings.h"
#include "host/clock.h"
#include "host/process.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// The stanza of a package's file in Packages: its control fields, and where it lies in the repository, its
/// size and its SHA-256.
std::string describe_package(const host::Processes& processes, const std::filesystem::path& deb,
                             const std::filesystem::path& filename);

/// `content` with the packages, one after another, each in the index of its architecture; one for all
/// architectures stands in each. `machine` is the architecture that the first such package opens an index
/// for.
SuiteContent with_packages(SuiteContent content, const std::string& component,
                           const std::vector<std::string>& stanzas, const std::string& machine);

/// The suite that packages for a target ("" is the build host's own distribution) go to: "stable-bookworm".
/// One for each, since apt would take the highest version of all, whatever it was built for.
std::string suite_of_target(const std::string& suite, const std::string& target);

/// One publication of a package into the suite. What is published is what the shown generation lists,
/// whatever else lies in the folders; so a run that died between two steps has published nothing.
class AptPublication {
  public:
    AptPublication(const host::Processes& processes, const host::Clock& clock,
                   const Settings::Publish& settings, std::string suite,
                   std::function<void(const std::string&)> say = {});

    /// Everything that can fail and that no client sees: the package's file into the pool (as a second name
    /// of the same file when `may_link`), a signed generation that lists it. Throws Error, and nothing is
    /// left behind. Does nothing when it is published already.
    void stage(const std::filesystem::path& deb, const std::string& package, bool may_link);

    /// Puts the record of a staged package's build beside it, in a signature of the repository's: InRelease
    /// does not cover it. The record of the same package that is there already stays, since no two builds
    /// have the same.
    void stage_record(const std::filesystem::path& buildinfo, const std::string& package);

    /// Makes it visible by one rename.
    void commit();

    /// What was put into the pool stays; without it it goes with this object.
    void keep() { placed_.keep(); }

  private:
    const host::Processes& processes_;
    const Settings::Publish& settings_;
    AptSuite suite_;
    PlacedFiles placed_;
    std::optional<int> staged_;
};

/// What is done with a suite besides adding to it. Each shows a new generation when something changed, and
/// returns whether it did.
class AptMaintenance {
  public:
    AptMaintenance(const host::Processes& processes, const host::Clock& clock,
                   const Settings::Publish& settings, std::function<void(const std::string&)> say = {});

    /// Takes a version of a package out of a suite.
    bool withdraw(const std::string& suite, const std::string& package, const std::string& version);

    /// Adds packages of whatever origin to the pool and to the suite, in one generation.
    bool add(const std::vector<std::filesystem::path>& debs);

    /// Shows a version of a package ("" is of each that has it) that `settings.suite` has in another suite
    /// too, and what the suites of its targets have of that release in those of the other, to this share of
    /// the hosts in percent (apt_preferences(5), "Phased Updates"); 100 is all. Throws Error when it is not
    /// there.
    bool promote(const std::string& package, const std::string& version, const std::string& to, int percent);

    /// Keeps the newest `settings.keep` versions of each package in the suite and in those of its targets; 0
    /// keeps all.
    bool prune();

    /// Signs what is shown again when less than half of its time is left, or always when `now`.
    bool renew(bool now);

    /// Shows again what an older generation held, with a fresh date.
    bool repoint(int generation);

    /// Removes generations that nobody may ask for any more, and packages that none lists. Returns how many
    /// files went.
    int collect();

  private:
    AptSuite suite(const std::string& name) const;
    bool change(AptSuite& suite, const std::function<void(SuiteContent&)>& how);
    std::vector<std::string> suites() const;
    /// The targets that `settings.suite` has suites of, and "" for itself.
    std::vector<std::string> targets() const;

    const host::Processes& processes_;
    const host::Clock& clock_;
    const Settings::Publish& settings_;
    std::function<void(const std::string&)> say_;
};

/// dpkg's name of this machine's architecture: "amd64".
std::string machine_architecture(const host::Processes& processes);

}  // namespace dray::builder
