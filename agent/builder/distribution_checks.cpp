// What is looked at in an sdist and a wheel before anybody gets them.
#include "builder/distribution_checks.h"

#include "builder/confinement.h"
#include "error.h"
#include "printable.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto twine = "/usr/bin/twine";
constexpr auto twine_timeout = std::chrono::minutes(2);
constexpr auto look_timeout = std::chrono::minutes(5);
constexpr std::size_t most_names = 64u << 20;  // bytes
constexpr std::size_t most_shown = 5;          // names in a message

constexpr auto look_script = R"(import email, os, sys, tarfile, zipfile

sdist, wheel, out = sys.argv[1:]
with tarfile.open(sdist) as archive:
    names = ["s" + entry.name.partition("/")[2] for entry in archive.getmembers() if not entry.isdir()]
with zipfile.ZipFile(wheel) as archive:
    files = [name for name in archive.namelist() if not name.endswith("/")]
    [metadata] = [name for name in files if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
    said = email.message_from_bytes(archive.read(metadata))
names += ["w" + name for name in files if not name.startswith(os.path.dirname(metadata) + "/")]
if str(said["Description"] or said.get_payload() or "").strip():
    names.append("d")
with open(out, "wb") as file:
    file.write("".join(name + "\0" for name in names).encode("utf-8", "surrogateescape"))
)";

Contents contents_of(const host::Processes& processes, const Settings& settings,
                     const Interpreter& interpreter, const fs::path& scratch, const fs::path& sdist,
                     const fs::path& wheel) {
    const Confinement confinement = build_confinement(settings).with_lent(scratch);
    lend(scratch, confinement);
    const fs::path names = scratch / "names";
    processes.check(
        confined({.argv = {interpreter.tools.string(), "-I", "-c", look_script, sdist.string(),
                           wheel.string(), names.string()},
                  .environment = {{"LC_ALL", "C.UTF-8"}},
                  .timeout = look_timeout},
                 confinement.with(sdist).with(wheel)),
        fmt::format("cannot look into {} and {}", sdist.filename().string(), wheel.filename().string()));
    return read_contents(read_made(names, most_names));
}

/// A few of the names, which a commit may have made up for a terminal, and how many more there are.
std::string shown(const std::vector<std::string>& names) {
    const std::vector<std::string> first(
        names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most_shown)));
    std::string text = printable(fmt::format("{}", fmt::join(first, ", ")));
    std::ranges::replace(text, '\n', '?');
    if (names.size() > most_shown) text += fmt::format(" and {} more", names.size() - most_shown);
    return text;
}

/// The last part of a path.
std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// The folder of a path: "src/" of src/page.py.
std::string folder_of(std::string_view path) {
    return std::string(path.substr(0, path.size() - base_name(path).size()));
}

std::string reversed(std::string_view text) {
    return {text.rbegin(), text.rend()};
}

/// The files of a commit by their ends: there may be as many as somebody likes, and as many to be looked for.
class FilesByEnd {
  public:
    explicit FilesByEnd(const std::set<std::string>& commit) {
        for (const std::string& file : commit)
            files_.insert(reversed(file));
    }

    /// Where a package's or module's own file stands in the commit: "src/" of warehouse/page.py that is in
    /// src/warehouse/page.py, and the nearest of several; nothing when it is not in the commit.
    std::optional<std::string> origin(const std::string& module) const {
        const std::string own = reversed(module);
        if (files_.contains(own)) return std::string();
        std::optional<std::string> nearest;
        for (auto file = files_.lower_bound(own + '/'); file != files_.end() && file->starts_with(own + '/');
             ++file)
            if (const std::string folder = reversed(file->substr(own.size()));
                !nearest || folder.size() < nearest->size())
                nearest = folder;
        return nearest;
    }

  private:
    std::set<std::string> files_;  ///< each from its end to its beginning
};

/// Whether a file is in one of these folders, or in a folder in one.
bool is_in_one(const std::string& file, const std::set<std::string>& folders) {
    for (auto slash = file.find('/'); slash != file.npos; slash = file.find('/', slash + 1))
        if (folders.contains(file.substr(0, slash + 1))) return true;
    return false;
}

}  // namespace

Contents read_contents(std::string_view text) {
    Contents contents;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\0'), text.size());
        const std::string_view record = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (record == "d")
            contents.described = true;
        else if (record.starts_with('s'))
            contents.sdist.emplace(record.substr(1));
        else if (record.starts_with('w'))
            contents.wheel.emplace(record.substr(1));
    }
    return contents;
}

