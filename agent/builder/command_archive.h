// A command of the build host as the way to the place of packages.
#pragma once

#include "builder/package_archive.h"

#include <string>
#include <vector>

namespace dray::builder {

/// `archive_command` is run for each package, and makes it visible; `list_command` says which files of the
/// package are there, as sha256sum(1) does; `withdraw_command` takes one out again. In the words of the first
/// and the last {file}, {package}, {version} and {suite}, which is that of the package's target, are
/// replaced; without {file} in any word it follows as the last one. DRAY_FILE, DRAY_PACKAGE, DRAY_VERSION and
/// DRAY_SUITE are in their environment, DRAY_PACKAGE in that of `list_command`.
class CommandArchive final : public PackageArchive {
  public:
    /// `settings.publish` has `archive_command`.
    CommandArchive(const host::Processes& processes, const Settings& settings);

    void stage(const Products& products, bool may_link) override;
    /// A command that has failed is believed unless the list has the package.
    void commit() override;
    bool may_be_visible() const override;
    bool takes_back() const override { return !settings_.publish.withdraw_command.empty(); }
    void withdraw(const Products& products) override;
    /// What `list_command` says.
    std::optional<PackageFiles> published(const Products& products) const override;
    std::vector<Version> versions() const override;
    std::string text() const override;

  private:
    std::optional<PackageFiles> listed() const;
    void run(const std::vector<std::string>& words, const Products& products, const std::string& name,
             const std::string& attempt) const;
    std::vector<std::string> missing(const Products& products) const;

    const host::Processes& processes_;
    const Settings& settings_;
    Products products_;
    bool sent_ = false;  ///< whether a command was run
};

/// The lines of sha256sum(1), whatever folders the names are in. Throws Error at any other line, and
/// when a name is there with two digests.
PackageFiles read_sums(const std::string& text);

/// What is put into the words of a command.
struct CommandValues {
    std::string file;
    std::string package;
    std::string version;
    std::string suite;
};

/// The words with the values in them.
std::vector<std::string> filled_words(std::vector<std::string> words, const CommandValues& values);

}  // namespace dray::builder
