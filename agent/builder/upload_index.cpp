// A Python package index that takes uploads.
#include "builder/upload_index.h"

#include "builder/file_digest.h"
#include "builder/index_page.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr auto uploader = "/usr/bin/twine";
constexpr auto upload_time = std::chrono::minutes(15);
constexpr auto page_time = std::chrono::seconds(30);
constexpr std::size_t longest_page = 32u << 20;  // a project of some ten thousand releases

}  // namespace

UploadIndex::UploadIndex(const host::Processes& processes, const host::Http& http, const Settings& settings)
    : processes_(processes), http_(http), settings_(settings) {}

std::string UploadIndex::text() const {
    return settings_.publish.index_url;
}

/// That it is away is no fault of what is to be published.
ProjectFiles UploadIndex::published() const {
    std::string base = settings_.publish.index_url;
    if (!base.ends_with('/')) base += '/';
    const std::string url = base + normal_name(settings_.service.name) + "/";
    const std::string attempt = fmt::format("cannot read {}", url);
    constexpr auto hint = "[publish] index_url is where clients of the index look";
    try {
        auto answer = http_.get({.url = url,
                                 .timeout = page_time,
                                 .body_limit = longest_page,
                                 .follow_redirects = true,
                                 .headers = {{"Accept", accepted_pages}, {"Cache-Control", "no-cache"}}});
        if (answer.status == 404) return {};  // a project without releases
        if (answer.status != 200)
            throw Error(attempt, fmt::format("the index answers {}", answer.status), hint);
        return is_project_json(answer.headers["content-type"]) ? read_project_json(answer.body)
                                                               : read_project_page(answer.body);
    } catch (const Error& error) {
        throw Unsure(error.parts().attempt == attempt ? error : Error(attempt, error.what(), hint));
    }
}

std::vector<UploadIndex::File> UploadIndex::missing() const {
    const ProjectFiles there = published();
    std::vector<File> missing;
    for (const File& file : files_) {
        const auto found = there.find(file.name);
        if (found == there.end()) {
            missing.push_back(file);
        } else if (found->second != file.digest) {
            throw Error(
                fmt::format("cannot publish {}", file.name),
                fmt::format("{} has another file of this name: {} there, {} here", text(), found->second,
                            file.digest),
                "remove one of the two, or give this release up: dray-build abandon, and release again");
        }
    }
    return missing;
}

void UploadIndex::stage(const Products& products, bool) {
    const fs::path& config = settings_.publish.upload_config;
    if (!fs::exists(config))
        throw Error("cannot upload to the Python index", fmt::format("there is no {}", config.string()),
                    fmt::format("write it as twine(1) wants it: [distutils] with index-servers, and [{}] "
                                "with repository, username and password",
                                settings_.publish.upload_to));
    processes_.check({.argv = {uploader, "--version"}, .timeout = page_time},
                     "cannot upload to the Python index; the package twine is what uploads");
    folder_ = products.folder;
    for (const std::string& name : {products.sdist, products.wheel})
        files_.push_back({name, file_sha256(folder_ / name)});
    for (const auto& [name, digest] : published())
        if (digest.empty() && distribution_version(name))
            throw Error("cannot compare what is built with what the index has",
                        fmt::format("{} gives no SHA-256 of {}", text(), name),
                        "have the index put #sha256= into its links (PEP 503)");
    missing();
}

/// The password stays in twine's file; neither is it in the arguments nor in what twine says.
void UploadIndex::upload(const std::string& name) const {
    processes_.check(
        {.argv = {uploader, "--no-color", "upload", "--non-interactive", "--disable-progress-bar",
                  "--config-file", settings_.publish.upload_config.string(), "--repository",
                  settings_.publish.upload_to, (folder_ / name).string()},
         .timeout = upload_time},
        fmt::format("cannot upload {} to the index {}", name, settings_.publish.upload_to));
}

void UploadIndex::commit() {
    for (const File& file : missing()) {
        try {
            upload(file.name);
            sent_ = true;
        } catch (const Error& error) {
            // Whatever else it is, the index may have the file by now.
            if (error.parts().cause.find("HTTPError: 4") == std::string::npos) sent_ = true;
            const auto still = missing();
            if (std::ranges::find(still, file.name, &File::name) != still.end()) throw;
        }
    }
}

bool UploadIndex::may_be_visible() const {
    if (sent_) return true;  // the page may be late
    try {
        const ProjectFiles there = published();
        return std::ranges::any_of(files_, [&](const File& file) { return there.contains(file.name); });
    } catch (const Error&) {
        return true;
    }
}

void UploadIndex::withdraw(const Products& products) {
    throw Error(fmt::format("cannot take {} back out of {}", products.version.text(), text()),
                "an index that takes uploads takes none back",
                "yank the release there; its number is not used again");
}

std::vector<Version> UploadIndex::versions() const {
    std::vector<Version> versions;
    for (const auto& [name, digest] : published())
        if (const auto version = distribution_version(name)) versions.push_back(*version);
    return versions;
}

}  // namespace dray::builder