LeftOut find_left_out(const Contents& contents, const std::set<std::string>& commit) {
    std::vector<std::string> missing;
    std::ranges::set_difference(commit, contents.sdist, std::back_inserter(missing));
    LeftOut left;
    if (missing.empty()) return left;
    std::set<std::string> packages;  // folders in the commit, "src/warehouse/"
    std::set<std::string> above;     // and the folders that these are in, "src/"
    std::set<std::string> modules;   // folders of modules that are in no package
    std::set<std::string> known;     // packages that were found
    const FilesByEnd files(commit);
    for (const std::string& file : contents.wheel) {
        if (!file.ends_with(".py")) continue;
        const std::size_t slash = file.find('/');
        const std::string top = slash == file.npos ? file : file.substr(0, slash + 1);
        if (known.contains(top)) continue;
        const auto folder = files.origin(file);
        if (!folder) continue;  // generated, or in the commit by another name
        known.insert(top);
        above.insert(*folder);
        if (slash == file.npos)
            modules.insert(*folder);
        else
            packages.insert(*folder + top);
    }
    for (const std::string& file : missing) {
        if (is_in_one(file, packages)) {
            left.inside.push_back(file);
            continue;
        }
        const std::string folder = folder_of(file);
        const std::string parent = folder_of(std::string_view(folder).substr(0, folder.rfind('/')));
        const bool package = !folder.empty() && base_name(file) == "__init__.py" && above.contains(parent);
        const bool module =
            file.ends_with(".py") && base_name(file) != "setup.py" && modules.contains(folder);
        if (package || module) left.beside.push_back(file);
    }
    return left;
}

std::set<std::string> files_below(const fs::path& folder) {
    std::set<std::string> names;
    if (!fs::exists(folder)) return names;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_symlink() || !entry.is_directory())
            names.insert(entry.path().lexically_relative(folder).string());
    return names;
}

std::vector<std::string> check_distributions(const host::Processes& processes, host::Files& files,
                                             const Settings& settings, const Interpreter& interpreter,
                                             const std::set<std::string>& commit,
                                             const std::function<Source(const fs::path&)>& export_again,
                                             const fs::path& scratch, const BuildCache& cache,
                                             const Products& products) {
    const fs::path sdist = products.folder / products.sdist;
    const fs::path wheel = products.folder / products.wheel;
    std::vector<std::string> notes;
    const Contents contents = contents_of(processes, settings, interpreter, scratch / "built", sdist, wheel);

    if (settings.python.twine_check && !fs::exists(twine))
        notes.push_back(
            fmt::format("note: the metadata of {} was not checked: twine is not installed", products.sdist));
    else if (settings.python.twine_check && contents.described)
        processes.check(
            confined({.argv = {twine, "--no-color", "check", sdist.string(), wheel.string()},
                      .environment = {{"HOME", "/tmp"}},
                      .timeout = twine_timeout},
                     build_confinement(settings).with(sdist).with(wheel)),
            fmt::format("twine finds errors in the metadata of {} and {}", products.sdist, products.wheel));

    const LeftOut left = find_left_out(contents, commit);
    if (left.inside.empty() && left.beside.empty()) return notes;
    const Source source = export_again(scratch / "commit/files");
    const fs::path direct = build_direct_wheel(processes, files, settings, interpreter, source,
                                               scratch / "direct", cache, products.version);
    const Contents other = contents_of(processes, settings, interpreter, scratch / "other", sdist, direct);
    std::vector<std::string> lost;
    std::ranges::set_difference(other.wheel, contents.wheel, std::back_inserter(lost));
    if (!lost.empty())
        throw Error(
            fmt::format("cannot release {} {}", settings.service.name, products.version.text()),
            fmt::format("a wheel made from the commit has {}, and the one made from the sdist has not",
                        shown(lost)),
            "have the sdist hold what they are made from: MANIFEST.in of setuptools, or what its "
            "backend includes and excludes");
    std::vector<std::string> nowhere;
    std::ranges::copy_if(left.inside, std::back_inserter(nowhere),
                         [](const std::string& file) { return !base_name(file).starts_with('.'); });
    if (!nowhere.empty())
        notes.push_back(fmt::format("note: neither the sdist nor the wheel has {}", shown(nowhere)));
    return notes;
}

}  // namespace dray::builder
