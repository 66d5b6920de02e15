// The Python package index that releases are published to as a folder.
#include "builder/simple_index.h"

#include "builder/durable.h"
#include "builder/file_digest.h"
#include "builder/index_page.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {
namespace {

constexpr auto page_name = "index.html";

// File names of distributions are letters, digits and ._-+! (the binary distribution format), so nothing in a
// page needs escaping; whatever else lies in a folder is not listed.
std::string page(std::string_view title, const std::string& links) {
    return fmt::format(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\" content=\"1.0\">\n"
        "<title>{}</title>\n</head>\n<body>\n{}</body>\n</html>\n",
        title, links);
}

}  // namespace

std::string project_page(std::string_view project, const ProjectFiles& files) {
    std::string links;
    for (const auto& [name, digest] : files)
        links += fmt::format("<a href=\"{0}#sha256={1}\">{0}</a><br>\n", name, digest);
    return page(project, links);
}

std::string root_page(const std::vector<std::string>& projects) {
    std::string links;
    for (const std::string& project : projects)
        links += fmt::format("<a href=\"{0}/\">{0}</a><br>\n", project);
    return page("Simple index", links);
}

FolderIndex::FolderIndex(const host::Files& files, std::filesystem::path index, const std::string& project)
    : files_(files), index_(std::move(index)), project_(normal_name(project)) {}

std::filesystem::path FolderIndex::page_file() const {
    return index_ / project_ / page_name;
}

void FolderIndex::replace(const std::filesystem::path& file, const std::string& text) const {
    if (files_.read(file) != text) replace_file(file, text);
}

void FolderIndex::stage_page(const std::filesystem::path& file, const std::string& text) {
    if (files_.read(file) != text) pages_.emplace_back(file, text);
}

void FolderIndex::stage(const Products& products, bool may_link) {
    const std::filesystem::path folder = index_ / project_;
    ProjectFiles files = listed();
    for (const std::string& name : {products.sdist, products.wheel}) {
        placed_.place(products.folder / name, folder / name, may_link);
        files[name] = file_sha256(products.folder / name);
    }
    pages_.clear();
    stage_page(page_file(), project_page(project_, files));
    std::vector<std::string> projects;
    for (const std::string& name : files_.list(index_))
        if (name == project_ || files_.status(index_ / name / page_name)) projects.push_back(name);
    stage_page(index_ / page_name, root_page(projects));
}

void FolderIndex::commit() {
    for (StagedFile& page : pages_)
        page.commit();
    pages_.clear();
}

void FolderIndex::withdraw(const Products& products) {
    if (!files_.read(page_file())) return;
    ProjectFiles files = listed();
    for (const std::string& name : {products.sdist, products.wheel})
        files.erase(name);
    replace(page_file(), project_page(project_, files));
}

ProjectFiles FolderIndex::listed() const {
    return read_project_page(files_.read(page_file()).value_or(""));
}

/// What is listed, as it lies there: somebody may have damaged it.
ProjectFiles FolderIndex::published() const {
    ProjectFiles there;
    for (const auto& [name, digest] : listed())
        if (const auto file = index_ / project_ / name; files_.status(file)) there[name] = file_sha256(file);
    return there;
}

std::vector<Version> FolderIndex::versions() const {
    std::vector<Version> versions;
    for (const std::string& name : files_.list(index_ / project_))
        if (const auto version = distribution_version(name)) versions.push_back(*version);
    return versions;
}

}  // namespace dray::builder
