// The Python package index that releases are published to: a folder as PEP 503 wants it.
#pragma once

#include "builder/placed_files.h"
#include "builder/products.h"
#include "builder/version.h"
#include "host/file.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The files of one project's page: name to SHA-256.
using ProjectFiles = std::map<std::string, std::string>;

/// The page of a project (PEP 503), each link with its hash as the fragment.
std::string project_page(std::string_view project, const ProjectFiles& files);

/// The files of a page that `project_page` wrote.
ProjectFiles parse_project_page(std::string_view page);

/// The root page, which lists the projects by their normal names.
std::string root_page(const std::vector<std::string>& projects);

/// One publication of a release's distributions. What is published is what the page lists.
class IndexPublication {
  public:
    IndexPublication(const host::Files& files, std::filesystem::path index);

    /// Puts the files beside those that are there, as second names when `may_link`; no page lists them yet.
    void stage(const Products& products, const std::string& project, bool may_link);

    /// Makes them visible: each page by one rename. A page that says so already is left as it is.
    void commit();

    /// The files stay; without it they go with this object.
    void keep() { placed_.keep(); }

    /// Takes a release out of its project's page. Its files stay: somebody may be fetching them.
    void withdraw(const Products& products, const std::string& project);

  private:
    void replace(const std::filesystem::path& page, const std::string& text) const;

    const host::Files& files_;
    std::filesystem::path index_;
    std::string project_;  ///< in normal form
    std::string page_;
    PlacedFiles placed_;
};

/// The versions of a project whose sdists are in its folder, published or left by a run that died.
std::vector<Version> index_versions(const host::Files& files, const std::filesystem::path& index,
                                    const std::string& project);

}  // namespace dray::builder
