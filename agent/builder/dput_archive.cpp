// An upload queue that dput(1) knows as the place of packages.
#include "builder/dput_archive.h"

#include "builder/changes_file.h"
#include "builder/durable.h"
#include "builder/signer.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
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

std::string signed_changes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

}  // namespace

DputArchive::DputArchive(const host::Processes& processes, const Settings& settings)
    : processes_(processes), settings_(settings) {}

std::string DputArchive::text() const {
    return fmt::format("dput's {}", settings_.publish.dput_host);
}

void DputArchive::dput(const fs::path& changes, bool simulate) const {
    const Settings::Publish& publish = settings_.publish;
    const bool with_key = !publish.signing_key.empty() || !publish.signing_command.empty();
    host::Command command{
        .argv = {"dput", "--config", publish.dput_config.string(), "--force", "--no-upload-log"},
        .timeout = dput_time};
    if (!with_key) command.argv.push_back("--unchecked");
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
    for (const std::string& name : package_names(products)) {
        const std::string text = changes_text(
            describe_upload(processes_, products.folder / name, publish.suite, products.changes));
        const fs::path file = fs::path(products.folder / name).replace_extension(".changes");
        // Each signature is another one: an upload that is made again has the same bytes.
        if (signed_changes(file).find(text) == std::string::npos) {
            const bool with_key = !publish.signing_key.empty() || !publish.signing_command.empty();
            replace_file(file, with_key ? clearsign(processes_, publish, text) : text);
        }
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
