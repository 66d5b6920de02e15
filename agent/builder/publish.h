// Publishing a release: all of it or nothing.
#pragma once

#include "builder/git.h"
#include "builder/products.h"
#include "builder/settings.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/process.h"

#include <filesystem>

namespace dray::builder {

/// Where a publication got to.
enum class Published {
    nothing,  ///< nothing is visible, and nothing was left behind
    partly,   ///< it is visible, and nobody knows whether the tag arrived: publishing the same products again
              ///< ends it
    all,
};

/// Publishes `products`: first everything that can fail and that nobody sees (the tag in the clone, whether
/// the remote would take it, files, indices, the signature), then what is visible, in fixed order: the
/// index's page, InRelease, the tag on the remote. SIGINT, SIGTERM and SIGHUP wait until the second part is
/// over. When the remote refuses the tag after all, what became visible is taken back. Doing it again with
/// the same products is no error. Throws Error; `state` then says how far it got.
void publish(const host::Processes& processes, const host::Files& files, const host::Clock& clock,
             const Settings& settings, const Git& git, const Products& products,
             const std::filesystem::path& scratch, Published& state);

/// The text of a release's tag.
std::string tag_message(const std::string& service, const Products& products);

}  // namespace dray::builder
