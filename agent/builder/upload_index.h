// A Python package index that takes uploads, as PyPI, devpi, pypiserver, Nexus and Artifactory do.
#pragma once

#include "builder/python_index.h"

#include <string>
#include <vector>

namespace dray::builder {

/// Uploads go through twine(1), which knows where to and by which password from its configuration file (a
/// `.pypirc`); what is there is read from the index's simple pages. A file that is there already with the
/// same hash is done, one with another hash stops the publication before anything is visible: twine's own
/// `--skip-existing` does not compare. Such an index takes nothing back.
class UploadIndex final : public PythonIndex {
  public:
    /// `settings.publish` has `upload_to`, `upload_config` and `index_url`.
    UploadIndex(const host::Processes& processes, const host::Http& http, const Settings& settings);

    void stage(const Products& products, bool may_link) override;
    void keep() override {}
    /// Uploads what is missing. An answer can be lost after the index took a file: then the page tells.
    void commit() override;
    bool may_be_visible() const override;
    bool takes_back() const override { return false; }
    void withdraw(const Products& products) override;
    ProjectFiles published() const override;
    std::vector<Version> versions() const override;
    std::string text() const override;

  private:
    struct File {
        std::string name;
        std::string digest;
    };
    /// Which of the files the index lacks. Throws Error when it has another one under a name.
    std::vector<File> missing() const;
    void upload(const std::string& name) const;

    const host::Processes& processes_;
    const host::Http& http_;
    const Settings& settings_;
    std::filesystem::path folder_;
    std::vector<File> files_;
    bool sent_ = false;  ///< whether the index may have taken a file
};

}  // namespace dray::builder
