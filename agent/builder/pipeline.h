// The verbs of dray-build: the steps from a commit to a published release, in order.
#pragma once

#include "builder/build_cache.h"
#include "builder/build_root.h"
#include "builder/distributions.h"
#include "builder/git.h"
#include "builder/package_archive.h"
#include "builder/products.h"
#include "builder/progress.h"
#include "builder/publish.h"
#include "builder/push_queue.h"
#include "builder/python.h"
#include "builder/python_index.h"
#include "builder/reservations.h"
#include "builder/run_state.h"
#include "builder/scratch.h"
#include "builder/settings.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http.h"
#include "host/process.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dray::builder {

/// The machine as the builder sees it.
struct Machine {
    const host::Processes& processes;
    host::Files& files;
    const host::Clock& clock;
    const host::Http& http;
};

/// What the command line says.
struct Request {
    std::string repository = ".";      ///< path or URL
    std::string commit;                ///< "" is the tip of the release branch
    std::optional<SettingsText> host;  ///< the build host's own settings
    std::filesystem::path work;        ///< where products are put; "" is a temporary folder
    std::optional<Version> version;    ///< "" is the next one
};

/// One run of one verb, which throws Unsure for what a later run may well get done: a full disk, a network
/// that is away. `scratch` is an empty folder of our own, which the caller removes afterwards.
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
    /// All of it, after the end of a publication that an earlier run left. Throws Error at the first step
    /// that fails, and when the release process itself has made the commit; nothing is published then.
    Products release();
    /// Builds a published release again and compares. Throws Error when a file is missing or another one.
    Products verify(const Version& version);
    /// Goes on with a publication that was killed or cut off; nothing when there is none. Throws NumberTaken
    /// when somebody has given its tag to another commit meanwhile: it is taken back then, and done with.
    std::optional<Products> resume();
    /// Takes such a publication back instead; nothing when there is none.
    std::optional<Products> abandon();
    /// As `release`, for a push that moved the release branch from `before` to the commit. Nothing when there
    /// is nothing to release: see why_skipped(). A push is left out when every commit in it was made by the
    /// release process, when a later commit is released, or when somebody has pushed over it, and never
    /// because of what one says of itself.
    std::optional<Products> release_push(const std::string& before, const OwnCommits& own);
    /// Why release_push() has released nothing; "" when it has.
    const std::string& why_skipped() const { return why_skipped_; }

    /// The release branch: as the host says, else the dray-build.toml at the repository's HEAD.
    std::string branch();
    /// The full hash of the commit that was asked for.
    std::string commit_id();

  private:
    /// The work of one verb: what passes by itself leaves it as Unsure, and tells of a full disk where.
    void attempt(const std::function<void()>& work) const;
    std::vector<std::filesystem::path> written_folders() const;
    void clone();
    void open(Need need);
    std::vector<Version> used_versions() const;
    void choose_version();
    void reserve_version();
    void refuse_lower_number() const;
    void refuse_taken_back() const;
    std::optional<std::string> released() const;
    void refuse_released() const;
    void give_back();
    void describe();
    void lock();
    void end_earlier_run();
    /// Ends the publication that an earlier run began; false when somebody else has taken its number
    /// meanwhile.
    bool end_publication();
    void test();
    void publish_taken();
    void begin_release();
    void release_locked();
    /// Of a push whose commit somebody has pushed over since, after the end of an earlier publication.
    void leave_out_pushed_over();
    PublicationJournal open_journal();
    void finish_journal();
    void tidy();
    void make_distributions();
    /// Of distributions that were made in this run.
    void check_metadata(const Products& distributions);
    /// The same beside what else is done; returns the notes.
    std::vector<std::string> looked_over(const host::Processes& processes, const Products& distributions,
                                         const Interpreter& interpreter, const BuildCache& cache) const;
    void make_debs(const host::Processes& processes);
    BuiltPackage make_deb(const host::Processes& processes, const BuildRoot& root,
                          const Interpreter& interpreter, const Source& source, const BuildCache& cache);
    /// The build host's own, or the trees of the targets. `say` gets what RootTrees says.
    std::vector<BuildRoot> take_roots(const host::Processes& processes,
                                      const std::function<void(const std::string&)>& say) const;
    std::vector<BuildRoot> build_roots(const host::Processes& processes);
    /// The tests, and beside them what a build needs and that is no number's: see prepare().
    void test_and_prepare();
    void prepare(const host::Processes& processes);
    void make_recipes();
    void make_products();
    void make_public();
    void publishing(const std::function<void()>& how);
    Publisher publisher();
    std::unique_ptr<PythonIndex> index() const;
    std::unique_ptr<PackageArchive> archive() const;
    std::string differences() const;
    std::string other_builders(const std::map<std::string, std::string>& published) const;
    void build_again(const Version& version);
    std::chrono::sys_seconds now() const;
    /// The one that the settings name; found once, since dpkg takes its time to say whose it is.
    const Interpreter& interpreter();
    BuildCache cache();
    Reservations reservations();
    Products take_products(Need need);

    Machine machine_;
    Progress& progress_;
    Request request_;
    std::filesystem::path scratch_;
    std::optional<Git> git_;
    Settings settings_;
    std::optional<Interpreter> interpreter_;
    RunState state_;
    Commit commit_;
    RemoteRefs refs_;
    Products products_;
    std::vector<BuildRoot> prepared_roots_;
    std::vector<std::string> said_ahead_;  ///< while the terminal was the tests'
    std::set<std::string> commit_files_;   ///< the names of what was exported
    std::optional<Lock> lock_;
    std::string why_skipped_;
    bool uncached_ = false;
    bool ended_ = false;     ///< whether the publication that an earlier run left was the wanted commit's
    bool in_order_ = false;  ///< whether a commit before one that is released is left out
};

}  // namespace dray::builder
