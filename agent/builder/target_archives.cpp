// The place of packages when it has another one for each target.
#include "builder/target_archives.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::builder {

TargetArchives::TargetArchives(std::vector<std::string> targets, Make make)
    : targets_(std::move(targets)), make_(std::move(make)) {
    if (targets_.empty()) targets_.emplace_back();
}

PackageArchive& TargetArchives::of(const std::string& target) const {
    auto& archive = made_[target];
    if (!archive) archive = make_(target);
    return *archive;
}

void TargetArchives::for_each(const Products& products,
                              const std::function<void(PackageArchive&, const Products&)>& what) const {
    std::vector<std::string> done;
    for (const BuiltPackage& package : products.debs) {
        if (std::ranges::find(done, package.target) != done.end()) continue;
        done.push_back(package.target);
        Products own = products;
        std::erase_if(own.debs, [&](const BuiltPackage& other) { return other.target != package.target; });
        what(of(package.target), own);
    }
}

void TargetArchives::stage(const Products& products, bool may_link) {
    staged_.clear();
    for_each(products, [&](PackageArchive& archive, const Products& own) {
        archive.stage(own, may_link);
        staged_.push_back(&archive);
    });
}

void TargetArchives::keep() {
    for (PackageArchive* const archive : staged_)
        archive->keep();
}

void TargetArchives::commit() {
    for (PackageArchive* const archive : staged_)
        archive->commit();
}

bool TargetArchives::may_be_visible() const {
    return std::ranges::any_of(staged_, &PackageArchive::may_be_visible);
}

bool TargetArchives::takes_back() const {
    return of(targets_.front()).takes_back();
}

void TargetArchives::withdraw(const Products& products) {
    for_each(products, [](PackageArchive& archive, const Products& own) { archive.withdraw(own); });
}

std::optional<PackageFiles> TargetArchives::published(const Products& products) const {
    std::optional<PackageFiles> all(std::in_place);
    for_each(products, [&](PackageArchive& archive, const Products& own) {
        auto some = archive.published(own);
        if (some && all)
            all->merge(*some);
        else
            all.reset();
    });
    return all;
}

bool TargetArchives::superseded(const Products& products) const {
    bool any = false;
    for_each(products, [&](PackageArchive& archive, const Products& own) { any |= archive.superseded(own); });
    return any;
}

bool TargetArchives::complete(const Products& products) const {
    bool all = true;
    for_each(products, [&](PackageArchive& archive, const Products& own) { all &= archive.complete(own); });
    return all;
}

std::vector<Version> TargetArchives::versions() const {
    std::vector<Version> all;
    for (const std::string& target : targets_) {
        const std::vector<Version> some = of(target).versions();
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::filesystem::path TargetArchives::folder() const {
    return of(targets_.front()).folder();
}

void TargetArchives::tidy(const Products& products) {
    for_each(products, [](PackageArchive& archive, const Products& own) { archive.tidy(own); });
}

std::string TargetArchives::text() const {
    std::vector<std::string> texts;
    for (const std::string& target : targets_)
        texts.push_back(of(target).text());
    return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace dray::builder
