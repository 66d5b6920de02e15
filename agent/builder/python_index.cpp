// Where the distributions of releases go.
#include "builder/python_index.h"

#include "builder/simple_index.h"
#include "builder/upload_index.h"

namespace dray::builder {

std::unique_ptr<PythonIndex> python_index(const host::Files& files, const host::Processes& processes,
                                          const host::Http& http, const Settings& settings) {
    if (settings.service.recipes) return nullptr;
    if (!settings.publish.upload_to.empty()) return std::make_unique<UploadIndex>(processes, http, settings);
    if (!settings.publish.index.empty())
        return std::make_unique<FolderIndex>(files, settings.publish.index, settings.service.name);
    return nullptr;
}

std::optional<Version> sdist_version(std::string name) {
    constexpr std::string_view ending = ".tar.gz";
    if (!name.ends_with(ending)) return {};
    name.resize(name.size() - ending.size());
    return Version::parse(name.substr(name.rfind('-') + 1));
}

}  // namespace dray::builder
