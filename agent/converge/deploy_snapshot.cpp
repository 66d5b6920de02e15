// Files, links and units as they were before a deploy.
#include "converge/deploy_snapshot.h"

#include "converge/deploy_beside.h"
#include "digest.h"

namespace dray::converge {
namespace {

using host::FileType;

/// Throws Error for a folder or a device: a rollback could not bring those back.
SavedFile saved(const host::Host& host, const std::filesystem::path& path, std::string* content) {
    SavedFile file;
    file.path = path.string();
    file.type = "absent";
    const auto status = host.files().status(path);
    if (!status) return file;
    file.owner = status->owner;
    file.group = status->group;
    if (status->type == FileType::link) {
        file.type = "link";
        file.target = host.files().read_link(path).value_or("").string();
        return file;
    }
    if (status->type != FileType::regular)
        throw Error("cannot keep " + file.path + " as it is before the deploy",
                    "it is neither a file nor a link", "remove what is there");
    file.type = "file";
    file.mode = status->mode;
    *content = host.files().read(path).value_or("");
    file.sha256 = sha256(*content);
    return file;
}

}  // namespace

std::vector<SavedFile> save_files(host::Host& host, const DeploySet& set, DeployStore& store) {
    std::vector<std::filesystem::path> paths = SideBySide(host, set).files();
    for (const auto* item : set.files) {
        const auto more = item->resource->paths();
        paths.insert(paths.end(), more.begin(), more.end());
    }
    std::vector<SavedFile> files;
    for (const auto& path : paths) {
        std::string content;
        files.push_back(saved(host, path, &content));
        if (files.back().type == "file") store.keep_content(set.name(), content);
    }
    return files;
}

std::vector<SavedUnit> save_units(const host::Host& host, const DeploySet& set) {
    std::vector<SavedUnit> units;
    if (!host.systemd().booted()) return units;
    for (const auto* item : set.services) {
        const auto name = item->resource->service();
        units.push_back({name, host.systemd().status(name).is_active()});
    }
    return units;
}

bool is_as_saved(const host::Host& host, const SavedFile& file) {
    std::string content;
    try {
        return saved(host, file.path, &content) == file;
    } catch (const Error&) {
        return false;  // something else is there: bringing the file back says what
    }
}

void bring_back(host::Host& host, const std::string& package, const SavedFile& file,
                const DeployStore& store) {
    if (is_as_saved(host, file)) return;
    auto& files = host.files();
    if (file.type == "absent")
        files.remove(file.path);
    else if (file.type == "link")
        files.make_link(file.path, file.target, {file.owner, file.group});
    else
        files.write(file.path, store.content(package, file.sha256), {file.owner, file.group, file.mode});
}

}  // namespace dray::converge
