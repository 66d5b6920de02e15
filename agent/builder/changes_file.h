// The .changes file with which packages are uploaded (deb-changes(5)).
#pragma once

#include "builder/file_digest.h"
#include "host/process.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::builder {

/// A file that is uploaded.
struct UploadedFile {
    std::string name;
    FileDigests digests;
    std::string section;
    std::string priority;
};

/// What is uploaded, and for which distribution.
struct Upload {
    std::string package;
    std::string version;
    std::string architecture;
    std::string distribution;
    std::string maintainer;
    std::string description;           ///< the one line
    std::vector<std::string> changes;  ///< a line each
    std::chrono::sys_seconds date{};
    std::vector<UploadedFile> files;
};

/// The text, without a signature. The same upload gives the same text.
std::string changes_text(const Upload& upload);

/// What the upload of a package's file consists of, dated as the package is: the file, and its .buildinfo
/// where that lies beside it. Throws Error when it is no package.
Upload describe_upload(const host::Processes& processes, const std::filesystem::path& deb,
                       const std::string& distribution, const std::vector<std::string>& changes);

}  // namespace dray::builder
