// The Python package index that releases are published to as a folder, the way PEP 503 wants it.
#pragma once

#include "builder/durable.h"
#include "builder/placed_files.h"
#include "builder/python_index.h"

#include <filesystem>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The page of a project (PEP 503), each link with its hash as the fragment.
std::string project_page(std::string_view project, const ProjectFiles& files);

/// The root page, which lists the projects by their normal names.
std::string root_page(const std::vector<std::string>& projects);

/// What is published is what the page lists, and the page is replaced by one rename.
class FolderIndex final : public PythonIndex {
  public:
    /// `project` is the distribution's name in any form.
    FolderIndex(const host::Files& files, std::filesystem::path index, const std::string& project);

    /// Puts the files beside those that are there, as second names when `may_link`; no page lists them yet.
    void stage(const Products& products, bool may_link) override;
    void keep() override { placed_.keep(); }
    void commit() override;
    bool may_be_visible() const override { return true; }
    bool takes_back() const override { return true; }
    void withdraw(const Products& products) override;
    ProjectFiles published() const override;
    std::vector<Version> versions() const override;
    std::string text() const override { return index_.string(); }

  private:
    std::filesystem::path page_file() const;
    ProjectFiles listed() const;
    void replace(const std::filesystem::path& file, const std::string& text) const;
    void stage_page(const std::filesystem::path& file, const std::string& text);

    const host::Files& files_;
    std::filesystem::path index_;
    std::string project_;          ///< in normal form
    std::list<StagedFile> pages_;  ///< in the order in which they take their places
    PlacedFiles placed_;
};

}  // namespace dray::builder
