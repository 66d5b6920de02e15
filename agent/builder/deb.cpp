// The Debian package of a service.
#include "builder/deb.h"

#include "builder/apt_repository.h"
#include "builder/confinement.h"
#include "builder/installed.h"
#include "builder/secrets.h"
#include "builder/settings_rules.h"
#include "builder/written_file.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

std::string architecture(const host::Processes& processes, const TreeContent& content) {
    if (content.elf.empty()) return "all";
    return machine_architecture(processes);
}

/// The packages of the libraries that extensions are linked with. A library that a wheel brought itself
/// belongs to no package: dpkg-shlibdeps(1) is shown where those are, and knows the root of the package that
/// is being built by its DEBIAN. A library of the system that belongs to none is an error.
std::vector<std::string> library_packages(const host::Processes& processes, const Settings& settings,
                                          const BuildRoot& root, const std::string& package,
                                          const fs::path& tree, const TreeContent& content,
                                          const fs::path& scratch) {
    if (content.elf.empty()) return {};
    const fs::path folder =
        scratch / ("shlibdeps" + root.target());  // it insists on a source package's debian/control
    write_file(
        folder / "debian/control",
        fmt::format("Source: {0}\nMaintainer: none <none@localhost>\n\nPackage: {0}\nArchitecture: any\n",
                    package));
    host::Command command{
        .argv = {"dpkg-shlibdeps", "-O"}, .environment = {{"HOME", "/tmp"}}, .directory = folder};
    for (const std::string& libraries : content.library_folders)
        command.argv.push_back("-l" + (tree / libraries).string());
    fs::create_directory(tree / "DEBIAN");
    for (const std::string& file : content.elf) {
        const bool vendored = std::any_of(content.library_folders.begin(), content.library_folders.end(),
                                          [&](const std::string& f) { return file.starts_with(f + "/"); });
        if (!vendored) command.argv.push_back("-e" + (tree / file).string());
    }
    const Confinement confinement = root.with_dpkg(settings).with(tree).with(folder);
    return parse_shlibdeps(processes
                               .check(confined(std::move(command), confinement),
                                      "cannot find the libraries that the extensions need")
                               .output);
}

/// debian/copyright in free form (Debian Policy 12.5): each part of the environment with what its own
/// metadata states.
std::string copyright_text(const fs::path& tree, const Settings& settings) {
    std::vector<std::string> parts;
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        if (entry.path().filename() != "METADATA" || entry.path().parent_path().extension() != ".dist-info" ||
            entry.is_symlink())
            continue;
        parts.push_back(fmt::format("{}Files: /{}\n\n",
                                    licence_paragraph(read_made(entry.path(), most_metadata)),
                                    entry.path().parent_path().lexically_relative(tree).string()));
    }
    std::sort(parts.begin(), parts.end());
    std::string text = fmt::format(
        "This package holds {} and the distributions that it needs, in one virtual environment.\n"
        "Each has its own authors and its own licence. What their metadata states:\n\n",
        settings.service.name);
    for (const std::string& part : parts)
        text += part;
    return text +
           "On Debian systems, the texts of the common licences (Apache-2.0, GPL, LGPL and others)\n"
           "are in /usr/share/common-licenses/, such as /usr/share/common-licenses/LGPL-3.\n";
}

/// The names of the *.conf in a folder, sorted, each after a space and in quotes.
std::string configurations(const fs::path& folder) {
    std::set<std::string> names;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".conf")) continue;
        if (!only(name, "-_.+@:"))
            throw Error("cannot pack the service",
                        fmt::format("{} is no name for a file in {}", name, folder.filename().string()),
                        "letters, digits, - _ . + @ : are");
        names.insert(name);
    }
    std::string text;
    for (const std::string& name : names)
        text += " " + name;
    return text;
}

/// What the service's own files ask for when they arrive: accounts, folders, units that systemd knows.
std::string arrival(const fs::path& tree) {
    std::string text;
    const auto has = [&](const char* folder) { return fs::is_directory(tree / folder); };
    // By name, so that a file of the host's own in /etc wins (sysusers.d(5)). An account or a folder that
    // cannot be made is a failure of the package: the service would run into it later.
    if (const std::string files = configurations(tree / "usr/lib/sysusers.d"); !files.empty())
        text += fmt::format("    systemd-sysusers{}\n", files);
    if (const std::string files = configurations(tree / "usr/lib/tmpfiles.d"); !files.empty())
        text += fmt::format("    systemd-tmpfiles --create{}\n", files);
    if (has("usr/lib/systemd/system"))
        text += "    [ ! -d /run/systemd/system ] || systemctl daemon-reload || :\n";
    return text;
}

