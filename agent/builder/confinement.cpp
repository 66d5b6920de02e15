// Where programs run that execute what somebody has pushed.
#include "builder/confinement.h"

#include "builder/confined_words.h"
#include "builder/path_within.h"
#include "builder/run_state.h"
#include "error.h"
#include "host/descriptor.h"
#include "host/identity.h"
#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

/// Of the Filesystem Hierarchy Standard, what programs and libraries are in and are set up by.
constexpr std::array system_folders{"/usr", "/bin", "/sbin", "/lib", "/etc", "/lib32", "/lib64", "/libx32"};
constexpr gid_t no_group = 65534;            // nogroup (Debian Policy 9.2.2)
constexpr std::int64_t least_memory = 1024;  // MiB: what a search for secrets may take for one archive
constexpr std::size_t copy_piece = 1u << 20;

host::UserEntry confined_user(const std::string& name) {
    auto entry = host::find_user(name);
    const std::string attempt = fmt::format("cannot run what was pushed as {}", name);
    constexpr auto hint = "[build] user and [test] user in the build host's settings name another";
    if (!entry) throw Error(attempt, "there is no such user", hint);
    if (entry->uid == 0) throw Error(attempt, "it has root's rights", hint);
    entry->gid = no_group;  // its own may be one that files of the build host are open to
    return *entry;
}

/// What whoever may push has no business with, wherever the system's folders or [build] visible show it.
std::vector<fs::path> secret_places(const Settings& settings) {
    std::vector<fs::path> all{"/root",
                              "/etc/dray",
                              "/etc/pip.conf",
                              "/etc/xdg/pip",
                              "/etc/ssh",
                              "/etc/apt/auth.conf",
                              "/etc/apt/auth.conf.d",
                              "/etc/ssl/private",
                              RunState::base(settings.host.state)};
    for (const fs::path& path : {settings.publish.gnupg_home, settings.publish.apt, settings.publish.index,
                                 settings.publish.reprepro_folder})
        if (!path.empty()) all.push_back(path);
    if (!settings.publish.upload_to.empty()) all.push_back(settings.publish.upload_config.parent_path());
    if (settings.publish.archive == "aptly") all.push_back(settings.publish.aptly_config.parent_path());
    if (settings.publish.archive == "dput") all.push_back(settings.publish.dput_config.parent_path());
    if (!settings.host.webhook_file.empty()) all.push_back(settings.host.webhook_file);
    if (!settings.python.pip_config.empty()) all.push_back(settings.python.pip_config.parent_path());
    all.insert(all.end(), settings.host.secrets.begin(), settings.host.secrets.end());
    return all;
}

Confinement common_confinement(const Settings& settings) {
    Confinement confinement;
    confinement.hidden = secret_places(settings);
    for (const std::string& path : settings.build.visible)
        confinement.places.push_back({path, path});
    return confinement;
}

/// What says how the build host reaches its network; in a root tree in the place of the tree's own.
void add_network_files(const fs::path& root, std::vector<Seen>& view) {
    for (const char* name : {"/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"}) {
        // It may be a link to what some daemon writes.
        std::error_code missing;
        const fs::path real = fs::canonical(name, missing);
        if (missing) continue;
        if (root != "/") {
            const fs::path covered = root / fs::path(name).relative_path();
            if (fs::is_regular_file(fs::symlink_status(covered)))
                view.push_back({Seen::Kind::readable, name, real});
        } else if (!is_within(real, "/etc")) {
            view.push_back({Seen::Kind::readable, real, real});
        }
    }
}

std::vector<Seen> view_of(const Confinement& confinement) {
    std::vector<Seen> view{{Seen::Kind::processes, "/proc"},
                           {Seen::Kind::devices, "/dev"},
                           {Seen::Kind::scratch, "/tmp"},
                           {Seen::Kind::scratch, "/var/tmp"}};
    for (const char* folder : system_folders)
        view.push_back({Seen::Kind::system, folder, confinement.root / fs::path(folder).relative_path()});
    for (const Place& place : confinement.places) {
        const auto same = [&](const Seen& seen) { return seen.to == place.to; };
        std::erase_if(view, same);  // the later one says more
        view.push_back({place.writable ? Seen::Kind::writable : Seen::Kind::readable, place.to, place.from});
    }
    // A link may lead there as well.
    std::set<fs::path> hidden;
    for (const fs::path& path : confinement.hidden) {
        std::error_code missing;
        const fs::path real = fs::weakly_canonical(path, missing);
        hidden.insert({path, real});
        // A place may show it by another name.
        for (const Place& place : confinement.places) {
            const fs::path from = fs::weakly_canonical(place.from, missing);
            if (is_within(real, from) && real != from)
                hidden.insert(place.to / real.lexically_relative(from));
        }
    }
    if (confinement.network) add_network_files(confinement.root, view);
    for (const fs::path& path : hidden) {
        const bool shown = std::any_of(confinement.places.begin(), confinement.places.end(),
                                       [&](const Place& place) { return place.to == path; });
        if (!path.empty() && !shown) view.push_back({Seen::Kind::hidden, path});
    }
    std::stable_sort(view.begin(), view.end(), [](const Seen& a, const Seen& b) { return a.to < b.to; });
    return view;
}

