// The Debian package of a service.
#include "builder/deb.h"

#include "builder/apt_repository.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t files_per_call = 500;  // far below the limit of an argument list
constexpr auto pack_timeout = std::chrono::minutes(30);

void write(const fs::path& file, const std::string& content, fs::perms mode = fs::perms(0644)) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << content;
    if (!out.flush()) throw Error(fmt::format("cannot write {}", file.string()), "the disk may be full");
    out.close();
    fs::permissions(file, mode);
}

std::string architecture(const host::Processes& processes, const TreeContent& content) {
    if (content.elf.empty()) return "all";
    return machine_architecture(processes);
}

/// The packages of the libraries that extensions are linked with. A library that a wheel brought itself
/// belongs to no package, so dpkg-shlibdeps is shown where those are, and told not to miss their package.
std::vector<std::string> library_packages(const host::Processes& processes, const std::string& package,
                                          const fs::path& tree, const TreeContent& content,
                                          const fs::path& scratch) {
    if (content.elf.empty()) return {};
    const fs::path folder = scratch / "shlibdeps";  // it insists on a source package's debian/control
    write(folder / "debian/control",
          fmt::format("Source: {0}\nMaintainer: none <none@localhost>\n\nPackage: {0}\nArchitecture: any\n",
                      package));
    host::Command command{.argv = {"dpkg-shlibdeps", "-O"}, .directory = folder};
    for (const std::string& libraries : content.library_folders)
        command.argv.push_back("-l" + (tree / libraries).string());
    if (!content.library_folders.empty()) command.argv.push_back("--ignore-missing-info");
    for (const std::string& file : content.elf) {
        const bool vendored = std::any_of(content.library_folders.begin(), content.library_folders.end(),
                                          [&](const std::string& f) { return file.starts_with(f + "/"); });
        if (!vendored) command.argv.push_back("-e" + (tree / file).string());
    }
    return parse_shlibdeps(
        processes.check(command, "cannot find the libraries that the extensions need").output);
}

std::string md5sums(const host::Processes& processes, const fs::path& tree, const TreeContent& content) {
    std::string sums;
    for (std::size_t begin = 0; begin < content.files.size(); begin += files_per_call) {
        host::Command command{.argv = {"md5sum", "--"}, .directory = tree};
        const std::size_t end = std::min(begin + files_per_call, content.files.size());
        command.argv.insert(command.argv.end(), content.files.begin() + static_cast<std::ptrdiff_t>(begin),
                            content.files.begin() + static_cast<std::ptrdiff_t>(end));
        sums += processes.check(command, "cannot list the checksums of the package").output;
    }
    return sums;
}

/// debian/copyright in free form (Debian Policy 12.5): each part of the environment with what its own
/// metadata states.
std::string copyright_text(const fs::path& tree, const Settings& settings) {
    std::vector<std::string> parts;
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
        if (entry.path().filename() != "METADATA" || entry.path().parent_path().extension() != ".dist-info")
            continue;
        std::ifstream in(entry.path());
        std::ostringstream content;
        content << in.rdbuf();
        parts.push_back(fmt::format("{}Files: /{}\n\n", licence_paragraph(content.str()),
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

}  // namespace

void build_deb(const host::Processes& processes, const Settings& settings, const Interpreter& interpreter,
               std::chrono::sys_seconds time, const fs::path& scratch, const fs::path& tree,
               Products& products) {
    const std::string& package = settings.deb.package;
    const std::string version = products.version.text();
    normalise(tree, time);
    refuse_paths(tree, {scratch, products.folder});

    const fs::path documents = tree / "usr/share/doc" / package;
    write(documents / "changelog",
          changelog_text(package, version, products.changes, settings.deb.maintainer, time));
    processes.check({.argv = {"gzip", "-9n", (documents / "changelog").string()}},
                    "cannot pack the changelog");
    write(documents / "copyright", copyright_text(tree, settings));
    if (settings.deb.prefix.string().starts_with("/opt/"))
        // Policy leaves /opt to add-on software, which this is, and lintian knows Debian's own packages only.
        write(tree / "usr/share/lintian/overrides" / package,
              fmt::format("{}: dir-or-file-in-opt\n", package));

    const TreeContent content = read_tree(tree);
    Control control{.package = package,
                    .version = version,
                    .architecture = architecture(processes, content),
                    .maintainer = settings.deb.maintainer,
                    .installed_size = content.installed_size,
                    .depends = {interpreter.package},
                    .description = settings.deb.description,
                    .details = {fmt::format("{} {} with its dependencies,", settings.service.name, version),
                                fmt::format("in a virtual environment at {}.", settings.deb.prefix.string()),
                                fmt::format("Commit: {}", products.commit)}};
    for (const auto& more :
         {library_packages(processes, package, tree, content, scratch), settings.deb.depends})
        for (const std::string& depend : more)
            if (std::find(control.depends.begin(), control.depends.end(), depend) == control.depends.end())
                control.depends.push_back(depend);

    const fs::path debian = tree / "DEBIAN";
    const std::string sums = md5sums(processes, tree, content);
    write(debian / "control", control_text(control));
    write(debian / "md5sums", sums);
    write(debian / "postinst", postinst_text(settings.deb.prefix, interpreter.major, interpreter.minor),
          fs::perms(0755));
    write(debian / "prerm", prerm_text(settings.deb.prefix), fs::perms(0755));
    set_modes_and_times(tree, time);

    fs::create_directories(products.folder);
    const std::string name = fmt::format("{}_{}_{}.deb", package, version, control.architecture);
    processes.check({.argv = {"dpkg-deb", "-Zzstd", "--root-owner-group", "--build", tree.string(),
                              (products.folder / name).string()},
                     .environment = {{"SOURCE_DATE_EPOCH", std::to_string(time.time_since_epoch().count())}},
                     .timeout = pack_timeout},
                    fmt::format("cannot pack {}", name));
    products.deb = name;
}

}  // namespace dray::builder
