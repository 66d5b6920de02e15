// Where the commands that make a package run.
#include "builder/build_root.h"

#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

// Words: the folder that has the tree as `root` and a place to mount on as `mount`, the working folder, of
// each that is shown from, to and how, "--", and the command. A path in the tree is made and resolved within
// it, as a link in it may lead anywhere. The paths of the overlay are relative: in its options a colon or a
// comma would be something else.
constexpr auto enter = R"(set -e
cd -- "$1"
folder=$2
shift 2
mount -t tmpfs -o mode=0755 tmpfs mount
mkdir mount/upper mount/work mount/root
mount -t overlay -o lowerdir=root,upperdir=mount/upper,workdir=mount/work overlay mount/root
cd mount/root
root=$(pwd -P)
for device in null zero full random urandom; do
    [ -e "dev/$device" ] || : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir -p dev/shm
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount --rbind /proc proc
mount -t tmpfs -o mode=1777 tmpfs tmp
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then
        at=$(chroot . sh -c 'mkdir -p -- "$1" && cd -P -- "$1" && pwd' sh "$2")
    else
        at=$(chroot . sh -c 'mkdir -p -- "${1%/*}" && rm -f -- "$1" && : >"$1" && cd -P -- "${1%/*}" && pwd' sh "$2")
        at=$at/${2##*/}
    fi
    mount --bind -- "$1" "$root$at"
    [ "$3" = rw ] || mount -o remount,bind,ro -- "$root$at"
    shift 3
done
shift
pivot_root . .
umount -l .
cd -- "$folder"
exec "$@")";

}  // namespace

BuildRoot::BuildRoot(std::shared_ptr<const RootTree> tree, std::vector<Shown> shown)
    : tree_(std::move(tree)), shown_(std::move(shown)) {}

const std::string& BuildRoot::target() const {
    static const std::string none;
    return tree_ ? tree_->target() : none;
}

fs::path BuildRoot::system() const {
    return tree_ ? tree_->folder() / "root" : "/";
}

std::string BuildRoot::debian_version(const Version& version) const {
    return version.text() + (tree_ ? tree_->suffix() : "");
}

std::string BuildRoot::key() const {
    return tree_ ? tree_->folder().filename().string() : "";
}

host::Command BuildRoot::inside(host::Command command, const std::vector<Shown>& more) const {
    if (!tree_) return command;
    std::vector<std::string> words{"unshare",
                                   "--mount",
                                   "--propagation",
                                   "private",
                                   "--",
                                   "sh",
                                   "-c",
                                   enter,
                                   "sh",
                                   tree_->folder().string(),
                                   command.directory.string()};
    for (const auto* all : {&shown_, &more})
        for (const Shown& one : *all) {
            words.push_back(one.from.string());
            words.push_back(one.to.string());
            words.emplace_back(one.writable ? "rw" : "ro");
        }
    words.emplace_back("--");
    words.insert(words.end(), command.argv.begin(), command.argv.end());
    command.argv = std::move(words);
    command.directory = "/";  // the one that was wanted is one of the tree
    return command;
}

std::vector<Shown> shown_in_trees(const fs::path& scratch, const fs::path& products,
                                  const std::vector<std::string>& wheelhouses, bool network) {
    std::vector<Shown> shown;
    const auto read = [&](const fs::path& path) {
        std::error_code error;
        if (fs::exists(path, error)) shown.push_back({path, path});
    };
    if (network)
        for (const char* path : {"/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/etc/pip.conf",
                                 "/root/.netrc", "/root/.pip", "/root/.config/pip"})
            read(path);
    for (const std::string& wheelhouse : wheelhouses)
        read(wheelhouse);
    read(products);
    shown.push_back({scratch, scratch, true});
    return shown;
}

}  // namespace dray::builder
