// What is looked at in a package before anybody gets it.
#include "builder/confinement.h"
#include "builder/deb.h"
#include "builder/installed.h"
#include "builder/scratch.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto import_timeout = std::chrono::minutes(2);
constexpr auto lintian = "/usr/bin/lintian";

/// What the service's own distribution brings, unless the settings say what to import.
std::vector<std::string> modules(const Settings& settings, const fs::path& site_packages) {
    if (!settings.deb.imports.empty()) return settings.deb.imports;
    for (const Distribution& one : installed_distributions(site_packages))
        if (normal_name(one.name) == normal_name(settings.service.name)) return own_modules(one);
    return {};
}

}  // namespace

void smoke_test(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                const Interpreter& interpreter, const fs::path& scratch, const fs::path& deb) {
    const std::string attempt = fmt::format("cannot use {} as it was packed", deb.filename().string());
    const fs::path unpacked = scratch / fmt::format("unpacked-package{}", root.target());
    processes.check({.argv = {"dpkg-deb", "--extract", deb.string(), unpacked.string()},
                     .timeout = time_for(fs::file_size(deb))},
                    attempt);
    const fs::path prefix = settings.deb.prefix;
    const fs::path environment = unpacked / prefix.relative_path();
    std::string statement;
    for (const std::string& module : modules(settings, environment / interpreter.site_packages))
        statement += (statement.empty() ? "import " : ", ") + module;
    if (statement.empty())
        throw Error(attempt,
                    fmt::format("{} has no module that it could be tried with", settings.service.name),
                    "[deb] imports names what to import, such as a module of one of its dependencies");
    const MountPoint mount_point(root.system() / prefix.relative_path());
    Confinement confinement = root.confinement(settings);
    confinement.places.push_back({environment, prefix});
    processes.check(confined({.argv = {(prefix / "bin/python").string(), "-I", "-B", "-c", statement},
                              .environment = {{"HOME", "/tmp"}},
                              .timeout = import_timeout},
                             confinement),
                    attempt);
}

std::string lintian_note(const Settings& settings) {
    if (!settings.deb.lintian || fs::exists(lintian)) return {};
    return "lintian is not installed, so it has not looked at the package; [deb] lintian = false goes "
           "without";
}

void run_lintian(const host::Processes& processes, const Settings& settings, const fs::path& scratch,
                 const fs::path& deb) {
    if (!settings.deb.lintian || !fs::exists(lintian)) return;
    const fs::path lab =
        scratch / ("lintian-" + deb.stem().string());  // it unpacks the package, which may be large
    const Confinement confinement = build_confinement(settings).with_lent(lab);
    lend(lab, confinement);
    processes.check(confined({.argv = {lintian, "--allow-root", "--fail-on", "error", "--tag-display-limit",
                                       "20", "--suppress-tags", "malformed-deb-archive", deb.string()},
                              .environment = {{"HOME", lab.string()}, {"TMPDIR", lab.string()}},
                              .timeout = time_for(fs::file_size(deb))},
                             confinement.with(deb)),
                    fmt::format("lintian finds errors in {}", deb.filename().string()));
}

}  // namespace dray::builder
