// The signed apt repository that releases are published to.
#include "builder/apt_repository.h"

#include "builder/products.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t largest_index = 1u << 30;
constexpr std::uint64_t largest_release = 64u << 20;
constexpr std::array encodings{"", ".gz", ".xz"};

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << content;
    if (!out.flush()) throw Error(fmt::format("cannot write {}", file.string()), "the disk may be full");
}

}  // namespace

AptPublication::AptPublication(const host::Processes& processes, const host::Files& files,
                               const host::Clock& clock, const Settings::Publish& settings, fs::path scratch)
    : processes_(processes),
      files_(files),
      clock_(clock),
      settings_(settings),
      scratch_(std::move(scratch)),
      suite_(settings.apt / "dists" / settings.suite) {}

Release AptPublication::current() const {
    const auto text = files_.read(suite_ / "InRelease", largest_release);
    Release release = text ? Release::parse(*text) : Release{};
    release.origin = settings_.origin;
    release.suite = settings_.suite;
    if (!has(release.components, settings_.component)) release.components.push_back(settings_.component);
    return release;
}

std::string AptPublication::packages(const Release& release, const std::string& architecture) const {
    const std::string path = fmt::format("{}/binary-{}/Packages", settings_.component, architecture);
    const auto listed = release.files.find(path);
    if (listed == release.files.end()) return {};
    const fs::path file = suite_ / fs::path(path).parent_path() / "by-hash/SHA256" / listed->second.sha256;
    auto text = files_.read(file, largest_index);
    if (!text)
        throw Error(fmt::format("cannot add to the repository {}", settings_.apt.string()),
                    fmt::format("InRelease lists {}, which is not there", file.string()),
                    "a repository made by another tool needs by-hash files for its uncompressed indices");
    return *text;
}

std::string AptPublication::common_packages(const Release& release) const {
    std::string common;
    for (const std::string& architecture : release.architectures)
        for (const std::string& stanza : parse_stanzas(packages(release, architecture)))
            if (stanza_field(stanza, "Architecture") == "all") common = with_stanza(common, stanza);
    return common;
}

void AptPublication::stage_index(Release& release, const std::string& architecture, const std::string& before,
                                 const std::string& stanza) {
    const std::string folder = fmt::format("{}/binary-{}", settings_.component, architecture);
    const fs::path file = scratch_ / folder / "Packages";
    write(file, with_stanza(before, stanza));
    processes_.check({.argv = {"gzip", "-9nk", file.string()}}, "cannot compress the index");
    processes_.check({.argv = {"xz", "-6k", file.string()}}, "cannot compress the index");
    std::vector<fs::path> made;
    for (const char* encoding : encodings)
        made.emplace_back(file.string() + encoding);
    const std::vector<std::string> digests = sha256(processes_, made);
    for (std::size_t i = 0; i < made.size(); ++i) {
        const std::string path = fmt::format("{}/{}", folder, made[i].filename().string());
        release.files[path] = {digests[i], fs::file_size(made[i])};
        placed_.place(made[i], suite_ / folder / "by-hash/SHA256" / digests[i]);
        indices_.push_back({path, made[i]});
    }
}

void AptPublication::stage(const fs::path& deb, const std::string& package) {
    const fs::path pooled = fs::path(pool_folder(settings_.component, package)) / deb.filename();
    placed_.place(deb, settings_.apt / pooled);
    std::vector<std::string> stanzas = parse_stanzas(
        processes_
            .check({.argv = {"apt-ftparchive", "packages", pooled.string()}, .directory = settings_.apt},
                   fmt::format("cannot describe {}", deb.filename().string()))
            .output);
    if (stanzas.size() != 1)
        throw Error(fmt::format("cannot describe {}", deb.filename().string()),
                    "apt-ftparchive found no package in it");

    Release release = current();
    // A package for all architectures stands in the index of each; the first one makes this machine's.
    const std::string own = stanza_field(stanzas.front(), "Architecture");
    std::vector<std::string> targets = own == "all" ? release.architectures : std::vector{own};
    if (targets.empty()) targets.push_back(machine_architecture(processes_));
    const std::string common = common_packages(release);
    for (const std::string& architecture : targets) {
        const bool known = has(release.architectures, architecture);
        if (!known) release.architectures.push_back(architecture);
        stage_index(release, architecture, known ? packages(release, architecture) : common, stanzas.front());
    }
    wait_for_next_second();
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    in_release_ = sign(release.text(now, now + settings_.valid_for));
}

void AptPublication::wait_for_next_second() const {
    using std::chrono::seconds;
    const auto status = files_.status(suite_ / "InRelease");
    if (!status) return;
    const std::chrono::sys_seconds next{seconds(status->modified_ns / 1'000'000'000 + 1)};
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.now());
    if (wait > std::chrono::milliseconds(0) && wait <= seconds(1)) clock_.sleep(wait);
}

std::string AptPublication::sign(const std::string& release) const {
    host::Command gpg{.argv = {"gpg", "--batch", "--no-tty", "--quiet", "--digest-algo", "SHA512",
                               "--local-user", settings_.signing_key, "--clearsign"},
                      .input = release};
    if (!settings_.gnupg_home.empty()) gpg.environment["GNUPGHOME"] = settings_.gnupg_home.string();
    return processes_.check(gpg, fmt::format("cannot sign the repository with key {}", settings_.signing_key))
        .output;
}

void AptPublication::commit() {
    for (const Index& index : indices_) {
        const auto content = files_.read(index.file, largest_index);
        if (!content) throw Error(fmt::format("cannot read {}", index.file.string()), "it is gone");
        replaced_.replace(suite_ / index.path, *content);
    }
    replaced_.replace(suite_ / "InRelease", in_release_);
}

std::string machine_architecture(const host::Processes& processes) {
    std::string name =
        processes.check({.argv = {"dpkg", "--print-architecture"}}, "cannot tell the architecture").output;
    while (name.ends_with('\n'))
        name.pop_back();
    return name;
}

std::vector<Version> pool_versions(const host::Files& files, const Settings::Publish& settings,
                                   const std::string& package) {
    std::vector<Version> versions;
    for (const std::string& name : files.list(settings.apt / pool_folder(settings.component, package))) {
        const std::size_t begin = name.find('_');
        const std::size_t end = name.find('_', begin + 1);
        if (end == name.npos || name.substr(0, begin) != package) continue;
        if (const auto version = Version::parse(name.substr(begin + 1, end - begin - 1)))
            versions.push_back(*version);
    }
    return versions;
}

}  // namespace dray::builder
