// What every resource type answers: what is there, what is wanted, and how to get from one to the other.
#pragma once

#include "error.h"
#include "host/host.h"
#include "recipe/properties.h"
#include "resources/deploy_settings.h"
#include "resources/state.h"

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::resources {

/// Told what a resource is doing while it does it, a line at a time.
using Progress = std::function<void(std::string_view line)>;

/// A thing in a wanted state.
class Resource {
  public:
    virtual ~Resource() = default;
    Resource(const Resource&) = delete;
    Resource& operator=(const Resource&) = delete;

    /// Says at the start of a run what this resource will ask apt and systemd for. Changes nothing on the
    /// host.
    virtual void expect(host::Host&) const {}

    /// What it asks apt for; `expect` says it to apt.
    virtual std::vector<host::PackageWish> wishes() const { return {}; }

    /// What the host has now. Never changes anything; called in dry runs too.
    virtual State inspect(const host::Host& host) const = 0;

    /// What it is to have. Called after `inspect`. Throws Error when that cannot be told.
    virtual State wanted(const host::Host& host) const = 0;

    /// Brings the host from `now` to the wanted state. Called only when they differ. Throws Error. A dry run
    /// calls it too, on a host that keeps changes in memory (host/overlay_host.h).
    virtual void apply(host::Host& host, const State& now, const Progress& progress) = 0;

    /// What is worth telling of the last `apply` beside the changes, a line each.
    virtual std::vector<std::string> notes() const { return {}; }

    /// What apt has changed in the last `apply`, other packages included.
    virtual std::vector<host::AptChange> packages() const { return {}; }

    /// All that apt may change from now on, for this resource or another, as a plan has it that somebody was
    /// shown.
    virtual void announce(std::vector<host::AptChange> /*changes*/) {}

    /// Of the actions that are owed to this resource, those that still make sense besides `changes`, in
    /// order.
    virtual std::vector<std::string> actions(const std::set<std::string>& owed,
                                             const std::vector<Change>& changes) const;

    /// Does one of these. Throws Error.
    virtual void act(host::Host& host, const std::string& action, const Progress& progress);

    /// What a converge does to it, for announcements: "change", or "run" for a command.
    virtual std::string_view verb() const { return "change"; }

    /// Whether this only looks whether others did well; it is never "changed", and a dry run cannot know its
    /// answer.
    virtual bool is_check() const { return false; }

    /// Whether nobody can foresee what it does to the host besides its own state, as of a command. What a
    /// package brings the host's overlay says itself.
    virtual bool is_opaque() const { return false; }

    /// Does what can be done ahead of `apply`, and is not to fail once the host is out of service: for a
    /// package that can be deployed, called when that is to change. Throws Error.
    /// @param file the file of the new version, which `apply` is to take in place of what a source has.
    virtual void prepare(host::Host&, const host::KeptPackage& /*file*/, const Progress&) {}

    /// The gates that a change of it, with all that belongs to it, has to pass; a null pointer for what is no
    /// package that can be deployed.
    virtual const DeploySettings* deploy() const { return nullptr; }

    /// The files and links that it makes, which a rollback brings back as they were.
    virtual std::vector<std::filesystem::path> paths() const { return {}; }

    /// The systemd unit that it starts and restarts; "" for none.
    virtual std::string service() const { return {}; }

  protected:
    Resource() = default;
};

}  // namespace dray::resources
