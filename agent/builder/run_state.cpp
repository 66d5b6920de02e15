// What a build host remembers of one repository between runs.
#include "builder/run_state.h"

#include "digest.h"
#include "error.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <cstdlib>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t shown_key = 8;
constexpr auto reservation_file = "reservation.json";
constexpr auto publication_file = "publication.json";
constexpr auto tag_file = "publication.tag";  // beside it: its bytes need not be UTF-8
const host::Ownership root_only{.owner = {}, .group = {}, .mode = 0600};

fs::path default_base() {
    if (::geteuid() == 0) return "/var/lib/dray-build";
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return fs::path(value && *value == '/' ? value : "");
    };
    if (const fs::path state = variable("XDG_STATE_HOME"); !state.empty()) return state / "dray-build/state";
    const fs::path home = variable("HOME");
    return (home.empty() ? fs::temp_directory_path() : home / ".local/state") / "dray-build/state";
}

/// A name that a person recognises and that no other repository has.
std::string key(const std::string& repository) {
    std::string name = fs::path(repository).filename().string();
    if (name.ends_with(".git")) name.resize(name.size() - 4);
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '-';
    return fmt::format("{}-{}", name, sha256(repository).substr(0, shown_key));
}

std::optional<nlohmann::json> read_json(const host::Files& files, const fs::path& file) {
    const auto text = files.read(file);
    if (!text) return {};
    auto json = nlohmann::json::parse(*text, nullptr, false);
    if (json.is_discarded())
        throw Error(fmt::format("cannot read {}", file.string()), "it is broken",
                    "move it away: the number it was for is not used again");
    return json;
}

Version version_of(const nlohmann::json& json, const fs::path& file) {
    const auto version = Version::parse(json.at("version").get<std::string>());
    if (!version) throw Error(fmt::format("cannot read {}", file.string()), "it has no version");
    return *version;
}

}  // namespace

RunState::RunState(host::Files& files, const fs::path& base, const std::string& repository)
    : files_(files), folder_((base.empty() ? default_base() : base) / key(repository)) {}

void RunState::prepare() {
    files_.make_directory(folder_, {.owner = {}, .group = {}, .mode = 0700}, true);
}

std::optional<Reservation> RunState::reservation() const {
    const fs::path file = folder_ / reservation_file;
    const auto json = read_json(files_, file);
    if (!json) return {};
    return Reservation{version_of(*json, file), json->at("object"), json->at("remote")};
}

void RunState::save(const Reservation& reservation) {
    const nlohmann::json json{{"version", reservation.version.text()},
                              {"object", reservation.object},
                              {"remote", reservation.remote}};
    files_.write(folder_ / reservation_file, json.dump(2) + "\n", root_only);
}

void RunState::forget_reservation() {
    files_.remove(folder_ / reservation_file);
}

std::optional<PublicationJournal> RunState::publication() const {
    const fs::path file = folder_ / publication_file;
    const auto json = read_json(files_, file);
    if (!json) return {};
    return PublicationJournal{fs::path(json->at("products").get<std::string>()), version_of(*json, file),
                              json->at("commit"), files_.read(folder_ / tag_file).value_or("")};
}

void RunState::save(const PublicationJournal& journal) {
    const nlohmann::json json{{"products", journal.products.string()},
                              {"version", journal.version.text()},
                              {"commit", journal.commit}};
    files_.write(folder_ / tag_file, journal.tag, root_only);
    files_.write(folder_ / publication_file, json.dump(2) + "\n", root_only);
}

void RunState::forget_publication() {
    files_.remove(folder_ / publication_file);
}

}  // namespace dray::builder
