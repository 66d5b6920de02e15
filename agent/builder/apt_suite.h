// One suite of an apt repository on disk: whole generations, of which a link shows one.
//
//   dists/stable                     a link to ../generations/stable/12: one rename flips all of it
//   generations/stable/12/           InRelease, Release, Release.gpg, main/binary-amd64/Packages.gz, ….zst
//   by-hash/SHA256/HASH              the indices of all generations; theirs are hard links to these
//   pool/main/w/warehouse/           packages, never replaced
#pragma once

#include "builder/apt_index.h"
#include "builder/packed_text.h"
#include "builder/placed_files.h"
#include "builder/settings.h"
#include "host/clock.h"
#include "host/process.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// What a suite holds: the indices by their folders ("main/binary-amd64").
struct SuiteContent {
    std::vector<std::string> architectures;
    std::vector<std::string> components;
    std::map<std::string, PackedText> packages;
};

/// A suite below a repository's folder. Whoever changes it holds a Lock on that folder.
class AptSuite {
  public:
    /// `say` gets what is strange and does not stop the work.
    AptSuite(const host::Processes& processes, const host::Clock& clock, const Settings::Publish& settings,
             std::string name, std::function<void(const std::string&)> say = {});

    /// What clients see now; empty when there is nothing yet. Throws Error when an index that the signed
    /// Release lists is missing or another one, and when the suite was shown once and is not any more: its
    /// link is gone or leads nowhere. To go on from nothing would lose all that it held.
    SuiteContent content() const;

    /// The Release file that clients see now.
    std::optional<Release> release() const;

    /// The number of the generation that clients see; 0 when there is none.
    int current() const;

    /// All complete generations, oldest first.
    std::vector<int> generations() const;

    /// What an older generation holds. Throws Error when it is gone.
    SuiteContent content_of(int generation) const;

    /// Makes a generation of this content, signed and dated, fsynced, which nobody sees yet; returns its
    /// number. Its date is at least a second after that of the one before: clients and web servers tell two
    /// by second and size. What runs left that died is removed.
    int stage(const SuiteContent& content);

    /// Shows a generation, by one rename.
    void flip(int generation);

    /// Removes generations that were replaced more than `keep_for` ago, and indices that none lists any more.
    /// Returns how many generations were removed.
    int collect();

  private:
    bool was_shown() const;
    void refuse_lost() const;
    std::optional<std::chrono::sys_seconds> last_date() const;

    /// One component and architecture, ready to be written.
    struct Index {
        struct Form {
            std::string name;
            std::string sha256;
            std::vector<std::string_view> parts;  ///< of the text that it was made of
        };
        std::string folder;
        std::string pieces;
        std::vector<Form> forms;
    };

    std::filesystem::path folder(int generation) const;
    SuiteContent content_of(const std::filesystem::path& suite, const Release& release) const;
    PackedText read_index(const std::filesystem::path& suite, const Release& release,
                          const std::string& index) const;
    std::chrono::sys_seconds next_date() const;
    void adopt_plain_folder() const;
    void remove_unfinished() const;
    static Index make_index(const std::string& folder, const PackedText& text, Release& release);
    void write_index(const std::filesystem::path& made, const Index& index, PlacedFiles& placed) const;

    const host::Processes& processes_;
    const host::Clock& clock_;
    const Settings::Publish& settings_;
    std::string name_;
    std::function<void(const std::string&)> say_;
    std::filesystem::path link_;
    std::filesystem::path all_;
    std::filesystem::path by_hash_;
};

}  // namespace dray::builder
