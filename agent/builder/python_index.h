// Where the distributions of releases go: a folder that some web server shows, or an index that takes
// uploads.
#pragma once

#include "builder/products.h"
#include "builder/settings.h"
#include "builder/version.h"
#include "host/file.h"
#include "host/http.h"
#include "host/process.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dray::builder {

/// The files of one project in an index: name to SHA-256 in small letters.
using ProjectFiles = std::map<std::string, std::string>;

/// One publication of a release's distributions. Doing each step again with the same bytes is no error.
class PythonIndex {
  public:
    virtual ~PythonIndex() = default;

    /// Does all that can fail and that nobody sees. `may_link` says that nobody else can write the products.
    /// Throws Error when the index has other bytes under one of the names.
    virtual void stage(const Products& products, bool may_link) = 0;
    /// What was staged stays; without it, it goes with this object.
    virtual void keep() = 0;
    /// Makes what was staged visible.
    virtual void commit() = 0;
    /// After a `commit` that has failed: whether a client can have seen some of it.
    virtual bool may_be_visible() const = 0;

    /// Whether `withdraw` can take back what is visible.
    virtual bool takes_back() const = 0;
    /// Takes a release out of the project's page; its files stay, since somebody may be fetching them. Throws
    /// Error when the index takes nothing back.
    virtual void withdraw(const Products& products) = 0;

    /// The files that clients get. Throws Unsure when that cannot be told.
    virtual ProjectFiles published() const = 0;
    /// The versions that the project has used up there, shown or left by a run that died.
    virtual std::vector<Version> versions() const = 0;
    /// How a person calls it.
    virtual std::string text() const = 0;
};

/// The index of `settings`; nothing when they name none, or what is released is not in Python.
std::unique_ptr<PythonIndex> python_index(const host::Files& files, const host::Processes& processes,
                                          const host::Http& http, const Settings& settings);

/// The version in the name of a source distribution ("warehouse-26.9.1.tar.gz") or of a wheel
/// ("warehouse-26.9.1-py3-none-any.whl"); nothing in any other name.
std::optional<Version> distribution_version(const std::string& name);

}  // namespace dray::builder
