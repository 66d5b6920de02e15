// The Python package index that releases are published to.
#include "builder/simple_index.h"

#include "builder/durable.h"
#include "builder/file_digest.h"
#include "builder/settings.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <sstream>

namespace dray::builder {
namespace {

constexpr auto page_name = "index.html";
constexpr std::string_view hash_mark = "#sha256=";

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
        links += fmt::format("<a href=\"{0}{1}{2}\">{0}</a><br>\n", name, hash_mark, digest);
    return page(project, links);
}

ProjectFiles parse_project_page(std::string_view text) {
    constexpr std::string_view start = "<a href=\"";
    ProjectFiles files;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(start)) continue;
        const std::size_t mark = line.find(hash_mark);
        const std::size_t end = line.find('"', start.size());
        if (mark == line.npos || end == line.npos || mark > end) continue;
        files[line.substr(start.size(), mark - start.size())] =
            line.substr(mark + hash_mark.size(), end - mark - hash_mark.size());
    }
    return files;
}

std::string root_page(const std::vector<std::string>& projects) {
    std::string links;
    for (const std::string& project : projects)
        links += fmt::format("<a href=\"{0}/\">{0}</a><br>\n", project);
    return page("Simple index", links);
}

IndexPublication::IndexPublication(const host::Files& files, std::filesystem::path index)
    : files_(files), index_(std::move(index)) {}

void IndexPublication::replace(const std::filesystem::path& file, const std::string& text) const {
    if (files_.read(file) != text) replace_file(file, text);
}

void IndexPublication::stage(const Products& products, const std::string& project, bool may_link) {
    project_ = normal_name(project);
    const std::filesystem::path folder = index_ / project_;
    ProjectFiles listed = parse_project_page(files_.read(folder / page_name).value_or(""));
    for (const std::string& name : {products.sdist, products.wheel}) {
        placed_.place(products.folder / name, folder / name, may_link);
        listed[name] = file_sha256(products.folder / name);
    }
    page_ = project_page(project_, listed);
}

void IndexPublication::commit() {
    replace(index_ / project_ / page_name, page_);
    std::vector<std::string> projects;
    for (const std::string& name : files_.list(index_))
        if (files_.status(index_ / name / page_name)) projects.push_back(name);
    replace(index_ / page_name, root_page(projects));
}

void IndexPublication::withdraw(const Products& products, const std::string& project) {
    const std::filesystem::path page = index_ / normal_name(project) / page_name;
    const auto text = files_.read(page);
    if (!text) return;
    ProjectFiles listed = parse_project_page(*text);
    for (const std::string& name : {products.sdist, products.wheel})
        listed.erase(name);
    replace(page, project_page(normal_name(project), listed));
}

std::vector<Version> index_versions(const host::Files& files, const std::filesystem::path& index,
                                    const std::string& project) {
    constexpr std::string_view ending = ".tar.gz";
    std::vector<Version> versions;
    for (std::string name : files.list(index / normal_name(project))) {
        if (!name.ends_with(ending)) continue;
        name.resize(name.size() - ending.size());
        if (const auto version = Version::parse(name.substr(name.rfind('-') + 1)))
            versions.push_back(*version);
    }
    return versions;
}

}  // namespace dray::builder
