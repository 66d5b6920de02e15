// The service's own tests, run where they can harm nothing.
#include "builder/test_run.h"

#include "builder/confined_run.h"
#include "builder/confinement.h"
#include "builder/unsure.h"
#include "error.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace fs = std::filesystem;

void run_tests(const host::Processes& processes, const Settings& settings, const fs::path& folder) {
    const fs::path home = folder / "home";
    fs::create_directories(home / "tmp");
    const Confinement confinement = test_confinement(settings).with_lent(folder);
    lend(folder, confinement);
    const host::Result result =
        processes.run(confined({.argv = settings.test.command,
                                // The checkout belongs to another user than its repository does.
                                .environment = {{"HOME", home.string()},
                                                {"TMPDIR", (home / "tmp").string()},
                                                {"GIT_CONFIG_COUNT", "1"},
                                                {"GIT_CONFIG_KEY_0", "safe.directory"},
                                                {"GIT_CONFIG_VALUE_0", "*"}},
                                .directory = folder / "checkout",
                                .timeout = settings.test.timeout},
                               confinement));
    if (result.ok()) return;
    const std::string all = printable(result.output + result.errors);
    const std::size_t shown = 2000;  // the last screen of a test run
    const std::string tail = all.size() > shown ? "…" + all.substr(all.size() - shown) : all;
    const Error error("the tests failed", fmt::format("{}\n{}", result.outcome(), tail));
    if (result.timed_out)
        throw Unsure(Error("the tests have no result",
                           fmt::format("they did not end within [test] timeout\n{}", tail)));
    // Another user's processes are too many, say: nothing of the commit's has run.
    if (result.exit_code == confined_not_started && may_pass(error)) throw Unsure(error);
    throw Certain(error);  // a disk that the tests found full is theirs
}

}  // namespace dray::builder
