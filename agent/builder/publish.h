// Publishing a release: all of it or nothing, and after a kill at any point the rest of it.
#pragma once

#include "builder/git.h"
#include "builder/products.h"
#include "builder/run_state.h"
#include "builder/settings.h"
#include "builder/unsure.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/http.h"
#include "host/process.h"

#include <functional>
#include <string>

namespace dray::builder {

/// The tag of a release is on the remote at another commit: no publication of these products can end.
class NumberTaken final : public Certain {
  public:
    using Certain::Certain;
};

/// The machine as a publication sees it.
struct Publisher {
    const host::Processes& processes;
    const host::Files& files;
    const host::Clock& clock;
    const host::Http& http;
    const Settings& settings;
    const Git& git;
    RunState& state;
    /// Told what is strange and does not stop the work, and what is waited for.
    std::function<void(const std::string&)> say = {};
};

/// Publishes `products`. First the journal: the tag is made in the clone and written down with where the
/// products are. Then everything that can fail and that nobody sees (whether the remote would take the tag,
/// files, indices, the signature), then what is visible, in fixed order: the index's page, the archive's
/// packages, the tag on the remote. SIGINT, SIGTERM and SIGHUP wait until that is over.
///
/// An error before anything is visible leaves nothing behind; when the remote refuses the tag after all, what
/// became visible is taken back. When nobody knows whether the tag arrived, or an index or an archive has
/// something that it does not give back, the journal stays, as after a kill, and `resume` goes on. Doing it
/// again with the same products is no error. Throws Error; NumberTaken when all that can be is taken back and
/// the journal is gone.
void publish(const Publisher& with, const Products& products);

/// Goes on with the journal's publication: each step that is done already is left as it is.
/// Throws NumberTaken as `publish` does, and any other Error as well; then what is visible stays, and so does
/// the journal.
void resume(const Publisher& with, const PublicationJournal& journal, const Products& products);

/// Takes back what became visible of a publication: its files from the index's page, its package from the
/// archive, by what they are and not by what was there before. What an index or an archive has that takes
/// nothing back stays there, which `say` is told, and so does what another release has published under these
/// names. Throws Error when its tag is on the remote.
void withdraw(const Publisher& with, const Products& products);

}  // namespace dray::builder
