// A root without privileges: what packages of another distribution run as while its tree is made.
#pragma once

#include "host/process.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// What the build host calls the first of the users and groups of that root, the root itself. systemd lists
/// 1879048192 to 2147352575 as numbers that nobody uses ("Users, Groups, UIDs and GIDs on systemd Systems").
constexpr unsigned first_unprivileged = 0x70000000;
/// How many follow: all that Debian Policy 9.2.2 knows, and nobody (65534).
constexpr unsigned unprivileged_count = 65536;

/// Where the program sees the folder that it was given.
constexpr auto unprivileged_folder = "/mnt";

/// The command as it runs for root of a user namespace, whose users and groups 0 to 65535 are the build
/// host's from `first_unprivileged` on: it may mount, chroot and give files to others there, and is to the
/// build host a user that owns `folder` and nothing else, and may write where everybody may. It has process,
/// mount, IPC and host name namespaces of its own, and the build host's network; what it started ends with
/// it. `folder` is at /mnt. The exit status is the program's, or 125 or 126 when it could not be started.
/// Whoever runs it must be root.
host::Command by_unprivileged_root(host::Command command, const std::filesystem::path& folder);

/// Why the kernel does not allow that here; "" when it does. Nothing but true(1) is run for that. Throws
/// Unsure when it failed for another reason.
std::string why_not_unprivileged(const host::Processes& processes, const std::filesystem::path& folder);

/// Gives an empty folder to that root. Throws Error.
void give_to_unprivileged_root(const std::filesystem::path& folder);

/// Takes back what it has made in the folder, when nothing of it lives any more: each file gets the owner and
/// the group that it had in the namespace. With chown(2) the set-user-ID bits and capabilities of files go.
/// Throws Error.
void take_from_unprivileged_root(const std::filesystem::path& folder);

/// The verb of dray-build that by_unprivileged_root() runs; people have no use for it.
constexpr std::string_view unprivileged_verb = "unprivileged-root";

/// That verb. `words` are the process that waits for it, the folder, and the program with its arguments.
int run_by_unprivileged_root(const std::vector<std::string>& words);

}  // namespace dray::builder
