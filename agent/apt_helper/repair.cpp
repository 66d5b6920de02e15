// What an interrupted dpkg left is finished, until dpkg itself finds nothing to complain of.
#include "apt_helper/repair.h"

#include "apt_helper/allowed_sources.h"
#include "apt_helper/archive_check.h"
#include "apt_helper/archive_copy.h"
#include "apt_helper/archives.h"
#include "apt_helper/conffiles.h"
#include "apt_helper/library.h"
#include "apt_helper/lock.h"
#include "apt_helper/plan.h"
#include "apt_helper/script_limit.h"
#include "error.h"
#include "host/apt_dpkg.h"
#include "host/process.h"

#include <apt-pkg/algorithms.h>
#include <apt-pkg/configuration.h>
#include <apt-pkg/debversion.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;

using Sources = std::map<std::string, std::set<std::string>>;  ///< see host::Transaction::from

constexpr auto repairing = "cannot repair what an interrupted dpkg left";
// Unpacking one package can bring dependencies of another to light; what is not healed by then does not
// converge.
constexpr int most_rounds = 4;

/// One dpkg call, its output in the log. Returns how it ended, as it may fail for what a later step heals.
host::Result dpkg(std::vector<std::string> arguments) {
    host::Command command;
    command.argv = {"dpkg", "--force-confdef", "--force-confold", "--no-force-confnew"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.inherit_environment = true;
    command.environment = {{"DPKG_FRONTEND_LOCKED", "1"}};  // the lock is ours; see dpkg(1), "Environment"
    command.timeout = script_limit();  // for all that is left to do, which is seldom more than one
    command.on_output = [](std::string_view piece) { std::cout << piece << std::flush; };
    return host::SystemProcesses().run(command);
}

/// A package's file in apt's archives that can be unpacked: whole, and what its name says; at this version,
/// or the newest file when `version` is "". Nothing when there is none: an empty path.
fs::path archived(const std::string& name, const std::string& version) {
    for (const auto& package : archived_packages(name, version)) {
        try {
            ArchiveCheck().add({.file = package.file,
                                .name = name.substr(0, name.find(':')),
                                .version = package.version,
                                .architecture = package.architecture});
            return package.file;
        } catch (const Error& error) {
            say(std::string("passed over: ") + error.what());
        }
    }
    return {};
}

class Repair {
  public:
    Repair(const std::vector<host::KeptPackage>& kept, const Sources& from, LockPatience& patience,
           DpkgRan& dpkg_ran)
        : kept_(kept), from_(from), patience_(patience), dpkg_ran_(dpkg_ran), database_(dpkg_folder()) {}

    std::vector<std::string> run() {
        const ConffileWatch watch(false);
        try {
            heal();
        } catch (const Error&) {
            if (dpkg_ran_.value) tell_beside(watch, dpkg_ran_.left);
            throw;
        }
        if (done_.empty()) return {};
        host::TransactionResult result;
        tell_beside(watch, result);
        for (auto& note : host::result_notes(result))
            done(std::move(note));
        audit();
        return std::move(done_);
    }

  private:
    void heal() {
        for (int round = 0; round < most_rounds; ++round) {
            if (!configure()) return;
            if (!unpack_archived()) unpack_by_apt();
        }
        if (!database_.interrupted()) return;
        throw Error(repairing, "dpkg --audit still says: " + audit_words(), "see dpkg(1), --audit");
    }

    /// Finishes what needs nothing but dpkg. Whether something is left to do.
    bool configure() {
        const FrontendLock lock(dpkg_folder(), patience_);
        if (!database_.interrupted()) return false;
        const auto before = database_.status().interrupted();
        dpkg_ran_.value = true;
        const auto result = dpkg({"--configure", "--pending"});
        if (!result.ok()) say("dpkg --configure --pending: " + result.outcome());
        finish_removals();
        const auto after = database_.status().interrupted();
        std::vector<std::string> healed;
        std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                            std::back_inserter(healed));
        for (const std::string& name : healed)
            done("configure " + name);
        if (before.empty()) done("apply dpkg's journal");
        return !after.empty();
    }

    /// A removal that was interrupted goes on: dpkg has written down what was wanted, and configures no such
    /// package. Called after dpkg has applied its journal, as the status file is not complete before.
    void finish_removals() {
        for (const std::string& name : database_.status().interrupted()) {
            const auto& package = *database_.status().find(name);
            if (package.want != "deinstall" && package.want != "purge") continue;
            const std::string verb = package.want == "purge" ? "purge" : "remove";
            const auto result = dpkg({"--force-remove-reinstreq", "--" + verb, name});
            if (result.ok()) done(verb + " " + name);
        }
    }

    /// Unpacks what is kept at the recorded version, and from apt's archives what no list offers at that.
    /// Whether dpkg has unpacked something.
    bool unpack_archived() {
        std::map<std::string, fs::path> files;  // by package
        {
            pkgCacheFile cache;
            if (!cache.Open(nullptr, false)) fail(repairing);
            take_errors();
            AllowedSources sources(cache, from_);
            sources.limit_candidates();
            for (const std::string& name : database_.status().interrupted()) {
                const auto& package = *database_.status().find(name);
                if (!package.must_be_reinstalled()) continue;
                fs::path file = kept_file(name, package);
                if (file.empty()) file = file_to_unpack(cache, sources, name, package);
                if (!file.empty()) files.emplace(name, std::move(file));
            }
        }
        if (files.empty()) return false;
        std::vector<std::string> command = {"--install"};
        for (const auto& [name, file] : files)
            command.push_back(file);
        const FrontendLock lock(dpkg_folder(), patience_);
        const auto result = dpkg(command);
        if (!result.ok()) say("dpkg --install: " + result.outcome());
        bool unpacked = false;
        for (const auto& [name, file] : files) {
            if (const auto* const package = database_.status().find(name);
                package == nullptr || package->must_be_reinstalled())
                continue;
            done(fmt::format("unpack {} again from {}", name, file.string()));
            unpacked = true;
        }
        return unpacked;
    }

    /// The kept file of the recorded version, copied into apt's archives so that what is verified is what
    /// dpkg reads; empty when there is none that can be used. Of a package that was never there before dpkg
    /// has no version on record.
    fs::path kept_file(const std::string& name, const host::DpkgPackage& package) {
        const host::KeptPackage* best = nullptr;
        for (const auto& kept : kept_) {
            if (kept.name != name.substr(0, name.find(':'))) continue;
            if (!package.version.empty() && kept.version != package.version) continue;
            if (best == nullptr || debVS.CmpVersion(best->version, kept.version) < 0) best = &kept;
        }
        if (best == nullptr) return {};
        try {
            fs::path file = archives_folder() / best->path.filename();
            copy_archive(best->path, file, best->sha256, repairing);
            return file;
        } catch (const Error& error) {
            say(error.text());
            return {};
        }
    }

    /// The file to hand to dpkg; empty when libapt is to see to the package. Another version than the
    /// recorded one is taken from the archives only where the recipe does not say who may bring the package:
    /// who has brought that one nobody knows any more.
    static fs::path file_to_unpack(pkgCacheFile& cache, const AllowedSources& sources,
                                   const std::string& name, const host::DpkgPackage& package) {
        const auto entry = cache.GetPkgCache()->FindPkg(name);
        const std::string recorded(package.version);
        if (!entry.end() && !offered_version(entry, recorded, sources).end()) return {};
        if (!recorded.empty()) {
            fs::path same = archived(name, recorded);
            if (!same.empty()) return same;
        }
        if (!entry.end()) {
            const auto candidate = cache[entry].CandidateVerIter(cache);
            if (!candidate.end() && candidate.Downloadable() && sources.allows(candidate)) return {};
        }
        if (!sources.restricts(name)) {
            fs::path any = archived(name, "");
            if (!any.empty()) return any;
        }
        throw Error(
            repairing,
            fmt::format("{} {} was half unpacked, and neither apt's {} nor its archives have it", name,
                        recorded,
                        sources.restricts(name) ? "lists of the sources that the recipe allows" : "lists"),
            fmt::format("put a whole {}_{}_*.deb into {}, or make its repository reachable",
                        name.substr(0, name.find(':')), recorded.empty() ? "*" : file_text(recorded),
                        _config->FindDir("Dir::Cache::archives")));
    }

    /// That version, as a source offers it that may bring the package here.
    static pkgCache::VerIterator offered_version(const pkgCache::PkgIterator& package,
                                                 const std::string& version, const AllowedSources& sources) {
        return find_version(package, version, [&](const pkgCache::VerIterator& each) {
            return each.Downloadable() && sources.allows(each);
        });
    }

    /// Lets libapt unpack again what must be, and complete dependencies.
    void unpack_by_apt() {
        KeptFiles none;
        pkgCacheFile cache;
        open_locked(cache, none, patience_);
        AllowedSources sources(cache, from_);
        sources.limit_candidates();
        choose_recorded_versions(cache, sources);
        apply_states(cache);
        unpack_kept(cache);
        if (cache->BrokenCount() != 0 && !pkgFixBroken(*cache)) {
            std::string cause = broken_text(cache);
            const std::string errors = take_errors();
            if (cause.empty()) cause = errors;
            if (const auto others = sources.set_aside(cause); !others.empty()) cause += "; " + others;
            throw Error(repairing, cause, "apt-get --fix-broken install says more");
        }
        take_errors();
        check_changes(cache, sources);
        std::vector<std::string> lines;
        for (const auto& change : planned_changes(cache))
            lines.push_back(change_text(change));
        commit(cache, none, patience_, dpkg_ran_, {.from = from_});
        for (const std::string& line : lines)
            done(line);
    }

    /// dpkg's record of a half-unpacked package lacks fields, so libapt does not see that the same version is
    /// offered, and would go on to the newest one: that is the recipe's decision, with all its gates.
    void choose_recorded_versions(pkgCacheFile& cache, const AllowedSources& sources) const {
        for (const std::string& name : database_.status().interrupted()) {
            const auto& record = *database_.status().find(name);
            const auto package = cache.GetPkgCache()->FindPkg(name);
            if (!record.must_be_reinstalled() || package.end()) continue;
            const auto version = offered_version(package, std::string(record.version), sources);
            if (!version.end()) cache->SetCandidateVersion(version);
        }
    }

    /// libapt leaves a half-unpacked package marked as kept when its version is offered, and then does
    /// nothing.
    void unpack_kept(pkgCacheFile& cache) const {
        for (const std::string& name : database_.status().interrupted()) {
            const auto package = cache.GetPkgCache()->FindPkg(name);
            if (package.end() || !database_.status().find(name)->must_be_reinstalled()) continue;
            if (cache[package].Keep()) cache->SetReInstall(package, true);
        }
    }

    static void check_changes(pkgCacheFile& cache, const AllowedSources& sources) {
        for (auto package = cache->PkgBegin(); !package.end(); ++package) {
            if (const auto objection = sources.objection_to(package); !objection.empty())
                throw Error(repairing, "apt would " + objection,
                            "run apt-get --fix-broken install and decide, or name the source in `from`");
            if (!cache[package].Delete() || package->CurrentState == pkgCache::State::HalfInstalled) continue;
            throw Error(repairing, "apt would remove " + package.FullName(true),
                        "run apt-get --fix-broken install and decide");
        }
    }

    /// What dpkg complains of besides, a list of files that is missing say, no unpacking or configuring of
    /// what was interrupted mends: somebody has to know of it.
    void audit() {
        if (const auto words = audit_words(); !words.empty())
            done("dpkg --audit still complains, of what was not interrupted: " + words);
    }

    /// In one line; "" when it is silent.
    static std::string audit_words() {
        host::Command command;
        command.argv = {"dpkg", "--audit"};
        command.inherit_environment = true;
        const auto result = host::SystemProcesses().run(command);
        std::istringstream lines(
            result.output.empty() && !result.ok() ? result.outcome() + ": " + result.errors : result.output);
        std::string words;
        for (std::string word; lines >> word;)
            words += (words.empty() ? "" : " ") + word;
        return words;
    }

    void done(std::string line) {
        say("repair: " + line);
        done_.push_back(std::move(line));
    }

    const std::vector<host::KeptPackage>& kept_;
    const Sources& from_;
    LockPatience& patience_;
    DpkgRan& dpkg_ran_;
    host::DpkgDatabase database_;
    std::vector<std::string> done_;
};

}  // namespace

std::vector<std::string> repair(const std::vector<host::KeptPackage>& kept,
                                const std::map<std::string, std::set<std::string>>& from,
                                LockPatience& patience, DpkgRan& dpkg_ran) {
    return Repair(kept, from, patience, dpkg_ran).run();
}

}  // namespace dray::apt_helper
