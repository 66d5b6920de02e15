// An upload queue that dput(1) knows as the place of packages.
#include "builder/dput_archive.h"

#include "builder/apt_repository.h"
#include "builder/buildinfo.h"
#include "builder/changes_file.h"
#include "builder/durable.h"
#include "builder/signer.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string_view>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto dput_time = std::chrono::minutes(15);

/// What both programs say beside an exit status of 0 when the server did not take a file: dput-ng for HTTP's
/// 403, FTP's 5xx and SFTP's EACCES, dput for FTP's 553.
constexpr std::array<std::string_view, 2> not_taken{"No file was uploaded", "Leaving existing "};
/// dput-ng's method of that name does not look at how install(1) ended.
constexpr std::string_view blind_method = " using local to ";

bool with_key(const Settings::Publish& publish) {
    return !publish.signing_key.empty() || !publish.signing_command.empty();
}

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

/// Whether the configuration has the host's section itself: dput-ng reads /etc/dput.cf and others beside it.
bool has_section(const fs::path& config, const std::string& name) {
    std::ifstream in(config);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with('[' + name + ']')) return true;
    return false;
}

/// Whether gpg finds a good signature of the key in the file, by the lines that GnuPG's doc/DETAILS
/// describes: VALIDSIG has the fingerprint of the key that signed, and in the end that of its primary key.
bool signed_by(const host::Processes& processes, const Settings::Publish& publish, const fs::path& file) {
    host::Command gpg{.argv = {"gpg", "--batch", "--no-tty", "--status-fd", "1", "--verify", file.string()}};
    if (!publish.gnupg_home.empty()) gpg.environment["GNUPGHOME"] = publish.gnupg_home.string();
    const host::Result result = processes.run(gpg);
    std::string key = publish.signing_key;
    std::ranges::transform(key, key.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string mark;
        std::string what;
        if (!(words >> mark >> what) || what != "VALIDSIG") continue;
        for (std::string word; words >> word;)
            if (word.ends_with(key)) return result.ok();
    }
    return false;
}

/// Whether the file is what would be uploaded: each signature is another one, and an upload that is made
/// again is to have the same bytes.
bool is_ready(const host::Processes& processes, const Settings::Publish& publish, const fs::path& file,
              const std::string& text) {
    const std::string there = content_of(file);
    if (!with_key(publish)) return there == text;
    if (there == text || without_signature(there) != text) return false;
    return !publish.signing_command.empty() || signed_by(processes, publish, file);
}

}  // namespace

DputArchive::DputArchive(const host::Processes& processes, const Settings& settings)
    : processes_(processes), settings_(settings) {}

std::string DputArchive::text() const {
    return fmt::format("dput's {}", settings_.publish.dput_host);
}

void DputArchive::dput(const fs::path& changes, bool simulate) const {
    const Settings::Publish& publish = settings_.publish;
    // dput-ng would have debsign(1) sign what it does not find well signed, by whatever key that takes.
    host::Command command{.argv = {"dput", "--config", publish.dput_config.string(), "--force",
                                   "--no-upload-log", "--unchecked"},
                          .timeout = dput_time};
    if (simulate) command.argv.push_back("--simulate");
    command.argv.insert(command.argv.end(), {publish.dput_host, changes.string()});
    if (!publish.gnupg_home.empty()) command.environment["GNUPGHOME"] = publish.gnupg_home.string();
    const std::string attempt = fmt::format("cannot upload {} to {}", changes.filename().string(), text());
    const host::Result result = processes_.check(command, attempt);
    const std::string words = result.output + result.errors;
    if (words.find(blind_method) != words.npos)
        throw Error(attempt, "the method local of dput-ng does not tell when it fails",
                    "take another method, the program dput, or [publish] archive = \"command\"");
    if (std::ranges::any_of(not_taken, [&](auto said) { return words.find(said) != words.npos; }))
        throw Error(attempt, words, "the server did not take a file: see whether it may be written there");
}

void DputArchive::stage(const Products& products, bool) {
    const Settings::Publish& publish = settings_.publish;
    if (!fs::exists(publish.dput_config))
        throw Error(fmt::format("cannot upload to {}", text()),
                    fmt::format("there is no {}", publish.dput_config.string()),
                    fmt::format("write it as dput.cf(5) says: [{}] with method, fqdn and incoming",
                                publish.dput_host));
    if (!has_section(publish.dput_config, publish.dput_host))
        throw Error(fmt::format("cannot upload to {}", text()),
                    fmt::format("{} has no section [{}]", publish.dput_config.string(), publish.dput_host),
                    "write it as dput.cf(5) says, with method, fqdn and incoming");
    for (const BuiltPackage& package : products.debs) {
        const fs::path deb = products.folder / package.file;
        const std::string text = changes_text(describe_upload(
            processes_, deb, suite_of_target(publish.suite, package.target), products.changes));
        const fs::path file = fs::path(deb).replace_extension(".changes");
        if (!is_ready(processes_, publish, file, text))
            replace_file(file, with_key(publish) ? clearsign(processes_, publish, text) : text);
        changes_.push_back(file);
        dput(file, true);
    }
}

void DputArchive::commit() {
    for (const fs::path& file : changes_) {
        sent_ = true;
        dput(file, false);
    }
}

void DputArchive::withdraw(const Products& products) {
    throw Error(fmt::format("cannot take {} back out of {}", products.version.text(), text()),
                "an upload queue takes nothing back",
                "remove the packages there; the number is not used again");
}

}  // namespace dray::builder
