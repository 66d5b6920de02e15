// What a build host remembers of one repository between runs, each file written atomically.
#pragma once

#include "builder/products.h"
#include "builder/settings.h"
#include "host/file.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// A number that was reserved on the remote and is not a tag yet.
struct Reservation {
    Version version;
    std::string object;  ///< hash of what was pushed, which is ours alone
    std::string remote;
};

/// The write-ahead journal of a publication: with the products beside it all that is needed to go on with
/// the same bytes.
struct PublicationJournal {
    std::filesystem::path products;  ///< the folder they are in
    Version version;
    std::string commit;
    std::string tag;  ///< the tag object as git keeps it (git-mktag(1)), signature included
};

/// A publication that was taken back.
struct TakenBack {
    Version version;
    std::map<std::string, std::string> files;  ///< of the products: name to SHA-256; empty when unknown
};

/// The folder of one repository below the build host's state folder.
class RunState {
  public:
    /// `base` is [host] state, or empty for the default: /var/lib/dray-build, for a person what the XDG base
    /// directory specification says. `repository` names it: a path or a URL.
    RunState(host::Files& files, const std::filesystem::path& base, const std::string& repository);

    const std::filesystem::path& folder() const { return folder_; }
    /// Where a run puts what it builds: it is then still there for `resume`.
    std::filesystem::path products() const { return folder_ / "products"; }
    /// The records of builds of what is published where there is no place for them.
    std::filesystem::path records() const { return folder_ / "records"; }

    /// Makes the folder, mode 0700.
    void prepare();

    /// The numbers that are reserved on some remote by this host and not given back yet, oldest first;
    /// usually one at most. A broken file is set aside, and said by Unsure once.
    std::vector<Reservation> reservations() const;
    /// Notes a number that is about to be reserved. Throws Error.
    void add(const Reservation& reservation);
    /// Takes that note away. Throws Error.
    void forget(const Reservation& reservation);

    /// Nothing when no publication was cut off. A broken file is set aside, and said by Unsure once.
    std::optional<PublicationJournal> publication() const;
    /// Writes the journal before anything is visible. Throws Error.
    void save(const PublicationJournal& journal);
    /// The publication has ended or was taken back. Throws Error.
    void forget_publication();

    /// The publications that were taken back: somebody may have seen them, so that their numbers are not used
    /// again for other files. A broken file is set aside, and said by Unsure once.
    std::vector<TakenBack> taken_back() const;
    /// Of these products, whose files are read; the first time counts.
    void add_taken_back(const Products& products);

    host::Files& files() const { return files_; }

    /// [host] state, or the default.
    static std::filesystem::path base(const std::filesystem::path& configured);

  private:
    template <typename Read>
    void read(const char* name, Read how) const;
    void write(const std::vector<Reservation>& reservations);

    host::Files& files_;
    std::filesystem::path folder_;
};

}  // namespace dray::builder