/// The packages with the programs that `arrival` calls.
std::vector<std::string> arrival_packages(const fs::path& tree) {
    std::vector<std::string> packages;
    for (const char* kind : {"sysusers", "tmpfiles"})
        if (!configurations(tree / fmt::format("usr/lib/{}.d", kind)).empty())
            packages.push_back(fmt::format("systemd | systemd-standalone-{0} | systemd-{0}", kind));
    return packages;
}

/// Configuration files (Debian Policy 10.7): all below /etc.
std::string conffiles(const TreeContent& content) {
    std::string text;
    for (const std::string& file : content.files)
        if (file.starts_with("etc/")) text += "/" + file + "\n";
    return text;
}

}  // namespace

BuiltPackage build_deb(const host::Processes& processes, const Settings& settings, const BuildRoot& root,
                       const Interpreter& interpreter, const Source& source, const fs::path& scratch,
                       const fs::path& tree, const Products& products) {
    const std::string& package = settings.deb.package;
    const std::string version = products.version.text();
    const fs::path environment = tree / settings.deb.prefix.relative_path();
    const fs::path site_packages = environment / interpreter.site_packages;
    if (!settings.deb.overlay.empty()) copy_tree(folder_in(source.folder, settings.deb.overlay), tree);
    if (!settings.deb.recipe.empty())
        copy_tree(folder_in(source.folder, settings.deb.recipe), tree,
                  fs::path("usr/share/dray/recipes") / package);
    refuse_planted(environment, interpreter.site_packages);
    for (const char* folder : {"usr/lib/sysusers.d", "usr/lib/tmpfiles.d", "usr/lib/systemd/system"})
        refuse_link_at(tree, folder);
    normalise(tree, source.time);
    const std::vector<Distribution> installed = installed_distributions(site_packages);
    check_records(environment, site_packages, installed);
    refuse_paths(tree, {scratch, products.folder});

    const fs::path documents = tree / "usr/share/doc" / package;
    write_documents(processes, settings, root, source, products, tree, copyright_text(tree, settings));
    refuse_link_at(tree, documents.lexically_relative(tree) / "sbom.cdx.json");
    write_file(documents / "sbom.cdx.json", bill_of_materials(settings.service.name, version, installed));
    const fs::path overrides = fs::path("usr/share/lintian/overrides") / package;
    refuse_link_at(tree, overrides);
    write_file(tree / overrides, lintian_overrides(package, settings.deb.prefix));

    refuse_secrets(processes, settings, scratch / ("secrets" + root.target()), {tree});

    const TreeContent content = read_tree(tree);
    Control control{.package = package,
                    .version = root.debian_version(products.version),
                    .architecture = architecture(processes, content),
                    .maintainer = settings.deb.maintainer,
                    .installed_size = content.installed_size,
                    .depends = interpreter.depends,
                    .schema_floor = products.schema_floor ? products.schema_floor->text() : "",
                    .description = settings.deb.description,
                    .details = {fmt::format("{} {} with its dependencies,", settings.service.name, version),
                                fmt::format("in a virtual environment at {}.", settings.deb.prefix.string()),
                                fmt::format("Commit: {}", products.commit)}};
    for (const auto& more : {library_packages(processes, settings, root, package, tree, content, scratch),
                             arrival_packages(tree), settings.deb.depends})
        for (const std::string& depend : more)
            if (std::find(control.depends.begin(), control.depends.end(), depend) == control.depends.end())
                control.depends.push_back(depend);

    std::string file =
        pack_deb(processes, tree, content,
                 {.control = control,
                  .conffiles = conffiles(content),
                  .postinst = postinst_text(settings.deb.prefix, interpreter.site_packages, arrival(tree)),
                  .prerm = prerm_text(settings.deb.prefix)},
                 source.time, products.folder);
    return {.target = root.target(), .version = control.version, .file = std::move(file), .buildinfo = {}};
}

}  // namespace dray::builder
