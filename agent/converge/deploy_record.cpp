// What a host keeps of one service's deploys.
#include "converge/deploy_record.h"

#include "converge/deploy_json.h"
#include "debian_version.h"
#include "digest.h"
#include "error.h"

#include <algorithm>

namespace dray::converge {
namespace {

constexpr host::Mode book_mode = 0600;
constexpr host::Mode private_folder = 0700;
constexpr auto root_name = "deploys";
constexpr auto packages_name = "packages";
constexpr auto book_name = "deploys.json";

}  // namespace

bool Deploy::reached(DeployState state) const {
    return std::ranges::find(passages, state, &Passage::state) != passages.end();
}

const KeptDeb* DeployBook::kept_version(const std::string& version) const {
    const auto found = std::ranges::find(kept, version, &KeptDeb::version);
    return found != kept.end() ? &*found : nullptr;
}

const KeptDeb* DeployBook::kept_release(const std::string& version) const {
    if (const auto* same = kept_version(version)) return same;
    const auto found = std::find_if(kept.rbegin(), kept.rend(), [&](const KeptDeb& each) {
        return comparable(each.version, version) == version;
    });
    return found != kept.rend() ? &*found : nullptr;
}

std::vector<host::QuarantinedVersion> DeployBook::pins() const {
    std::vector<host::QuarantinedVersion> pins;
    for (const auto& entry : quarantine)
        if (entry.pinned)
            pins.push_back({entry.target.version, entry.reason.substr(0, entry.reason.find('\n'))});
    return pins;
}

std::vector<std::string> deployed_packages(const host::Files& files,
                                           const std::filesystem::path& state_folder) {
    return files.list(state_folder / root_name);
}

DeployBook read_deploys(const host::Files& files, const std::filesystem::path& state_folder,
                        const std::string& package, bool& corrupt) {
    corrupt = false;
    const auto text = files.read(state_folder / root_name / package / book_name);
    if (!text) return {};
    auto book = deploy_book_from_json(*text);
    corrupt = !book.has_value();
    return book ? std::move(*book) : DeployBook();
}

std::vector<host::KeptPackage> kept_packages(const host::Files& files,
                                             const std::filesystem::path& state_folder) {
    std::vector<host::KeptPackage> all;
    for (const auto& name : deployed_packages(files, state_folder)) {
        bool corrupt = false;
        const auto folder = state_folder / root_name / name / packages_name;
        for (const auto& kept : read_deploys(files, state_folder, name, corrupt).kept)
            all.push_back({name, kept.version, folder / kept.file, kept.sha256, kept.size});
    }
    return all;
}

void free_rooms(host::Files& files, const std::filesystem::path& state_folder) {
    for (const auto& name : deployed_packages(files, state_folder))
        files.remove(DeployStore(files, state_folder).room_file(name));
}

DeployStore::DeployStore(host::Files& files, std::filesystem::path state_folder)
    : files_(files), state_folder_(std::move(state_folder)), root_(state_folder_ / root_name) {}

DeployBook DeployStore::load(const std::string& package, bool look_only, bool& corrupt) {
    auto book = read_deploys(files_, state_folder_, package, corrupt);
    const auto file = folder(package) / book_name;
    if (corrupt && !look_only)
        files_.write(file.string() + ".corrupt", files_.read(file).value_or(""), {"", "", book_mode});
    return book;
}

void DeployStore::save(const std::string& package, const DeployBook& book) {
    make_folder(folder(package));
    files_.write(folder(package) / book_name, to_json(book), {"", "", book_mode});
}

std::string DeployStore::keep_content(const std::string& package, std::string_view content) {
    const auto name = sha256(content);
    const auto contents = folder(package) / "contents";
    make_folder(contents);
    if (!files_.exists(contents / name)) files_.write(contents / name, content, {"", "", book_mode});
    return name;
}

std::string DeployStore::content(const std::string& package, const std::string& name) const {
    const auto path = folder(package) / "contents" / name;
    auto text = files_.read(path);
    if (!text || sha256(*text) != name)
        throw Error("cannot bring back a file as it was before the deploy",
                    path.string() + (text ? " is not what was kept" : " is missing"),
                    "write the file by hand, or repair forwards");
    return std::move(*text);
}

void DeployStore::forget_contents(const std::string& package, const std::vector<const Deploy*>& deploys) {
    const auto contents = folder(package) / "contents";
    for (const auto& name : files_.list(contents)) {
        const bool named = std::ranges::any_of(deploys, [&name](const Deploy* deploy) {
            return std::ranges::find(deploy->files, name, &SavedFile::sha256) != deploy->files.end();
        });
        if (!named) files_.remove(contents / name);
    }
}

std::filesystem::path DeployStore::packages_folder(const std::string& package) {
    const auto path = folder(package) / packages_name;
    make_folder(path);
    return path;
}

std::filesystem::path DeployStore::package_file(const std::string& package, const KeptDeb& kept) const {
    return folder(package) / packages_name / kept.file;
}

std::filesystem::path DeployStore::room_file(const std::string& package) const {
    return folder(package) / "room";
}

std::filesystem::path DeployStore::log_file(const std::string& package) const {
    return folder(package) / "migration.log";
}

void DeployStore::make_folder(const std::filesystem::path& path) {
    if (files_.exists(path)) return;
    if (path.parent_path() != root_ && path != root_) make_folder(path.parent_path());
    if (path.parent_path() == root_) files_.make_directory(root_, {"", "", private_folder});
    files_.make_directory(path, {"", "", private_folder});
}

}  // namespace dray::converge
