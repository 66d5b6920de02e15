// A host's apt in a temporary folder, as libapt sees it.
#include "apt_world.h"

#include "apt_helper/library.h"

#include <apt-pkg/configuration.h>
#include <spdlog/fmt/fmt.h>

#include <cstdlib>
#include <fstream>

namespace dray::test {
namespace {

namespace fs = std::filesystem;

constexpr auto digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

/// The folder, made and told to libapt once.
const fs::path& root() {
    static const TemporaryFolder folder;
    static const bool opened = [] {
        const auto& path = folder.path();
        write(
            path / "apt.conf",
            fmt::format("Dir \"{0}/\";\nDir::State \"{0}/state/\";\nDir::State::status \"{0}/dpkg/status\";\n"
                        "Dir::Cache \"{0}/cache/\";\nDir::Etc \"{0}/etc/\";\nAPT::Architecture \"amd64\";\n"
                        "APT::Architectures {{ \"amd64\"; }};\nDir::Cache::pkgcache \"\";\n"
                        "Dir::Cache::srcpkgcache \"\";\n",
                        path.string()));
        write(path / "dpkg/status", "");
        ::setenv("APT_CONFIG", (path / "apt.conf").c_str(), 1);
        apt_helper::open_library();
        return true;
    }();
    static_cast<void>(opened);
    return folder.path();
}

}  // namespace

AptWorld::AptWorld() {
    for (const char* folder : {"etc", "state", "cache", "dpkg"})
        fs::remove_all(root() / folder);
    for (const char* folder : {"etc/sources.list.d", "etc/preferences.d", "etc/apt.conf.d",
                               "state/lists/partial", "cache/archives/partial"})
        fs::create_directories(root() / folder);
    write(root() / "dpkg/status", "");
    _config->Clear("APT::Default-Release");
}

fs::path AptWorld::path() const {
    return root();
}

void AptWorld::archive(const std::string& name, std::string_view packages, std::string_view fields) const {
    write(root() / "etc/sources.list.d" / (name + ".list"),
          fmt::format("deb [trusted=yes] http://{0}.test/ {0} main\n", name));
    const auto prefix = (root() / "state/lists" / fmt::format("{0}.test_dists_{0}_", name)).string();
    write(prefix + "Release",
          fmt::format("Suite: {0}\nOrigin: {0}\nComponents: main\nArchitectures: amd64\n{1}"
                      "Date: Mon, 02 Nov 2026 00:00:00 UTC\nSHA256:\n {2} {3} main/binary-amd64/Packages\n",
                      name, fields, digest, packages.size()));
    write(prefix + "main_binary-amd64_Packages", packages);
}

void AptWorld::installed(std::string_view stanzas) const {
    write(root() / "dpkg/status", stanzas);
}

void AptWorld::preferences(std::string_view text) const {
    write(root() / "etc/preferences", text);
}

std::string stanza(std::string_view name, std::string_view version, std::string_view fields) {
    return fmt::format(
        "Package: {0}\nVersion: {1}\nArchitecture: all\nMaintainer: T <t@example.org>\nInstalled-Size: 1\n{2}"
        "Filename: pool/{0}_{1}_all.deb\nSize: 10\nSHA256: {3}\nDescription: made for a test\n\n",
        name, version, fields, digest);
}

}  // namespace dray::test
