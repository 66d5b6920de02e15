// What is refreshed: the sources that were named, and the releases that they are of.
#include "apt_helper/refresh_selection.h"

#include "apt_helper/library.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/strutl.h>

#include <map>
#include <utility>

namespace dray::apt_helper {
namespace {

/// By method and host.
using Ports = std::map<std::string, unsigned>;

/// Adds the ports of a source to those of others. Whether no host has two then; else `ports` is as it was.
bool add_ports(const SelectedSource& source, const Selection& selection, Ports& ports) {
    Ports sum = ports;
    for (const auto place : source.releases) {
        const ::URI uri(selection.releases()[place].index().GetURI());
        const unsigned usual = uri.Access == "https" ? 443 : 80;
        const unsigned port = uri.Port == 0 ? usual : uri.Port;
        const auto [found, is_new] = sum.try_emplace(uri.Access + ':' + uri.Host, port);
        if (!is_new && found->second != port) return false;
    }
    ports = std::move(sum);
    return true;
}

}  // namespace

bool SelectedRelease::same_as(const metaIndex& other) const {
    return index_->GetURI() == other.GetURI() && index_->GetDist() == other.GetDist();
}

std::string SelectedRelease::file_prefix() const {
    const std::string& suite = index_->GetDist();
    if (suite == "/") return URItoFileName(index_->GetURI());
    if (suite.ends_with('/')) return URItoFileName(index_->GetURI() + suite);
    return URItoFileName(index_->GetURI() + "dists/" + suite + "/");
}

std::filesystem::path sources_file(const std::string& source) {
    return std::filesystem::path(_config->FindDir("Dir::Etc::sourceparts")) / (source + ".sources");
}

Selection::Selection(const std::vector<std::string>& names, const pkgSourceList& all) {
    for (const std::string& name : names) {
        const auto file = sources_file(name);
        if (!std::filesystem::exists(file)) continue;
        SelectedSource source{name, {}, {}};
        pkgSourceList own;
        if (!own.ReadAppend(file)) source.defect = take_errors();
        for (const metaIndex* index : own)
            add(*index, all, source);
        if (source.releases.empty() && source.defect.empty())
            source.defect = file.string() + " has no enabled entry for this architecture";
        sources_.push_back(std::move(source));
    }
}

std::vector<SelectedRelease>::const_iterator Selection::owner(const std::string& file) const {
    auto best = releases_.end();
    for (auto release = releases_.begin(); release != releases_.end(); ++release) {
        const std::string prefix = release->file_prefix();
        if (!file.starts_with(prefix)) continue;
        if (best == releases_.end() || prefix.size() > best->file_prefix().size()) best = release;
    }
    return best;
}

void Selection::add(const metaIndex& wanted, const pkgSourceList& all, SelectedSource& source) {
    for (std::size_t place = 0; place < releases_.size(); ++place) {
        if (releases_[place].same_as(wanted)) return source.releases.push_back(place);
    }
    for (metaIndex* index : all) {
        if (!SelectedRelease(*index).same_as(wanted)) continue;
        source.releases.push_back(releases_.size());
        releases_.emplace_back(*index);
        return;
    }
}

std::vector<std::string> refreshed_together(const Selection& selection) {
    std::vector<std::string> names;
    Ports ports;
    for (const SelectedSource& source : selection.sources())
        if (add_ports(source, selection, ports) || names.empty()) names.push_back(source.name);
    return names;
}

}  // namespace dray::apt_helper
