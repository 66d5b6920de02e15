// The verbs of dray-build: the steps from a commit to a published release, in order.
#pragma once

#include "builder/git.h"
#include "builder/products.h"
#include "builder/progress.h"
#include "builder/scratch.h"
#include "builder/settings.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/process.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// The machine as the builder sees it.
struct Machine {
    const host::Processes& processes;
    host::Files& files;
    const host::Clock& clock;
};

/// What the command line says.
struct Request {
    std::string repository = ".";      ///< path or URL
    std::string commit;                ///< "" is the tip of the release branch
    std::optional<SettingsText> host;  ///< the build host's own settings
    std::filesystem::path work;        ///< where products are put; "" is a temporary folder
    std::optional<Version> version;    ///< "" is the next one
};

/// One run of one verb. `scratch` is an empty folder of our own, which the caller removes afterwards.
class Pipeline {
  public:
    Pipeline(Machine machine, Progress& progress, Request request, std::filesystem::path scratch);

    /// The version that the next release gets.
    Version next_version();
    /// sdist and wheel.
    Products build_distributions();
    /// The package, of the wheel in the work folder.
    Products build_deb();
    /// What is in the work folder.
    Products publish();
    /// All of it. Throws Error at the first step that fails; nothing is published then.
    Products release();
    /// Releases what the lines of a post-receive hook say was pushed to the release branch; nothing when that
    /// was not pushed.
    std::optional<Products> post_receive(const std::string& lines);

  private:
    void clone();
    void open(Need need);
    void choose_version();
    void lock();
    void make_distributions();
    void make_deb();
    void make_public();
    Products take_products(Need need);

    Machine machine_;
    Progress& progress_;
    Request request_;
    std::filesystem::path scratch_;
    std::optional<Git> git_;
    Settings settings_;
    Commit commit_;
    std::vector<Tag> tags_;
    Products products_;
    std::optional<Lock> lock_;
};

}  // namespace dray::builder
