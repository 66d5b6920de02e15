// What a host keeps of one service's deploys: the one under way, the last good one, quarantine, history.
#pragma once

#include "converge/deploy_state.h"
#include "host/apt_quarantine.h"
#include "host/file.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::converge {

/// A file, a link, or nothing, as it was at a path before a deploy.
struct SavedFile {
    std::string path;
    std::string type;    ///< "file", "link" or "absent"
    std::string sha256;  ///< of a file: the name of its content, see DeployStore::keep_content
    std::string target;  ///< of a link
    std::string owner;
    std::string group;
    host::Mode mode = 0;
    bool operator==(const SavedFile&) const = default;
};

/// A unit as it was before a deploy.
struct SavedUnit {
    std::string name;
    bool active = false;
    bool operator==(const SavedUnit&) const = default;
};

/// A state that a deploy has reached.
struct Passage {
    DeployState state = DeployState::planned;
    std::string at;  ///< host::utc_text
};

/// What tells one deploy from another: a version and the files that go with it.
struct DeployTarget {
    std::string version;
    std::string sha256;  ///< of the .deb by the signed index; "" where no source had it
    std::string config;  ///< a digest of the rendered files and units
    bool operator==(const DeployTarget&) const = default;
};

/// A deploy: what ran before, what is to run, how far it has come.
struct Deploy {
    std::string from;  ///< the version that ran before; "" for a first one
    DeployTarget to;
    bool adopted = false;  ///< somebody else has brought the version, and the gates come afterwards
    bool by_hand = false;  ///< a person sends the host back, whatever the gates say
    std::string floor;  ///< the oldest version that can run on the new one's schema; "" when it does not say
    bool was_well = false;          ///< what ran before passed the gates when the deploy was planned
    std::vector<Passage> passages;  ///< never empty; the last one is where it stands
    std::string reason;             ///< why it was taken back, or has failed; "" on the way forward
    bool blameless = false;         ///< it is taken back for what the release has no part in
    int resumed = 0;                ///< how many runs have found it unfinished
    std::string copy;               ///< the name of the copy that services are to run from, see SideBySide
    std::vector<SavedFile> files;
    std::vector<SavedUnit> units;

    DeployState state() const { return passages.back().state; }
    bool reached(DeployState state) const;
};

/// A package file that is kept, see host::KeptPackage; its path follows from the folder.
struct KeptDeb {
    std::string version;
    std::string file;  ///< its name in the folder of kept packages
    std::string sha256;
    std::uint64_t size = 0;
};

/// A target that has failed here and is not tried again.
struct Quarantine {
    DeployTarget target;
    std::string from;  ///< what the host went back to
    std::string reason;
    std::string at;
    bool pinned = false;  ///< the version itself is at fault, not only the files: apt is told, too
};

/// A deploy that is over.
struct PastDeploy {
    std::string run;
    std::string from;
    std::string to;
    std::vector<Passage> passages;
    std::string reason;
};

/// Somebody's word that the service is to stay as it is.
struct OperatorHold {
    std::string reason;
    std::string at;
};

/// Everything that is known of one package's deploys.
struct DeployBook {
    std::optional<Deploy> current;          ///< also one that has failed and waits for a person
    std::optional<DeployTarget> committed;  ///< what runs, and has passed its gates
    std::string committed_at;
    std::optional<Deploy> previous;  ///< the deploy that was committed last, with the files before it
    std::vector<KeptDeb> kept;       ///< the newest last
    std::vector<Quarantine> quarantine;
    std::vector<PastDeploy> history;  ///< the newest last; at most `kept_history`
    std::optional<OperatorHold> hold;

    const KeptDeb* kept_version(const std::string& version) const;
    /// As kept_version, and of a release that is named without its target the newest one, see comparable().
    const KeptDeb* kept_release(const std::string& version) const;
    /// What apt is told of the quarantine.
    std::vector<host::QuarantinedVersion> pins() const;
};

/// A year of a release every day.
constexpr std::size_t kept_history = 400;

/// The packages that were deployed on a host whose state is in `state_folder`.
std::vector<std::string> deployed_packages(const host::Files& files,
                                           const std::filesystem::path& state_folder);

/// What is known of a package's deploys; an empty book when nothing is. One that cannot be understood is
/// empty too, and `corrupt` then true. Changes nothing.
DeployBook read_deploys(const host::Files& files, const std::filesystem::path& state_folder,
                        const std::string& package, bool& corrupt);

/// The package files that are kept for all packages.
std::vector<host::KeptPackage> kept_packages(const host::Files& files,
                                             const std::filesystem::path& state_folder);

/// Gives back the room that deploys keep on the disk: before dpkg is repaired, which may need it. Throws
/// Error.
void free_rooms(host::Files& files, const std::filesystem::path& state_folder);

/// The folder of one host's deploys, STATE/deploys: for each package a folder with deploys.json, the contents
/// of files as they were ("contents/SHA256") and kept packages ("packages/*.deb"). For root alone: there may
/// be secrets in the contents.
class DeployStore {
  public:
    DeployStore(host::Files& files, std::filesystem::path state_folder);

    /// As read_deploys, and one that cannot be understood is set aside as deploys.json.corrupt, unless
    /// `look_only`.
    DeployBook load(const std::string& package, bool look_only, bool& corrupt);

    /// Atomic and fsynced. Throws Error.
    void save(const std::string& package, const DeployBook& book);

    /// Keeps a content until `forget_contents`; its name is its SHA-256. Throws Error.
    std::string keep_content(const std::string& package, std::string_view content);
    /// Throws Error when it is missing or is no longer what was kept.
    std::string content(const std::string& package, const std::string& sha256) const;
    /// Removes all contents but those that these deploys name.
    void forget_contents(const std::string& package, const std::vector<const Deploy*>& deploys);

    /// The folder of kept packages; made when it is missing.
    std::filesystem::path packages_folder(const std::string& package);
    std::filesystem::path package_file(const std::string& package, const KeptDeb& kept) const;

    /// A file that keeps room on the disk for the way back, while a deploy is under way.
    std::filesystem::path room_file(const std::string& package) const;

    /// Where what the last migration said is kept.
    std::filesystem::path log_file(const std::string& package) const;

  private:
    std::filesystem::path folder(const std::string& package) const { return root_ / package; }
    void make_folder(const std::filesystem::path& path);

    host::Files& files_;
    std::filesystem::path state_folder_;
    std::filesystem::path root_;
};

}  // namespace dray::converge