void give_to(const fs::path& folder, const host::UserEntry& user) {
    const auto change = [&](const fs::path& path) {
        if (::lchown(path.c_str(), user.uid, user.gid) != 0)
            throw Error::system(fmt::format("cannot give {} to {}", path.string(), user.name), errno);
    };
    change(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        change(entry.path());
}

/// A descriptor of a regular file that somebody else made; its size, too.
std::pair<host::Descriptor, std::size_t> open_made(const fs::path& file) {
    const std::string attempt = fmt::format("cannot take {}, which the build made", file.filename().string());
    // A fifo would be waited for.
    host::Descriptor made(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!made && errno == ELOOP) throw Error(attempt, "it is a symbolic link");
    if (!made) throw Error::system(attempt, errno);
    struct stat status {};
    if (::fstat(made.get(), &status) != 0) throw Error::system(attempt, errno);
    if (!S_ISREG(status.st_mode)) throw Error(attempt, "it is no regular file");
    if (status.st_nlink > 1) throw Error(attempt, "it has a second name");
    return {std::move(made), static_cast<std::size_t>(status.st_size)};
}

}  // namespace

std::string own_program() {
    std::error_code unknown;
    std::string path = fs::read_symlink("/proc/self/exe", unknown).string();
    constexpr std::string_view replaced = " (deleted)";  // proc(5)
    if (path.ends_with(replaced)) path.resize(path.size() - replaced.size());
    if (unknown) throw Error::system("cannot find the program that confines others", unknown.value());
    return path;
}

std::int64_t default_memory_mib() {
    struct ::sysinfo machine {};
    if (::sysinfo(&machine) != 0) throw Error::system("cannot find out how much memory there is", errno);
    const auto mib = static_cast<std::int64_t>((machine.totalram * machine.mem_unit) >> 20);
    return std::max(mib / 2, least_memory);
}

Confinement Confinement::with(const fs::path& path) const {
    Confinement more = *this;
    more.places.push_back({path, path});
    return more;
}

Confinement Confinement::with_lent(const fs::path& folder) const {
    Confinement more = *this;
    more.places.push_back({folder, folder, true});
    return more;
}

Confinement build_confinement(const Settings& settings) {
    Confinement confinement = common_confinement(settings);
    confinement.user = settings.build.user;
    confinement.processes = settings.build.processes;
    confinement.memory_mib = settings.build.memory_mib.value_or(default_memory_mib());
    return confinement;
}

Confinement test_confinement(const Settings& settings) {
    Confinement confinement = common_confinement(settings);
    confinement.user = settings.test.user;
    confinement.network = settings.test.network;
    confinement.processes = settings.test.processes;
    confinement.memory_mib = settings.test.memory_mib.value_or(default_memory_mib());
    return confinement;
}

host::Command confined(host::Command command, const Confinement& confinement) {
    if (::geteuid() != 0) {
        if (confinement.root == "/") return command;
        throw Error(fmt::format("cannot run {} in a root tree", command.argv.front()), "only root can",
                    "run dray-build as root, or build without targets");
    }
    const host::UserEntry user = confined_user(confinement.user);
    ConfinedCommand inner{.uid = user.uid,
                          .gid = user.gid,
                          .starter = ::getpid(),
                          .network = confinement.network,
                          .processes = confinement.processes,
                          .memory_mib = confinement.memory_mib,
                          .directory = command.directory,
                          .view = view_of(confinement),
                          .environment = std::move(command.environment),
                          .input = std::move(command.input),
                          .argv = {}};
    // What is around it runs as root, and with nothing that who pushes may have chosen: no PATH, no words.
    const std::vector<std::string> argv = std::exchange(command.argv, {});
    command.environment.clear();
    command.inherit_environment = false;
    if (fs::exists("/run/systemd/system")) {  // sd_booted(3)
        command.argv = {"/usr/bin/systemd-run", "--quiet", "--scope", "--collect",
                        "--description=a confined program of dray-build"};
        if (confinement.processes > 0)
            command.argv.push_back(fmt::format("--property=TasksMax={}", confinement.processes));
        if (confinement.memory_mib > 0)
            command.argv.insert(command.argv.end(),
                                {fmt::format("--property=MemoryMax={}M", confinement.memory_mib),
                                 "--property=MemorySwapMax=0"});
        command.argv.emplace_back("--");
    }
    command.argv.insert(command.argv.end(), {own_program(), std::string(confined_verb)});
    command.argv.insert(command.argv.end(), argv.begin(), argv.end());
    command.input = to_text(inner);
    command.directory = "/";
    return command;
}

void lend(const fs::path& folder, const Confinement& confinement) {
    fs::create_directories(folder);
    if (::geteuid() == 0) give_to(folder, confined_user(confinement.user));
}

void take_file(const fs::path& from, const fs::path& to) {
    const auto [made, size] = open_made(from);
    const std::string attempt = fmt::format("cannot write {}", to.string());
    fs::remove(to);
    const host::Descriptor copy(
        ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!copy) throw Error::system(attempt, errno);
    std::vector<char> piece(copy_piece);
    for (;;) {
        host::throw_if_interrupted();
        const ssize_t count = ::read(made.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(fmt::format("cannot read {}", from.string()), errno);
        if (count == 0) return;
        host::write_all(copy.get(), {piece.data(), static_cast<std::size_t>(count)}, attempt);
    }
}

std::string read_made(const fs::path& file, std::size_t limit) {
    const auto [made, size] = open_made(file);
    const std::string attempt = fmt::format("cannot read {}", file.string());
    if (size > limit) throw Error(attempt, fmt::format("it has {} bytes", size));
    std::string text(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::read(made.get(), text.data() + done, size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

}  // namespace dray::builder
