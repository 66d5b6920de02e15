// The host that the contract of the seams is tried on: one in memory, or the machine that the program runs
// on.
#pragma once

#include "host/memory_host.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace dray::test {

/// What the program was started with.
struct SubjectOptions {
    bool real = false;       ///< --host=real: as root, on a booted machine that may be spoilt
    std::string repository;  ///< --repository=URL: has greeting 1 and 2, and rival 1 that conflicts with it
    std::string key;         ///< --key=FILE: the armoured key that signs it
    std::filesystem::path apt_helper;  ///< --apt-helper=FILE: dray-apt
};

SubjectOptions& subject_options();

/// What is said of an action that fails; "no error" when it does not.
std::string words_of(const std::function<void()>& action);

/// A host with no user, group, unit, package or source of these names, and no folder /srv/contract. Those
/// that a test makes are gone with it.
class Subject {
  public:
    static constexpr auto user = "contract-user";
    static constexpr auto group = "contract-group";
    static constexpr auto other_group = "contract-other";
    static constexpr auto unit = "contract.service";
    static constexpr auto unit_path = "/etc/systemd/system/contract.service";
    static constexpr auto folder = "/srv/contract";
    static constexpr auto source = "contract";

    Subject();
    ~Subject();
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;

    host::Host& host();

    /// The host in memory, which has to be told what programs, servers and units do; a null pointer on a real
    /// one, where they do it.
    host::MemoryHost* memory() { return memory_.get(); }

    /// Puts the source in place, and has apt know it.
    void declare_source();

  private:
    struct Machine;
    void clean() noexcept;

    std::unique_ptr<host::MemoryHost> memory_;
    std::unique_ptr<Machine> machine_;
};

}  // namespace dray::test
