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

std::optional<Version> distribution_version(const std::string& name) {
    constexpr std::string_view sdist = ".tar.gz";
    if (name.ends_with(sdist)) {
        const std::string stem = name.substr(0, name.size() - sdist.size());
        return Version::parse(stem.substr(stem.rfind('-') + 1));
    }
    const std::size_t begin = name.find('-');
    if (!name.ends_with(".whl") || begin == name.npos) return {};
    return Version::parse(name.substr(begin + 1, name.find('-', begin + 1) - begin - 1));
}

}  // namespace dray::builder
