// What pip says that it has installed, and why it has not.
#include "builder/pip_report.h"

#include "builder/settings.h"
#include "error.h"
#include "printable.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <map>
#include <sstream>

namespace dray::builder {
namespace {

/// One word of one line: names of files are the index's to choose.
std::string one_word(std::string text) {
    for (char& c : text)
        if (c <= ' ' || c > '~') c = '?';
    return text.empty() ? "?" : text;
}

/// The last part of an address, without what a "#" or "?" begins.
std::string last_part(std::string address) {
    address.erase(std::min(address.find_first_of("#?"), address.size()));
    return address.substr(address.rfind('/') + 1);
}

/// The digest of an archive, where PEP 610 has it: in `hashes`, or in `hash` of its older form.
std::string digest_of(const nlohmann::json& download) {
    const auto archive = download.find("archive_info");
    if (archive == download.end()) return "-";
    if (const auto hashes = archive->find("hashes"); hashes != archive->end() && hashes->contains("sha256"))
        return hashes->at("sha256");
    constexpr std::string_view start = "sha256=";
    const std::string hash = archive->value("hash", std::string());
    return hash.starts_with(start) ? hash.substr(start.size()) : "-";
}

}  // namespace

std::vector<PythonFile> parse_pip_report(const std::string& json) {
    std::vector<PythonFile> files;
    try {
        const auto report = nlohmann::json::parse(json);
        for (const auto& one : report.at("install")) {
            const auto& metadata = one.at("metadata");
            const auto& download = one.at("download_info");
            files.push_back({one_word(normal_name(metadata.at("name").get<std::string>())),
                             one_word(metadata.at("version")), one_word(last_part(download.at("url"))),
                             one_word(digest_of(download))});
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error("cannot tell what pip has installed",
                    fmt::format("its report is broken: {}", error.what()), "pip 22.2 and later write one");
    }
    return joined_files({}, files);
}

std::vector<PythonFile> joined_files(const std::vector<PythonFile>& files,
                                     const std::vector<PythonFile>& more) {
    std::map<std::string, PythonFile> by_name;
    for (const auto* each : {&files, &more})
        for (const PythonFile& file : *each)
            by_name[file.name] = file;
    std::vector<PythonFile> all;
    for (auto& [name, file] : by_name)
        all.push_back(std::move(file));
    return all;
}

std::string python_files_text(const std::vector<PythonFile>& files) {
    std::string text;
    for (const PythonFile& file : files)
        text += fmt::format("{} {} {} {}\n", file.sha256, file.name, file.version, file.file);
    return text;
}

std::string conflict_text(std::string_view output) {
    constexpr std::string_view begin = "\nThe conflict is caused by:\n";
    const std::size_t found = output.rfind(begin);
    if (found == output.npos) return {};
    output.remove_prefix(found + begin.size() - 1);
    return printable(output.substr(0, output.find("\n\n")));
}

std::vector<PythonFile> parse_python_files(std::string_view text) {
    std::vector<PythonFile> files;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        PythonFile file;
        if (words >> file.sha256 >> file.name >> file.version >> file.file) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace dray::builder
