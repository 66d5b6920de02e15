// What a build host remembers of one repository between runs.
#include "builder/run_state.h"

#include "builder/unsure.h"
#include "digest.h"
#include "error.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t shown_key = 8;
constexpr auto reservation_file = "reservation.json";
constexpr auto taken_back_file = "taken-back.json";
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

Version version_of(const nlohmann::json& json) {
    const auto version = Version::parse(json.at("version").get<std::string>());
    if (!version) throw std::runtime_error("there is no version in it");
    return *version;
}

}  // namespace

RunState::RunState(host::Files& files, const fs::path& base, const std::string& repository)
    : files_(files), folder_(RunState::base(base) / key(repository)) {}

fs::path RunState::base(const fs::path& configured) {
    return configured.empty() ? default_base() : configured;
}

template <typename Read>
void RunState::read(const char* name, Read how) const {
    const fs::path file = folder_ / name;
    const auto text = files_.read(file);
    if (!text) return;
    std::string why;
    try {
        how(nlohmann::json::parse(*text));
        return;
    } catch (const std::exception& error) {  // of the JSON, or of what is in it
        why = error.what();
    }
    const fs::path aside = file.string() + ".broken";
    files_.write(aside, *text, root_only);
    files_.remove(file);
    throw Unsure(
        Error(fmt::format("cannot read {}", file.string()), why,
              fmt::format("it was set aside as {}; the number it was for is not used again, and if some of "
                          "that release is to be seen, dray-build promote and repoint mend it",
                          aside.string())));
}

void RunState::prepare() {
    files_.make_directory(folder_, {.owner = {}, .group = {}, .mode = 0700}, true);
}

std::vector<Reservation> RunState::reservations() const {
    std::vector<Reservation> all;
    read(reservation_file, [&](const nlohmann::json& json) {
        for (const auto& one : json.is_array() ? json : nlohmann::json::array({json}))
            all.push_back({version_of(one), one.at("object"), one.at("remote")});
    });
    return all;
}

void RunState::write(const std::vector<Reservation>& reservations) {
    auto json = nlohmann::json::array();
    for (const Reservation& one : reservations)
        json.push_back({{"version", one.version.text()}, {"object", one.object}, {"remote", one.remote}});
    if (json.empty())
        files_.remove(folder_ / reservation_file);
    else
        files_.write(folder_ / reservation_file, json.dump(2) + "\n", root_only);
}

void RunState::add(const Reservation& reservation) {
    std::vector<Reservation> all = reservations();
    all.push_back(reservation);
    write(all);
}

void RunState::forget(const Reservation& reservation) {
    std::vector<Reservation> all = reservations();
    std::erase_if(all, [&](const Reservation& other) { return other.object == reservation.object; });
    write(all);
}

std::optional<PublicationJournal> RunState::publication() const {
    std::optional<PublicationJournal> journal;
    read(publication_file, [&](const nlohmann::json& json) {
        journal = PublicationJournal{fs::path(json.at("products").get<std::string>()), version_of(json),
                                     json.at("commit"), files_.read(folder_ / tag_file).value_or("")};
    });
    return journal;
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

std::vector<TakenBack> RunState::taken_back() const {
    std::vector<TakenBack> all;
    read(taken_back_file, [&](const nlohmann::json& json) {
        for (const auto& one : json)
            all.push_back({version_of(one), one.value("files", std::map<std::string, std::string>())});
    });
    return all;
}

void RunState::add_taken_back(const Products& products) {
    std::vector<TakenBack> all = taken_back();
    const auto same = [&](const TakenBack& one) { return one.version == products.version; };
    if (std::any_of(all.begin(), all.end(), same)) return;
    all.push_back({products.version, products.digests()});
    auto json = nlohmann::json::array();
    for (const TakenBack& one : all)
        json.push_back({{"version", one.version.text()}, {"files", one.files}});
    files_.write(folder_ / taken_back_file, json.dump(2) + "\n", root_only);
}

}  // namespace dray::builder
