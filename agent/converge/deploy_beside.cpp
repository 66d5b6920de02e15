// The strategy side-by-side.
#include "converge/deploy_beside.h"

#include "host/interrupt.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>
#include <string_view>

namespace dray::converge {
namespace {

namespace fs = std::filesystem;

constexpr auto mount_marker = ".dray-mount";
constexpr auto marker_text =
    "A service runs from a copy of this folder that is mounted here, and would lose it\n"
    "if the folder went with the package. See DEPLOYS in dray(8).\n";

/// What systemd takes for a character of the path, and nothing else. Source: systemd.exec(5), BindPaths=.
bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
}

/// The lines of md5sums(5) below a folder, as if that were the root; those of conffiles, which the
/// administrator may change, left out.
std::string sums_within(const std::string& md5sums, const std::string& conffiles, const fs::path& folder) {
    const std::string prefix = folder.relative_path().string() + "/";
    std::string sums;
    std::istringstream lines(md5sums);
    for (std::string line; std::getline(lines, line);) {
        constexpr std::size_t name = 34;  // 32 digits and two spaces
        if (line.size() <= name || line.compare(name, prefix.size(), prefix) != 0) continue;
        const bool conffile = ("\n" + conffiles).find("\n/" + line.substr(name) + "\n") != std::string::npos;
        if (!conffile) sums += line.substr(0, name) + line.substr(name + prefix.size()) + "\n";
    }
    return sums;
}

}  // namespace

SideBySide::SideBySide(host::Host& host, const DeploySet& set)
    : host_(host),
      set_(set),
      tree_(set.settings().tree),
      copies_(tree_.parent_path() / ".dray" / tree_.filename()) {}

fs::path SideBySide::drop_in(const Item& service) const {
    return fs::path("/etc/systemd/system") / (service.resource->service() + ".d") / "dray-tree.conf";
}

std::string SideBySide::drop_in_text(const std::string& copy) const {
    return fmt::format(
        "# Kept by dray: the release that runs, beside the folder that dpkg changes.\n"
        "[Service]\nBindReadOnlyPaths={}:{}\n",
        (copies_ / copy).string(), tree_.string());
}

std::vector<fs::path> SideBySide::files() const {
    if (!wanted() && !host_.files().exists(link())) return {};
    std::vector<fs::path> files;
    for (const auto* service : set_.services)
        files.push_back(drop_in(*service));
    if (!files.empty()) files.push_back(link());
    return files;
}

std::string SideBySide::name(const std::string& version, const std::string& time) {
    std::string name;
    for (const char c : version)
        name += is_plain(c) ? c : '_';
    name += '-';
    std::ranges::copy_if(time, std::back_inserter(name), [](char c) { return c >= '0' && c <= '9'; });
    return name;
}

std::string SideBySide::current() const {
    return host_.files().read_link(link()).value_or("").filename().string();
}

void SideBySide::put(const std::string& copy, const resources::Progress& progress) {
    const auto attempt = "cannot run " + set_.name() + " from a copy of " + tree_.string();
    const auto text = drop_in_text(copy);
    const bool stands = current() == copy && std::ranges::all_of(set_.services, [&](const Item* service) {
                            return host_.files().read(drop_in(*service)) == text;
                        });
    if (stands) return;
    const auto target = copies_ / copy;
    // The link is there when the copy is whole and on the disk, and not before.
    if (current() != copy) {
        progress("copying " + tree_.string() + " to " + target.string());
        host_.files().make_directory(copies_, {.mode = 0755}, true);
        remove(target);
        const auto& programs = host_.processes();
        programs.check(
            {.argv = {"cp", "--archive", "--reflink=auto", "--no-target-directory", tree_, target}}, attempt);
        check(target, attempt);
        programs.check({.argv = {"sync", "--file-system", target}}, attempt);
        host_.files().write(tree_ / mount_marker, marker_text, {.mode = 0644});
        host_.files().make_link(link(), copy);
    }
    for (const auto* service : set_.services) {
        const auto path = drop_in(*service);
        host_.files().make_directory(path.parent_path(), {.mode = 0755});
        host_.files().write(path, text, {.mode = 0644});
    }
    reload();
}

/// A copy with a torn file would be run for as long as the release is.
void SideBySide::check(const fs::path& copy, const std::string& attempt) const {
    const auto control = [&](const char* file) {
        const auto result =
            host_.processes().run({.argv = {"dpkg-query", "--control-show", set_.name(), file}});
        return result.ok() ? result.output : std::string();  // a package need not have it
    };
    const auto sums = sums_within(control("md5sums"), control("conffiles"), tree_);
    if (!sums.empty())
        host_.processes().check(
            {.argv = {"md5sum", "--check", "--quiet", "--strict", "-"}, .directory = copy, .input = sums},
            attempt);
}

void SideBySide::take_away(const resources::Progress& progress) {
    if (!host_.files().exists(link())) return;
    progress("running " + set_.name() + " from " + tree_.string() + " itself");
    for (const auto* service : set_.services)
        host_.files().remove(drop_in(*service));
    host_.files().remove(tree_ / mount_marker);
    host_.files().remove(link());
    reload();
}

void SideBySide::reload() {
    if (host_.systemd().booted()) host_.systemd().daemon_reload();
}

std::string SideBySide::saved_copy(const std::vector<SavedFile>& files) const {
    const auto saved = std::ranges::find(files, link().string(), &SavedFile::path);
    if (saved == files.end() || saved->type != "link") return {};
    const auto copy = fs::path(saved->target).filename();
    return host_.files().exists(copies_ / copy) ? copy.string() : std::string();
}

void SideBySide::prune(const std::set<std::string>& keep) {
    if (!host_.files().exists(copies_)) return;
    const auto used = current();
    for (const auto& copy : host_.files().list(copies_))
        if (copy != link().filename() && copy != used && !keep.contains(copy)) remove(copies_ / copy);
    if (host_.files().list(copies_).empty()) host_.files().remove(copies_);
}

void SideBySide::remove(const fs::path& copy) {
    if (!host_.files().exists(copy)) return;
    host_.processes().check({.argv = {"rm", "--recursive", "--force", "--one-file-system", "--", copy}},
                            "cannot remove " + copy.string());
}

}  // namespace dray::converge
