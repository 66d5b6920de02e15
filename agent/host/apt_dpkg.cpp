// dpkg's own record of what is installed, read from its files without starting anything.
#include "host/apt_dpkg.h"

#include "error.h"
#include "host/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <utility>

namespace dray::host {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes the first word off `text`.
std::string_view take_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

struct Stanza {
    std::string_view name;
    DpkgPackage package;
};

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// The fields wanted of one stanza; nothing when it names no package or no status.
std::optional<Stanza> read_stanza(std::string_view text) {
    Stanza stanza;
    stanza.package.stanza = text;
    int missing = 4;  // once all are found, the rest (Conffiles, Description) need not be looked at
    while (!text.empty() && missing > 0) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto field = [&](std::string_view name, std::string_view& value) {
            if (!line.starts_with(name)) return false;
            value = trimmed(line.substr(name.size()));
            --missing;
            return true;
        };
        std::string_view status;
        if (field("Package:", stanza.name) || field("Version:", stanza.package.version) ||
            field("Architecture:", stanza.package.architecture))
            continue;
        if (field("Status:", status)) {
            stanza.package.want = take_word(status);
            stanza.package.flag = take_word(status);
            stanza.package.state = take_word(status);
        }
    }
    if (stanza.name.empty() || stanza.package.state.empty()) return std::nullopt;
    return stanza;
}

bool is_native(const DpkgPackage& package, std::string_view native) {
    return package.architecture == "all" || package.architecture == native;
}

std::string read_whole(const Descriptor& file, std::uint64_t size, const std::filesystem::path& path) {
    std::string text(size, '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const auto count = ::read(file.get(), text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system("cannot read " + path.string(), errno);
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

/// The first line of `arch`, a file that dpkg keeps once an architecture has been added.
std::string native_architecture(const std::filesystem::path& folder) {
    std::ifstream file(folder / "arch");
    std::string line;
    std::getline(file, line);
    return line;
}

}  // namespace

bool DpkgPackage::interrupted() const {
    if (must_be_reinstalled()) return true;
    return state != "installed" && state != "config-files" && state != "not-installed";
}

std::string_view DpkgPackage::field(std::string_view name) const {
    for (std::string_view rest = stanza; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto colon = line.find(':');  // a line of a longer value begins with a blank, and is no name
        if (colon != std::string_view::npos && same_name(line.substr(0, colon), name))
            return trimmed(line.substr(colon + 1));
    }
    return {};
}

DpkgStatus::DpkgStatus(std::string text, std::string native)
    : text_(std::make_shared<const std::string>(std::move(text))), native_(std::move(native)) {
    std::string_view rest = *text_;
    while (!rest.empty()) {
        const auto end = std::min(rest.find("\n\n"), rest.size());
        if (const auto stanza = read_stanza(rest.substr(0, end)))
            packages_.emplace(stanza->name, stanza->package);
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
}

const DpkgPackage* DpkgStatus::find(std::string_view name) const {
    const auto colon = name.find(':');
    const auto [first, last] = packages_.equal_range(name.substr(0, colon));
    const DpkgPackage* best = nullptr;
    for (auto entry = first; entry != last; ++entry) {
        const DpkgPackage& package = entry->second;
        if (colon != std::string_view::npos) {
            if (package.architecture == name.substr(colon + 1)) return &package;
            continue;
        }
        if (is_native(package, native_)) return &package;
        if (!best || (package.installed() && !best->installed())) best = &package;
    }
    return best;
}

std::string DpkgStatus::full_name(std::string_view name, const DpkgPackage& package) const {
    const bool foreign = !native_.empty() && !is_native(package, native_);
    return foreign ? std::string(name) + ":" + std::string(package.architecture) : std::string(name);
}

std::map<std::string, std::string> DpkgStatus::installed() const {
    std::map<std::string, std::string> versions;
    for (const auto& [name, package] : packages_)
        if (package.installed()) versions[full_name(name, package)] = package.version;
    return versions;
}

std::vector<std::string> DpkgStatus::interrupted() const {
    std::vector<std::string> names;
    for (const auto& [name, package] : packages_)
        if (package.interrupted()) names.push_back(full_name(name, package));
    std::sort(names.begin(), names.end());
    return names;
}

const DpkgStatus& DpkgDatabase::status() const {
    const auto path = folder_ / "status";
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw Error::system("cannot open " + path.string(), errno);
    struct stat what {};
    if (::fstat(file.get(), &what) != 0) throw Error::system("cannot read " + path.string(), errno);
    const Identity now{what.st_ino, static_cast<std::uint64_t>(what.st_size),
                       what.st_mtim.tv_sec * 1'000'000'000 + what.st_mtim.tv_nsec};
    if (!status_ || now != identity_) {
        status_ = std::make_unique<const DpkgStatus>(read_whole(file, now.size, path),
                                                     native_architecture(folder_));
        identity_ = now;
    }
    return *status_;
}

bool DpkgDatabase::has_journal() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "updates", error)) {
        const std::string name = entry.path().filename();
        // dpkg's journal is numbered; other names are temporary files that it leaves behind and never reads.
        if (name.find_first_not_of("0123456789") == std::string::npos) return true;
    }
    if (error && error != std::errc::no_such_file_or_directory)
        throw Error("cannot read " + (folder_ / "updates").string(), error.message());
    return false;
}

bool DpkgDatabase::interrupted() const {
    return has_journal() || !status().interrupted().empty();
}

}  // namespace dray::host
