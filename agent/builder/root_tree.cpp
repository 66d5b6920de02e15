// The root trees of targets.
#include "builder/root_tree.h"

#include "builder/durable.h"
#include "builder/foreign_tree.h"
#include "builder/room.h"
#include "builder/room_watch.h"
#include "builder/scratch.h"
#include "builder/settings_rules.h"
#include "builder/unprivileged_root.h"
#include "builder/unsure.h"
#include "builder/written_file.h"
#include "digest.h"
#include "error.h"
#include "host/facts.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto make_timeout = std::chrono::minutes(60);  // hundreds of packages by a slow line
constexpr std::size_t key_digits = 16;
constexpr auto unfinished_tree = ".new-";
constexpr auto apt_options = "apt.conf";

std::string release_text(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return std::move(text).str();
}

std::string field_of(const Value::Table& release, const char* name) {
    const auto found = release.find(name);
    return found == release.end() ? std::string() : found->second.show();
}

/// When a tree was made, by its folder's name; nothing when it is none of `prefix`.
std::optional<std::chrono::sys_seconds> made_at(const std::string& name, const std::string& prefix) {
    if (!name.starts_with(prefix)) return {};
    const std::string digits = name.substr(name.rfind('-') + 1);
    long long seconds = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error != std::errc{} || end != digits.data() + digits.size()) return {};
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

host::Descriptor open_folder(const fs::path& folder) {
    return host::Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// What stays in the way is found when the next one is made.
void discard_tree(const fs::path& tree) {
    try {
        remove_tree(tree);
    } catch (const Error&) {
    }
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        names.push_back(entry.path().filename().string());
    return names;
}

std::string signed_by(const fs::path& keyring) {
    return keyring.empty() ? std::string() : fmt::format("[signed-by={}] ", keyring.string());
}

fs::path keyring_of(const Settings::Target& target, const std::string& distribution) {
    if (!target.keyring.empty()) return target.keyring;
    const fs::path usual = fmt::format("/usr/share/keyrings/{}-archive-keyring.gpg", distribution);
    std::error_code error;
    return fs::exists(usual, error) ? usual : fs::path();
}

}  // namespace

RootTree::RootTree(std::string target, fs::path folder)
    : target_(std::move(target)), folder_(std::move(folder)), in_use_(open_folder(folder_)) {
    if (!in_use_ || ::flock(in_use_.get(), LOCK_SH) != 0)
        throw Error::system(fmt::format("cannot use the root tree {}", folder_.string()), errno);
    suffix_ = target_suffix(target_, release_text(root() / "usr/lib/os-release"));
}

std::string target_suffix(const std::string& target, std::string_view os_release) {
    const std::string attempt = fmt::format("cannot build for {}", target);
    const auto release = host::parse_os_release(os_release);
    const std::string codename = field_of(release, "VERSION_CODENAME");
    const std::string number = field_of(release, "VERSION_ID");
    const std::string id = field_of(release, "ID");
    if (codename != target)
        throw Error(
            attempt, fmt::format("its root tree is one of \"{}\"", codename),
            fmt::format("a target is named by its codename; [targets.{}] mirrors says where it comes from",
                        target));
    if (number.empty() || !only(number, "."))
        throw Error(attempt, "it has no VERSION_ID in its os-release yet, and versions of packages carry it");
    if (id != "debian" && id != "ubuntu")
        throw Error(attempt, fmt::format("it is a release of \"{}\"", id), "targets are of Debian or Ubuntu");
    return fmt::format("+{}{}", id == "debian" ? "deb" : "ubuntu", number);
}

std::string tree_key(const TreeWish& wish) {
    std::vector<std::string> packages = wish.packages;
    std::ranges::sort(packages);
    std::string text = wish.target + '\n';
    for (const std::string& source : wish.sources)
        text += source + '\n';
    text += '\n';
    for (const std::string& package : packages)
        text += package + '\n';
    return sha256(text).substr(0, key_digits);
}

std::vector<std::string> tree_packages(const Settings& settings, const Settings::Target& target) {
    // dpkg-dev has dpkg-shlibdeps; PyPy is built for by the tools of CPython.
    std::vector<std::string> packages{"dpkg-dev", "python3", "python3-build", "python3-pip"};
    if (settings.python.interpreter.filename().string().starts_with("pypy3")) packages.emplace_back("pypy3");
    packages.insert(packages.end(), target.packages.begin(), target.packages.end());
    std::ranges::sort(packages);
    packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
    return packages;
}

