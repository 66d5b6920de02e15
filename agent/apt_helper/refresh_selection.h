// What is refreshed: the sources that were named, and the releases that they are of.
#pragma once

#include <apt-pkg/metaindex.h>
#include <apt-pkg/sourcelist.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace dray::apt_helper {

/// One (URI, suite): what one InRelease file speaks for.
class SelectedRelease {
  public:
    explicit SelectedRelease(metaIndex& index) : index_(&index) {}

    metaIndex& index() const { return *index_; }
    /// Whether `other`, of another reading of the sources, is the same one.
    bool same_as(const metaIndex& other) const;

    /// How the names of its files in apt's lists begin.
    std::string file_prefix() const;

  private:
    metaIndex* index_;
};

/// One of the files of sources that were named.
struct SelectedSource {
    std::string name;
    std::vector<std::size_t> releases;  ///< places in the list of all releases
    std::string defect;                 ///< why it cannot be refreshed at all
};

/// Where a source of this name stands: NAME.sources in apt's folder (sources.list(5)).
std::filesystem::path sources_file(const std::string& source);

/// What is to be refreshed: the named sources and, once each, their releases. Other sources of the same
/// release are refreshed with it: it has one InRelease file for all, and libapt takes a list for fresh when
/// that is.
class Selection {
  public:
    /// `all` are the host's sources as libapt has read them; it must outlive this object. A source whose file
    /// is not there is passed over; one that cannot be refreshed is kept with its defect.
    Selection(const std::vector<std::string>& names, const pkgSourceList& all);

    const std::vector<SelectedSource>& sources() const { return sources_; }
    const std::vector<SelectedRelease>& releases() const { return releases_; }

    /// The release that a file of libapt's lists belongs to; the end when it is none of these.
    std::vector<SelectedRelease>::const_iterator owner(const std::string& file) const;

  private:
    void add(const metaIndex& wanted, const pkgSourceList& all, SelectedSource& source);

    std::vector<SelectedSource> sources_;
    std::vector<SelectedRelease> releases_;
};

/// The names of those sources that can be refreshed at once; the first is always one of them. libapt asks all
/// ports of a host one after the other in one process, and waits without end for the others when a port
/// refuses to be connected to. Source: apt's acquire.cc, pkgAcquire::QueueName; seen with apt 2.6.
std::vector<std::string> refreshed_together(const Selection& selection);

}  // namespace dray::apt_helper
