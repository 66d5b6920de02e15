// The new version's migration.
#include "converge/deploy_migration.h"

#include "host/helper_paths.h"
#include "host/interrupt.h"
#include "migration/migration_lock.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace dray::converge {
namespace {

constexpr std::size_t shown_log = 1u << 20;  // more is in the file
constexpr std::size_t told_log = 2000;       // of a failure: what a reader takes in

/// Tells the lines of a growing file as they come.
class Follower {
  public:
    Follower(const host::Host& host, std::filesystem::path file, const resources::Progress& progress)
        : host_(host), file_(std::move(file)), progress_(progress) {}

    void look() {
        const auto status = host_.files().status(file_);
        if (!status || status->size > shown_log) return;
        const auto text = host_.files().read(file_).value_or("");
        for (auto end = text.find('\n', told_); end != std::string::npos; end = text.find('\n', told_)) {
            progress_(std::string_view(text).substr(told_, end - told_));
            told_ = end + 1;
        }
    }

  private:
    const host::Host& host_;
    std::filesystem::path file_;
    const resources::Progress& progress_;
    std::size_t told_ = 0;
};

std::string end_of(const host::Host& host, const std::filesystem::path& file) {
    const auto status = host.files().status(file);
    if (!status || status->size > shown_log) return "see " + file.string();
    auto text = host.files().read(file).value_or("");
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    if (text.size() > told_log) text = "…" + text.substr(text.size() - told_log);
    return text.empty() ? "it said nothing" : text;
}

/// A file that is there for root alone as long as this is; none for an empty text. One that a killed run has
/// left is overwritten or removed by the next.
class OneTimeFile {
  public:
    OneTimeFile(host::Files& files, const std::filesystem::path& path, const std::string& text)
        : files_(files) {
        if (text.empty()) {
            files_.remove(path);
            return;
        }
        files_.write(path, text, {"", "", 0600});
        path_ = path;
    }
    ~OneTimeFile() {
        try {
            if (!path_.empty()) files_.remove(path_);
        } catch (const Error&) {
            return;  // the next migration removes it, and root alone can read it
        }
    }
    OneTimeFile(const OneTimeFile&) = delete;
    OneTimeFile& operator=(const OneTimeFile&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    host::Files& files_;
    std::filesystem::path path_;
};

}  // namespace

std::string migration_unit(const std::string& package, const std::string& version) {
    auto name = "dray-migrate-" + package + "-" + version;
    std::ranges::replace_if(
        name, [](char c) { return c == '+' || c == '~' || c == ':'; }, '_');
    return name + ".service";
}

void end_migration(host::Host& host, const std::string& package, const std::string& version) {
    if (!host.systemd().booted()) return;
    const auto unit = migration_unit(package, version);
    if (host.systemd().status(unit).active_state == "active") host.systemd().stop(unit);
}

bool is_about_lock(const Error& error) {
    return error.parts().cause.find(migration::lock_attempt) != std::string::npos;
}

void run_migration(host::Host& host, const resources::DeploySettings& settings, const std::string& package,
                   const std::string& version, const std::filesystem::path& log,
                   const resources::Progress& progress) {
    const auto attempt = "cannot migrate to " + version;
    const auto hint = "all that it said is in " + log.string();
    progress("migrating: " + host::Command{.argv = settings.migrate}.text());
    auto argv = settings.migrate;
    if (!settings.migrate_lock.empty()) argv.insert(argv.begin(), {host::migration_helper_path, package});
    if (!host.systemd().booted()) {
        host.processes().check({.argv = argv,
                                .directory = settings.migrate_directory,
                                .user = settings.migrate_user,
                                .input = settings.migrate_lock,
                                .timeout = settings.migrate_limit},
                               attempt);
        return;
    }
    auto& systemd = host.systemd();
    const auto unit = migration_unit(package, version);
    const auto before = systemd.status(unit).active_state;
    if (before != "activating" && before != "active") host.files().write(log, "", {"", "", 0600});
    Follower follower(host, log, progress);
    bool done = before == "active";
    if (done) progress("it has succeeded already, for an earlier run");
    // Systemd opens it as root; who migrates need not be able to.
    const OneTimeFile uri(host.files(), log.parent_path() / "migrate-lock",
                          done ? "" : settings.migrate_lock);
    if (!done)
        done = systemd.run_transient(
            {.name = unit,
             .description = "Migration of " + package + " to " + version,
             .argv = argv,
             .output = log.string(),
             .input = uri.path().string(),
             .runtime_limit = std::chrono::ceil<std::chrono::seconds>(settings.migrate_limit),
             .user = settings.migrate_user,
             .directory = settings.migrate_directory,
             .remain = true},
            [&] {
                follower.look();
                host::throw_if_interrupted();
            });
    follower.look();
    if (!done) throw Error(attempt, end_of(host, log), hint);
}

}  // namespace dray::converge
