// Where programs run that execute what somebody has pushed: tests, build backends, setup.py of dependencies,
// the imports of what was packed.
#pragma once

#include "builder/settings.h"
#include "host/process.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// A file or folder of the build host that a confined program sees.
struct Place {
    std::filesystem::path from;  ///< on the build host; nobody but root may be able to replace it
    std::filesystem::path to;    ///< where the program sees it
    bool writable = false;       ///< a folder that belongs to the program's user: see lend()
};

/// What a confined program may see, do and use. It has a view of its own of the file system: of `root` the
/// system's own folders (/usr, /bin, /sbin, /lib*, /etc), read-only, then its places, /proc, an empty /tmp
/// and a handful of devices, and nothing else. Its processes end with it; it has no privileges and cannot get
/// any.
struct Confinement {
    std::string user = "nobody";
    std::filesystem::path root = "/";  ///< whose system folders are seen: the build host's, or a root tree's
    std::vector<Place> places;
    std::vector<std::filesystem::path> hidden;  ///< files and folders that are empty, wherever they are seen
    bool network = false;                       ///< the build host's; else a loopback of its own
    std::int64_t processes = 0;   ///< of that user at the same time (RLIMIT_NPROC); 0 is no limit
    std::int64_t memory_mib = 0;  ///< of address space for each process (RLIMIT_AS); 0 is no limit

    /// The same with one more file or folder at its own path, read-only.
    Confinement with(const std::filesystem::path& path) const;
    /// The same with one more folder at its own path that the program may write into, see lend().
    Confinement with_lent(const std::filesystem::path& folder) const;
};

/// How much memory what a commit brings along may have where the settings do not say: half of what this
/// machine has (sysinfo(2)), a GiB at least. In MiB.
std::int64_t default_memory_mib();

/// What holds for every build on this host: [build] in the settings, and what is hidden.
Confinement build_confinement(const Settings& settings);

/// The same for the service's own tests: [test] in the settings.
Confinement test_confinement(const Settings& settings);

/// The command as it runs confined, its words, folder, environment and input untouched; for another user than
/// root the command itself, as that one has no secrets of the build host's to give away. Where systemd runs,
/// it runs in a scope of its own, with the same limits for all of it. What is around it, which is root's, has
/// a clean environment and is found without PATH. In a root tree, the build host's network comes with its
/// name servers, hosts and certificates. Throws Error when there is no such user, or another one than root
/// wants a root tree.
host::Command confined(host::Command command, const Confinement& confinement);

/// Makes the folder and gives it, with all that is in it, to the confined programs' user; for another user
/// than root it is just made. The folder that it is in must be root's alone. Throws Error.
void lend(const std::filesystem::path& folder, const Confinement& confinement);

/// Copies a file that a confined program has made out of a lent folder, when nothing of that program lives
/// any more. Throws Error when it is a symbolic link, or anything else than a regular file.
void take_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Reads such a file; of more than `limit` bytes it throws Error.
std::string read_made(const std::filesystem::path& file, std::size_t limit);

/// This program, which is the one that confines others. After an upgrade that is the new one. Throws Error.
std::string own_program();

/// The verb of dray-build that confined() runs; people have no use for it.
constexpr std::string_view confined_verb = "confined";

}  // namespace dray::builder
