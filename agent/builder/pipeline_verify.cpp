// How dray-build's verbs compare a published release with what its tag builds.
#include "builder/buildinfo.h"
#include "builder/file_digest.h"
#include "builder/package_archive.h"
#include "builder/pipeline.h"
#include "builder/tag_text.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <map>
#include <utility>

namespace dray::builder {

/// Of what is published and what was built, a line each; empty when they are the same.
std::string Pipeline::differences() const {
    const auto python = index();
    std::map<std::string, std::string> published = python ? python->published() : ProjectFiles();
    const auto packages = archive()->published(products_);
    if (packages)
        published.insert(packages->begin(), packages->end());
    else
        progress_.note(fmt::format("note: {} cannot be asked for its packages: they are not compared",
                                   archive()->text()));
    const std::vector<std::string> names = package_names(products_);
    const bool superseded = packages && archive()->superseded(products_);
    std::vector<std::string> compared;
    for (const std::string& name : {products_.sdist, products_.wheel})
        if (!name.empty()) compared.push_back(name);
    if (packages) compared.insert(compared.end(), names.begin(), names.end());
    std::string lines;
    for (const std::string& name : compared) {
        const std::string built = file_sha256(products_.folder / name);
        const auto found = published.find(name);
        if (found == published.end() && superseded &&
            std::find(names.begin(), names.end(), name) != names.end())
            progress_.note(fmt::format("note: {} has a newer version in the place of {}: it is not compared",
                                       archive()->text(), name));
        else if (found == published.end())
            lines += fmt::format("\n    {} is not published", name);
        else if (found->second != built)
            lines += fmt::format("\n    {} is published as {} and built as {}", name, found->second, built);
    }
    return lines.empty() ? lines : lines + other_builders(published);
}

/// What else took part in the build of each published package than in that of ours.
std::string Pipeline::other_builders(const std::map<std::string, std::string>& published) const {
    std::string lines;
    for (const BuiltPackage& package : products_.debs) {
        const std::string of = products_.debs.size() > 1 ? package.file + ": " : std::string();
        const auto then = archive()->record(package.buildinfo);
        if (!then) {
            lines += fmt::format("\nno {} tells what built them", package.buildinfo);
            continue;
        }
        // Of a package that is not there any more it is taken as it is.
        if (const auto found = published.find(package.file);
            found != published.end() && !is_record_of(*then, package.file, found->second)) {
            lines += fmt::format("\n{} is of another {} than the published one, and does not tell of it",
                                 package.buildinfo, package.file);
            continue;
        }
        const auto now = machine_.files.read(products_.folder / package.buildinfo);
        const auto others = build_differences(*then, now.value_or(std::string()));
        lines += others.empty()
                     ? fmt::format("\n{}they were built by the same packages, of the same wheels", of)
                     : fmt::format("\n{}and of what built them:\n    {}", of, fmt::join(others, "\n    "));
    }
    return lines;
}

Products Pipeline::verify(const Version& version) {
    attempt([&] { build_again(version); });
    return products_;
}

void Pipeline::build_again(const Version& version) {
    clone();
    const std::vector<Tag> tags =
        git_->remote_refs(read_settings({}, request_.host, Need::nothing).publish.remote).tags;
    const auto tag = std::find_if(tags.begin(), tags.end(),
                                  [&](const Tag& t) { return Version::parse(t.name) == version; });
    const std::string attempt = fmt::format("cannot verify {}", version.text());
    if (tag == tags.end()) throw Error(attempt, "the remote has no such tag");
    request_.commit = tag->commit;
    open(Need::release);
    products_.folder = scratch_ / "products";
    products_.version = version;
    products_.commit = commit_.id;
    // What was known when it was made: there may be more tags below it by now.
    TagText text = read_tag(git_->tag_objects({tag->name}, settings_.publish.remote));
    products_.changes = std::move(text.changes);
    products_.schema_floor = text.schema_floor;
    if (products_.changes.empty()) describe();
    uncached_ = true;  // what is wrong with the cache would be wrong with both
    make_products();
    const std::string other = differences();
    if (!other.empty())
        throw Certain(fmt::format("{} is not what its tag builds", version.text()), "of the files" + other);
}

}  // namespace dray::builder
