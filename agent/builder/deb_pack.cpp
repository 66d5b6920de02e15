// From a tree to a Debian package, whatever is in it.
#include "builder/apt_repository.h"
#include "builder/deb.h"
#include "builder/written_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t files_per_call = 500;  // far below the limit of an argument list
constexpr std::uint64_t kibibyte = 1024;

std::string md5sums(const host::Processes& processes, const fs::path& tree, const TreeContent& content) {
    std::string sums;
    const auto time = time_for(content.installed_size * kibibyte);
    for (std::size_t begin = 0; begin < content.files.size(); begin += files_per_call) {
        host::Command command{.argv = {"md5sum", "--"}, .directory = tree, .timeout = time};
        const std::size_t end = std::min(begin + files_per_call, content.files.size());
        command.argv.insert(command.argv.end(), content.files.begin() + static_cast<std::ptrdiff_t>(begin),
                            content.files.begin() + static_cast<std::ptrdiff_t>(end));
        sums += processes.check(command, "cannot list the checksums of the package").output;
    }
    return sums;
}

}  // namespace

fs::path folder_in(const fs::path& repository, const fs::path& name) {
    fs::path folder = repository;
    for (const fs::path& part : name.lexically_normal()) {
        folder /= part;
        if (fs::is_symlink(folder))
            throw Error(fmt::format("cannot pack the folder {}", name.string()),
                        fmt::format("{} is a symbolic link", folder.lexically_relative(repository).string()),
                        "name the folder itself");
    }
    if (!fs::is_directory(folder))
        throw Error(fmt::format("cannot pack the folder {}", name.string()),
                    "the repository has none of that name",
                    "[deb] overlay, [deb] recipe and [recipes] folder name folders of the repository");
    return folder;
}

void refuse_link_at(const fs::path& tree, const fs::path& name) {
    fs::path path = tree;
    for (const fs::path& part : name) {
        path /= part;
        if (fs::is_symlink(path))
            throw Error("cannot pack the service",
                        fmt::format("/{} is a symbolic link, and other files of the package belong there",
                                    path.lexically_relative(tree).string()),
                        "put a folder there");
    }
}

void copy_tree(const fs::path& from, const fs::path& tree, const fs::path& to) {
    if (fs::is_symlink(from / "DEBIAN") || fs::exists(from / "DEBIAN"))
        throw Error("cannot pack the service",
                    fmt::format("{} has a folder DEBIAN", from.filename().string()),
                    "dray-build writes the control files of a package; hosts are changed by recipes");
    refuse_link_at(tree, to);
    for (const auto& entry : fs::recursive_directory_iterator(from))
        if (entry.is_directory() && !entry.is_symlink())
            refuse_link_at(tree, to / entry.path().lexically_relative(from));
    fs::create_directories(tree / to);
    std::error_code error;
    fs::copy(from, tree / to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
    if (error)
        throw Error::system(
            fmt::format("cannot copy {} into the package", from.filename().string()), error.value(),
            error == std::errc::no_space_on_device ? ""
                                                   : "a file of it may stand in the environment already");
}

void write_documents(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                     const Source& source, const Products& products, const fs::path& tree,
                     const std::string& copyright) {
    const fs::path documents = tree / "usr/share/doc" / settings.deb.package;
    for (const char* name : {"changelog", "changelog.gz", "copyright"})
        refuse_link_at(tree, documents.lexically_relative(tree) / name);
    write_file(documents / "changelog",
               changelog_text(settings.deb.package, root.debian_version(products.version),
                              suite_of_target(settings.publish.suite, root.target()), products.changes,
                              settings.deb.maintainer, source.time));
    processes.check({.argv = {"gzip", "-9n", (documents / "changelog").string()}},
                    "cannot pack the changelog");
    write_file(documents / "copyright", copyright);
}

std::string pack_deb(const host::Processes& processes, const fs::path& tree, const TreeContent& content,
                     const ControlFiles& files, std::chrono::sys_seconds time, const fs::path& folder) {
    const fs::path debian = tree / "DEBIAN";
    const std::string sums = md5sums(processes, tree, content);
    write_file(debian / "control", control_text(files.control));
    write_file(debian / "md5sums", sums);
    if (!files.conffiles.empty()) write_file(debian / "conffiles", files.conffiles);
    if (!files.postinst.empty()) write_file(debian / "postinst", files.postinst, fs::perms(0755));
    if (!files.prerm.empty()) write_file(debian / "prerm", files.prerm, fs::perms(0755));
    set_modes_and_times(tree, time);

    fs::create_directories(folder);
    const Control& control = files.control;
    std::string name = fmt::format("{}_{}_{}.deb", control.package, control.version, control.architecture);
    processes.check({.argv = {"dpkg-deb", "-Zzstd", "--root-owner-group", "--build", tree.string(),
                              (folder / name).string()},
                     .environment = {{"SOURCE_DATE_EPOCH", std::to_string(time.time_since_epoch().count())}},
                     .timeout = time_for(content.installed_size * kibibyte)},
                    fmt::format("cannot pack {}", name));
    return name;
}

}  // namespace dray::builder
