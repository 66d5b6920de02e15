// The packages of a plan are looked into before dpkg gets them.
#include "apt_helper/archive_check.h"

#include "apt_helper/disk_space.h"
#include "apt_helper/library.h"
#include "error.h"

#include <apt-pkg/debfile.h>
#include <apt-pkg/dirstream.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/tagfile.h>
#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t block = 4096;  // of nearly every file system; others err by less than a package's size
constexpr auto broken_hint =
    "nothing was changed; whoever publishes this repository has to make the package anew, and to "
    "see how it came about";

std::int64_t on_disk(std::int64_t size) {
    return (size + block - 1) / block * block;
}

/// What a package has in it: its files' paths with sizes, as dpkg would write them.
class Members final : public pkgDirStream {
  public:
    bool DoItem(Item& item, int& descriptor) override {
        descriptor = -1;  // the content is not looked at
        const fs::path path = in_root(item.Name);
        check(path);
        if (item.Type == Item::HardLink) check(in_root(item.LinkTarget));
        if (item.Type == Item::SymbolicLink) links_.insert(path.lexically_normal());
        if (item.Type == Item::File) files_.emplace_back(path, static_cast<std::int64_t>(item.Size));
        return true;
    }

    const std::string& objection() const { return objection_; }
    const std::vector<std::pair<fs::path, std::int64_t>>& files() const { return files_; }

  private:
    static fs::path in_root(const char* name) { return fs::path("/") / fs::path(name).relative_path(); }

    void check(const fs::path& path) {
        if (!objection_.empty()) return;
        for (const auto& part : path)
            if (part == "..") objection_ = fmt::format("its file {} would leave its place", path.string());
        for (auto parent = path.lexically_normal().parent_path(); parent.has_relative_path();
             parent = parent.parent_path())
            if (links_.contains(parent))
                objection_ = fmt::format("its file {} would go through its own link {}", path.string(),
                                         parent.string());
    }

    std::set<fs::path> links_;
    std::vector<std::pair<fs::path, std::int64_t>> files_;
    std::string objection_;
};

/// The nearest folder that is there already, to know the file system by.
fs::path existing_parent(fs::path path) {
    do {
        path = path.parent_path();
    } while (path.has_relative_path() && !fs::exists(path));
    return path;
}

[[noreturn]] void refuse(const fs::path& file, std::string cause) {
    throw Error("cannot install " + file.filename().string(), std::move(cause), broken_hint);
}

void check_identity(debDebFile& archive, const ExpectedArchive& expected) {
    debDebFile::MemControlExtract control;
    if (!control.Read(archive)) refuse(expected.file, "it is no Debian package: " + take_errors());
    const auto name = control.Section.FindS("Package");
    const auto version = control.Section.FindS("Version");
    const auto architecture = control.Section.FindS("Architecture");
    if (name == expected.name && version == expected.version && architecture == expected.architecture) return;
    refuse(expected.file,
           fmt::format("it is {} {} for {}, and the repository's index says that it is {} {} for {}", name,
                       version, architecture, expected.name, expected.version, expected.architecture));
}

}  // namespace

void ArchiveCheck::add(const ExpectedArchive& expected) {
    FileFd file;
    if (!file.Open(expected.file.string(), FileFd::ReadOnly)) fail("cannot read " + expected.file.string());
    debDebFile archive(file);
    if (const auto errors = take_errors(); !errors.empty())
        refuse(expected.file, "it is no Debian package: " + errors);
    check_identity(archive, expected);
    Members members;
    const bool read = archive.ExtractArchive(members);
    const auto errors = take_errors();
    if (!members.objection().empty()) refuse(expected.file, members.objection());
    if (!read || !errors.empty()) refuse(expected.file, "its content cannot be read: " + errors);

    std::map<fs::path, dev_t> devices;  // by folder
    std::map<dev_t, std::int64_t> whole;
    std::map<dev_t, std::int64_t> replaced;
    for (const auto& [path, size] : members.files()) {
        const auto folder = path.parent_path();
        if (!devices.contains(folder)) {
            const auto there = existing_parent(path);
            devices[folder] = file_system(there);
            rooms_.try_emplace(devices[folder], Room{.where = mount_point(there)});
        }
        const auto device = devices[folder];
        struct stat before {};
        whole[device] += on_disk(size);
        if (::lstat(path.c_str(), &before) == 0 && S_ISREG(before.st_mode))
            replaced[device] += on_disk(before.st_size);
    }
    for (const auto& [device, bytes] : whole) {
        Room& room = rooms_.at(device);
        room.most = std::max(room.most, room.growth + bytes);
        room.growth += bytes - replaced[device];
    }
}

void ArchiveCheck::check_space(Blocks blocks) const {
    for (const auto& [device, room] : rooms_) {
        const auto free = free_space(room.where, blocks);
        if (room.most > 0 && static_cast<Bytes>(room.most) > free)
            no_room(room.where.string(), static_cast<Bytes>(room.most), free);
    }
}

}  // namespace dray::apt_helper
