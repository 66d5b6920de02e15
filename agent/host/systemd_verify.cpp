// Unit files and calendar expressions judged by systemd itself, before anything of them is put in place.
#include "host/systemd_verify.h"

#include "error.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

namespace dray::host {
namespace {

namespace fs = std::filesystem;

// It loads some units and answers within a tenth of a second; this is for one that hangs.
constexpr std::chrono::seconds analyze_limit{60};

/// A folder that is removed with what is in it.
class PrivateFolder {
  public:
    explicit PrivateFolder(const fs::path& parent) {
        fs::create_directories(parent);
        std::string name = parent / "verify-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw Error::system("cannot make a private folder in " + parent.string(), errno);
        path_ = name;
    }
    ~PrivateFolder() {
        std::error_code ignored;  // what is left is empty of meaning to all others
        fs::remove_all(path_, ignored);
    }
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;

    void write(const std::string& name, std::string_view text) const {
        const auto path = path_ / name;
        fs::create_directories(path.parent_path());
        std::ofstream file(path, std::ios::binary);
        file << text << std::flush;
        if (!file) throw Error("cannot write " + path.string(), "the disk is full or not writable");
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

std::string file_name(const UnitFile& file) {
    return file.dropin.empty() ? file.unit : file.unit + ".d/" + file.dropin;
}

/// The least that a unit of this kind needs, so that a drop-in of one that is not there yet can be read;
/// "" when a drop-in of such a kind cannot be judged without its unit.
std::string_view least_unit(const std::string& unit) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> least = {
        {{".service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"},
         {".timer", "[Timer]\nOnCalendar=daily\n"},
         {".socket", "[Socket]\nListenStream=/run/dray-verify\n"},
         {".path", "[Path]\nPathExists=/\n"},
         {".target", "[Unit]\n"}}};
    for (const auto& [suffix, text] : least)
        if (unit.ends_with(suffix)) return text;
    return {};
}

/// "name@verify.service" of "name@.service": only instances can be loaded by name.
std::string loadable(const std::string& unit) {
    const auto at = unit.find("@.");
    return at == std::string::npos ? unit : unit.substr(0, at + 1) + "verify" + unit.substr(at + 1);
}

Result analyze(const Processes& processes, const std::vector<std::string>& words, const fs::path& folder) {
    Command command{.argv = {"systemd-analyze"}, .timeout = analyze_limit};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    // The empty part at the end stands for the usual folders.
    if (!folder.empty()) command.environment["SYSTEMD_UNIT_PATH"] = folder.string() + ":";
    auto result = processes.run(command);
    if (result.timed_out) throw Error("cannot ask systemd-analyze", result.outcome());
    return result;
}

Result verify(const Processes& processes, const fs::path& folder, const std::vector<UnitFile>& files) {
    std::vector<std::string> words = {"verify", "--man=no", "--recursive-errors=no"};
    for (const auto& file : files)
        words.push_back(file.dropin.empty() ? (folder / file.unit).string() : loadable(file.unit));
    return analyze(processes, words, folder);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

bool names_one(const std::string& line, const std::vector<UnitFile>& files) {
    return std::ranges::any_of(files, [&](const UnitFile& file) {
        const auto at = file.unit.find("@.");
        return line.find(file.unit) != std::string::npos || line.find(file_name(file)) != std::string::npos ||
               (at != std::string::npos && line.find(file.unit.substr(0, at + 1)) != std::string::npos);
    });
}

/// What somebody else may bring before the unit is started.
bool may_come_later(const std::string& line) {
    return line.ends_with("is not executable: No such file or directory") ||
           (line.find("not loaded, socket cannot be started") != std::string::npos);
}

/// systemd goes on to understand what it wishes to be written in another way.
bool is_advice(const std::string& line) {
    return line.find("; please use ") != std::string::npos || line.find("please update") != std::string::npos;
}

}  // namespace

UnitVerdict verify_units(const Processes& processes, const fs::path& runtime,
                         const std::vector<UnitFile>& files) {
    const PrivateFolder folder(runtime);
    for (const auto& file : files)
        folder.write(file_name(file), file.text);
    Result result = verify(processes, folder.path(), files);
    bool again = false;
    for (const auto& file : files) {
        const bool missing =
            result.errors.find("Unit " + loadable(file.unit) + " not found") != std::string::npos;
        if (file.dropin.empty() || !missing) continue;
        if (least_unit(file.unit).empty()) return {};
        folder.write(file.unit, least_unit(file.unit));
        again = true;
    }
    if (again) result = verify(processes, folder.path(), files);
    UnitVerdict verdict;
    if (result.ok()) return verdict;
    bool excused = false;
    std::istringstream lines(result.errors);
    for (std::string line; std::getline(lines, line);) {
        if (!names_one(line, files)) continue;
        replace_all(line, folder.path().string() + "/", "");
        if (may_come_later(line))
            excused = true;
        else
            (is_advice(line) ? verdict.advice : verdict.errors).push_back(line);
    }
    const bool explained = excused || !verdict.errors.empty() || !verdict.advice.empty();
    if (!explained) verdict.errors.push_back("systemd-analyze: " + result.outcome() + ": " + result.errors);
    return verdict;
}

std::string next_elapse(const Processes& processes, const std::string& calendar) {
    const Result result = analyze(processes, {"calendar", "--", calendar}, {});
    if (!result.ok()) {
        std::string cause = result.errors;
        while (!cause.empty() && cause.back() == '\n')
            cause.pop_back();
        throw Error("cannot read '" + calendar + "' as a calendar event", cause,
                    "see systemd.time(7); `systemd-analyze calendar` tries one out");
    }
    constexpr std::string_view label = "Next elapse: ";
    const auto begin = result.output.find(label);
    if (begin == std::string::npos) return "never";
    const auto end = result.output.find('\n', begin);
    return result.output.substr(begin + label.size(), end - begin - label.size());
}

}  // namespace dray::host