std::vector<std::string> sources_like(const std::vector<AptSource>& host, const std::string& own,
                                      const std::string& target, const fs::path& keyring) {
    // Neither backports nor what is only proposed: a package is built with what its hosts have.
    constexpr std::array<std::string_view, 3> parts{"", "-updates", "-security"};
    std::vector<std::pair<std::string, std::set<std::string>>> suites;  // in the order of the host's
    for (const AptSource& source : host)
        for (const std::string_view part : parts) {
            if (source.codename != own + std::string(part)) continue;
            const std::string suite = fmt::format("{} {}{}", source.uri, target, part);
            const auto known = std::ranges::find(suites, suite, [](const auto& one) { return one.first; });
            if (known == suites.end())
                suites.push_back({suite, {source.component}});
            else
                known->second.insert(source.component);
        }
    std::vector<std::string> lines;
    for (const auto& [suite, components] : suites)
        lines.push_back(fmt::format("deb {}{} {}", signed_by(keyring), suite, fmt::join(components, " ")));
    return lines;
}

RootTrees::RootTrees(const host::Processes& processes, const host::Clock& clock, fs::path folder,
                     std::function<void(const std::string&)> say)
    : processes_(processes), clock_(clock), folder_(std::move(folder)), say_(std::move(say)) {}

std::vector<AptSource> RootTrees::host_sources(const std::string& distribution) const {
    std::string origin = distribution;
    if (!origin.empty()) origin[0] = static_cast<char>(origin[0] - 'a' + 'A');
    const auto answer = processes_.check(
        {.argv = {"apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(CODENAME) $(COMPONENT)",
                  "Created-By: Packages", "Origin: " + origin}},
        "cannot tell where the build host's own packages come from");
    const std::string own =
        field_of(host::parse_os_release(release_text("/etc/os-release")), "VERSION_CODENAME");
    std::vector<AptSource> sources;
    std::istringstream lines(answer.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        AptSource source;
        std::string written;
        if (!(words >> source.uri >> written >> source.codename >> source.component)) continue;
        // Ubuntu's noble-updates has the codename noble; a suite may also be written as "stable".
        if (written.starts_with(own)) source.codename = written;
        sources.push_back(std::move(source));
    }
    return sources;
}

TreeWish RootTrees::wish(const Settings& settings, const std::string& target) const {
    const auto found = settings.targets.find(target);
    const Settings::Target configured = found == settings.targets.end() ? Settings::Target{} : found->second;
    const auto own = host::parse_os_release(release_text("/etc/os-release"));
    const std::string known(distribution_of(target));
    const std::string distribution = known.empty() ? field_of(own, "ID") : known;
    const fs::path keyring = keyring_of(configured, distribution);
    TreeWish wish{target, {}, tree_packages(settings, configured)};
    // pip for Python is in Ubuntu's universe.
    const char* components = distribution == "ubuntu" ? "main universe" : "main";
    for (const std::string& mirror : configured.mirrors)
        wish.sources.push_back(mirror.starts_with("deb ") ? mirror
                                                          : fmt::format("deb {}{} {} {}", signed_by(keyring),
                                                                        mirror, target, components));
    if (wish.sources.empty() && distribution == field_of(own, "ID"))
        wish.sources =
            sources_like(host_sources(distribution), field_of(own, "VERSION_CODENAME"), target, keyring);
    if (wish.sources.empty())
        throw Error(fmt::format("cannot build for {}", target),
                    "the build host's own sources of packages do not tell where it comes from",
                    fmt::format("set [targets.{}] mirrors in the build host's settings", target));
    return wish;
}

std::shared_ptr<const RootTree> RootTrees::take(const Settings& settings, const std::string& target) const {
    const TreeWish wanted = wish(settings, target);
    const std::string prefix = fmt::format("{}-{}-", target, tree_key(wanted));
    make_folders(folder_);
    // Nobody else comes near a tree, whatever the modes of its files: least of all who made it.
    if (::chmod(folder_.c_str(), 0700) != 0)
        throw Error::system(fmt::format("cannot close {} to others", folder_.string()), errno);
    const Lock making(
        folder_, [&] { say_("note: another build made its root tree first"); },
        [&] { processes_.throw_if_stopped(); });
    std::string newest;
    std::optional<std::chrono::sys_seconds> made;
    for (const std::string& name : names_in(folder_))
        if (const auto time = made_at(name, prefix); time && (!made || *time > *made)) {
            made = time;
            newest = name;
        }
    const auto now = clock_.now();
    const bool fresh =
        made && *made <= now + std::chrono::hours(1) && now - *made < settings.host.renew_roots_after;
    if (!fresh) {
        try {
            nobodys_fault([&] { newest = make(wanted, prefix).filename().string(); });
            say_(fmt::format("note: the root tree of {} was made anew", target));
            remove_old(settings.host.renew_roots_after);
        } catch (const Unsure& error) {
            host::throw_if_interrupted();
            if (newest.empty()) throw;
            say_(fmt::format(
                "note: the root tree of {} is older than [host] renew_roots_after and serves once more: {}",
                target, error.what()));
        }
    }
    return std::make_shared<const RootTree>(target, folder_ / newest);
}

