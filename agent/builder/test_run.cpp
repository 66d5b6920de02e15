// The service's own tests, run where they can harm nothing.
#include "builder/test_run.h"

#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto entry_buffer = 1u << 16;  // getpwnam_r(3): far more than any entry of passwd

// Empties the named folders up to "--", has a loopback, and runs the rest of the words. It stays as the first
// process of its namespace: whatever they start, in whichever session, is killed with it, and it with
// unshare, since it changes no user (prctl(2), PR_SET_PDEATHSIG).
constexpr auto confine = R"(while [ "$1" != -- ]; do
    mount -t tmpfs -o mode=0755,size=4k tmpfs "$1" || exit 125
    shift
done
shift
ip link set lo up 2>/dev/null || :
"$@"
exit $?)";

struct User {
    uid_t uid = 0;
    gid_t gid = 0;
};

User find_user(const std::string& name) {
    std::vector<char> buffer(entry_buffer);
    struct passwd entry {};
    struct passwd* found = nullptr;
    const int code = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (!found)
        throw Error(fmt::format("cannot run the tests as {}", name),
                    code == 0 ? "there is no such user" : "the user database cannot be read",
                    "[test] user in the build host's settings names another");
    return {entry.pw_uid, entry.pw_gid};
}

void give(const fs::path& folder, const User& user) {
    const auto change = [&](const fs::path& path) {
        if (::lchown(path.c_str(), user.uid, user.gid) != 0)
            throw Error::system(fmt::format("cannot give {} to the tests", path.string()), errno);
    };
    change(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        change(entry.path());
}

}  // namespace

std::vector<std::string> confinement(const Settings::Test& test, unsigned uid, unsigned gid,
                                     const std::vector<fs::path>& hidden, bool systemd) {
    std::vector<std::string> words;
    const auto add = [&](std::initializer_list<std::string> more) {
        words.insert(words.end(), more.begin(), more.end());
    };
    if (systemd) {
        add({"systemd-run", "--quiet", "--scope", "--collect",
             fmt::format("--property=TasksMax={}", test.processes)});
        if (test.memory_mib > 0) add({fmt::format("--property=MemoryMax={}M", test.memory_mib)});
        add({"--"});
    }
    add({"unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
         "--ipc"});
    if (!test.network) add({"--net"});
    add({"--", "sh", "-c", confine, "sh"});
    for (const fs::path& folder : hidden)
        words.push_back(folder.string());
    add({"--", "prlimit", fmt::format("--nproc={}", test.processes), "--core=0"});
    if (test.memory_mib > 0) add({fmt::format("--as={}", test.memory_mib << 20)});
    add({"--", "setpriv", fmt::format("--reuid={}", uid), fmt::format("--regid={}", gid), "--clear-groups",
         "--no-new-privs", "--"});
    return words;
}

void run_tests(const host::Processes& processes, const Settings& settings, const fs::path& folder,
               const std::vector<fs::path>& hidden) {
    const fs::path checkout = folder / "checkout";
    const fs::path home = folder / "home";
    fs::create_directories(home / "tmp");
    host::Command command{.argv = {},
                          // The checkout belongs to another user than its repository does.
                          .environment = {{"HOME", home.string()},
                                          {"TMPDIR", (home / "tmp").string()},
                                          {"GIT_CONFIG_COUNT", "1"},
                                          {"GIT_CONFIG_KEY_0", "safe.directory"},
                                          {"GIT_CONFIG_VALUE_0", "*"}},
                          .directory = checkout,
                          .timeout = settings.test.timeout};
    if (::geteuid() == 0) {
        const User user = find_user(settings.test.user);
        give(folder, user);
        std::vector<fs::path> empty;
        for (const fs::path& secret : hidden)
            if (fs::is_directory(secret) && !folder.string().starts_with(secret.string() + "/"))
                empty.push_back(secret);
        command.argv =
            confinement(settings.test, user.uid, user.gid, empty, fs::exists("/run/systemd/system"));
    }
    command.argv.insert(command.argv.end(), settings.test.command.begin(), settings.test.command.end());
    const host::Result result = processes.run(command);
    if (result.ok()) return;
    const std::string all = result.output + result.errors;
    const std::size_t shown = 2000;  // the last screen of a test run
    const std::string tail = all.size() > shown ? "…" + all.substr(all.size() - shown) : all;
    const Error error("the tests failed", fmt::format("{}\n{}", result.outcome(), tail));
    if (result.timed_out)
        throw Unsure(Error("the tests have no result",
                           fmt::format("they did not end within [test] timeout\n{}", tail)));
    throw error;
}

}  // namespace dray::builder