fs::path RootTrees::make(const TreeWish& wish, const std::string& prefix) const {
    remove_unfinished();
    const fs::path made = folder_ / fmt::format("{}{}", unfinished_tree, ::getpid());
    try {
        // Looked at while what there is of the tree still takes its room.
        write_part([this] { return std::vector<fs::path>{folder_}; }, [&] { fill(wish, made); });
    } catch (...) {
        discard_tree(made);  // a run writes its result down on the same disk, as a rule
        throw;
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    fs::path complete = folder_ / fmt::format("{}{}", prefix, now);
    fs::rename(made, complete);
    sync_path(folder_);
    return complete;
}

void RootTrees::fill(const TreeWish& wish, const fs::path& made) const {
    const std::string attempt = fmt::format("cannot make a root tree of {}", wish.target);
    fs::create_directories(made);
    // How the build host reaches its mirror (proxies, certificates) is how the tree is fetched.
    std::istringstream lines(processes_.check({.argv = {"apt-config", "dump"}}, attempt).output);
    const fs::path options = made / apt_options;
    std::string configuration = "Acquire::Languages \"none\";\n";
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("Acquire::http")) configuration += line + '\n';
    write_file(options, configuration);

    bootstrap(wish, made);
    const RootTree looked_at(wish.target, made);
    // The build host's own are shown there to whom has its network: see confined().
    for (const char* name : {"resolv.conf", "hosts"}) {
        fs::remove(looked_at.root() / "etc" / name);
        write_file(looked_at.root() / "etc" / name, "");
    }

    const host::Descriptor folder = open_folder(made);
    if (!folder || ::syncfs(folder.get()) != 0) throw Error::system(attempt, errno);
}

void RootTrees::bootstrap(const TreeWish& wish, const fs::path& made) const {
    const std::string attempt = fmt::format("cannot make a root tree of {}", wish.target);
    const std::string why = why_not_unprivileged(processes_, made);
    if (!why.empty())
        say_(
            fmt::format("note: what is installed into the root tree of {} runs as root, in namespaces of its "
                        "own: {}",
                        wish.target, why));
    const fs::path seen = why.empty() ? unprivileged_folder : made;
    // In namespaces of its own: what it mounts dies with it, whatever becomes of it. That the user's is one
    // already it takes from being root.
    host::Command command{
        .argv = {"mmdebstrap", "--mode=unshare", "--variant=minbase", "--format=directory",
                 "--aptopt=" + (seen / apt_options).string(), "--dpkgopt=force-unsafe-io",
                 "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
                 fmt::format("--include={}", fmt::join(wish.packages, ",")), "--", wish.target,
                 (seen / "root").string()},
        .timeout = make_timeout};
    command.argv.insert(command.argv.end(), wish.sources.begin(), wish.sources.end());
    if (why.empty()) {
        give_to_unprivileged_root(made);
        command = by_unprivileged_root(std::move(command), made);
    }
    end_when_full(
        processes_, [&] { return is_full({made}); },
        [&](const host::Processes& processes) { processes.check(command, attempt); });
    if (!why.empty()) return;
    take_from_unprivileged_root(made);
    // Its packages could have put a link there that leads out of it.
    for (const char* name :
         {"root", "root/etc", "root/usr", "root/usr/lib", "root/var", "root/var/lib", "root/var/lib/dpkg"})
        if (!fs::is_directory(fs::symlink_status(made / name)))
            throw Error(attempt, fmt::format("its {} is no folder", name));
    if (!fs::is_regular_file(fs::symlink_status(made / "root/usr/lib/os-release")))
        throw Error(attempt, "its usr/lib/os-release is no file");
}

void RootTrees::remove_unfinished() const {
    for (const std::string& name : names_in(folder_))
        if (name.starts_with(unfinished_tree)) discard_tree(folder_ / name);
}

void RootTrees::remove_old(std::chrono::seconds age) const {
    for (const std::string& name : names_in(folder_)) {
        const auto made = made_at(name, "");
        if (!made || clock_.now() - *made < age) continue;
        const host::Descriptor folder = open_folder(folder_ / name);
        if (!folder || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;  // in use
        const fs::path doomed = folder_ / fmt::format("{}{}", unfinished_tree, name);
        std::error_code ignored;  // it is looked at again next time
        fs::rename(folder_ / name, doomed, ignored);
        discard_tree(doomed);
    }
}

}  // namespace dray::builder
