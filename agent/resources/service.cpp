// The resource type `service`.
#include "resources/service.h"

#include "duration.h"
#include "host/interrupt.h"

#include <algorithm>

namespace dray::resources {
namespace {

using host::UnitStatus;
using recipe::Kind;

constexpr std::chrono::milliseconds look_interval{100};  // ten looks a second cost next to nothing
constexpr auto restarting = "no (restarts again and again)";

std::string yes_no(bool truth) {
    return truth ? "yes" : "no";
}

bool is_enabled_by_file(const UnitStatus& status) {
    return status.file_state == "enabled" || status.file_state == "enabled-runtime" ||
           status.file_state == "alias";
}

bool is_masked(const UnitStatus& status) {
    return status.file_state == "masked" || status.file_state == "masked-runtime";
}

/// A script of System V that systemd makes a unit of: systemd-sysv-generator(8).
std::string script_name(const host::Host& host, const std::string& unit) {
    const auto name = unit.substr(0, unit.rfind('.'));
    return unit.ends_with(".service") && host.files().exists("/etc/init.d/" + name) ? name : "";
}

/// Whether it is started in one of the run levels that systemd knows. Source: update-rc.d(8).
bool is_linked(const host::Host& host, const std::string& script) {
    for (const char* const folder : {"/etc/rc2.d", "/etc/rc3.d", "/etc/rc4.d", "/etc/rc5.d"})
        for (const auto& link : host.files().list(folder))
            if (link.size() == 3 + script.size() && link.front() == 'S' && link.ends_with(script))
                return true;
    return false;
}

/// Whether it starts at boot. An indirect unit has others in its [Install] section that are enabled in its
/// place, or are not: systemd does not tell, and so either wish is met by it.
bool is_enabled(const host::Host& host, const std::string& unit, const UnitStatus& status, bool wanted) {
    if (status.file_state == "indirect") return wanted;
    if (status.file_state != "generated") return is_enabled_by_file(status);
    const auto script = script_name(host, unit);
    // All others a generator makes and orders anew at each boot.
    return script.empty() || is_linked(host, script);
}

/// Throws Error when that cannot be had.
void enable(host::Host& host, const std::string& unit, const UnitStatus& status, bool enabled) {
    const std::string attempt = (enabled ? "cannot enable service " : "cannot disable service ") + unit;
    if (status.file_state == "generated") {
        const auto script = script_name(host, unit);
        if (script.empty())
            throw Error(attempt, "a generator makes it at each boot: see systemd.generator(7)",
                        "masked = true keeps it from starting");
        // As systemd-sysv-install has it, which `systemctl enable` calls.
        if (enabled) host.processes().check({.argv = {"/usr/sbin/update-rc.d", script, "defaults"}}, attempt);
        host.processes().check({.argv = {"/usr/sbin/update-rc.d", script, enabled ? "enable" : "disable"}},
                               attempt);
        return host.systemd().daemon_reload();
    }
    if (enabled && status.file_state == "static")
        throw Error(attempt, "it is static: it has no [Install] section",
                    "add one, or write enabled = false");
    enabled ? host.systemd().enable(unit) : host.systemd().disable(unit);
}

}  // namespace

const recipe::Schema Service::schema{
    .type = "service",
    .group = recipe::Group::services,
    .summary =
        "A systemd unit that runs and starts at boot, or does not, and is restarted when what it is made of "
        "changed.",
    .source = "systemctl(1), org.freedesktop.systemd1(5)",
    .name_doc = "the unit's name with its suffix, such as warehouse.service",
    .name_kind = Kind::text,
    .keys =
        {{.name = "running",
          .kind = Kind::boolean,
          .doc = "Whether it is to run now; true unless it is masked."},
         {.name = "enabled",
          .kind = Kind::boolean,
          .doc =
              "Whether it is to start at boot; true unless it is masked. Scripts of System V are linked by "
              "update-rc.d. Of an indirect unit, declare the units that its [Install] section names."},
         {.name = "masked",
          .kind = Kind::boolean,
          .doc = "Whether nobody can start it, not even as another's dependency; left alone when not "
                 "given."},
         {.name = "stable_for",
          .kind = Kind::duration,
          .doc = "After a start, restart or reload it has to stay active for this long without an "
                 "automatic restart, or it counts as not running.",
          .fallback = "1s"},
         {.name = "restart_when_changed",
          .kind = Kind::references,
          .doc = "Restart it when one of these changed.",
          .action = "restart"},
         {.name = "reload_when_changed",
          .kind = Kind::references,
          .doc = "Reload it when one of these changed.",
          .action = "reload"}},
    .example = R"([[resource]]
type = "service"
name = "warehouse.service"
restart_when_changed = ["package[warehouse]", "template[/etc/warehouse/config.toml]"]
)"};

Service::Service(const recipe::Properties& properties)
    : unit_(properties.name()), stable_for_(properties.duration("stable_for")) {
    if (properties.has("masked")) masked_ = properties.truth("masked");
    const bool masked = masked_.value_or(false);
    running_ = properties.has("running") ? properties.truth("running") : !masked;
    enabled_ = properties.has("enabled") ? properties.truth("enabled") : !masked;
    if (unit_.find('.') == std::string::npos || unit_.find('/') != std::string::npos)
        throw Error("bad name of service[" + unit_ + "]", "it is no unit name with a suffix",
                    "write " + unit_ + ".service");
    if (masked && (running_ || enabled_))
        throw Error("bad value for 'masked' of service[" + unit_ + "]",
                    std::string("a masked unit cannot ") + (running_ ? "run" : "be enabled"),
                    "leave out one of the two");
}

void Service::expect(host::Host& host) const {
    host.systemd().expect_status(unit_);
}

State Service::inspect(const host::Host& host) const {
    const auto status = host.systemd().status(unit_);
    State state;
    if (masked_) state.set("masked", yes_no(is_masked(status)));
    return state.set("enabled", yes_no(is_enabled(host, unit_, status, enabled_)))
        .set("running", running_text(host, status));
}

State Service::wanted(const host::Host&) const {
    State state;
    if (masked_) state.set("masked", yes_no(*masked_));
    return state.set("enabled", yes_no(enabled_)).set("running", yes_no(running_));
}

std::string Service::running_text(const host::Host& host, const UnitStatus& status) const {
    const bool failed = status.active_state == "failed";
    // One that is not to run may have failed: stopping it would not make systemd forget that.
    if (!running_) return yes_no(!failed && status.active_state != "inactive");
    if (failed) return "no (failed)";
    if (status.sub_state.starts_with("auto-restart")) return restarting;
    if (!status.is_active()) return "no";
    return stays_active(host, status) ? "yes" : restarting;
}

/// Whether an active unit is more than a moment between two crashes. Only one that systemd restarted by
/// itself just now has to be looked at twice.
bool Service::stays_active(const host::Host& host, const UnitStatus& status) const {
    if (status.restarts == 0 || status.active_for >= stable_for_) return true;
    host.clock().watch(stable_for_ - status.active_for);
    host::throw_if_interrupted();
    const auto later = host.systemd().status(unit_);
    return later.is_active() && later.restarts == status.restarts;
}

void Service::apply(host::Host& host, const State& now, const Progress&) {
    auto& systemd = host.systemd();
    if (masked_ == false && now.value("masked") == "yes") systemd.unmask(unit_);
    const auto status = systemd.status(unit_);
    if (status.load_state == "not-found" && masked_ != true)
        throw Error("cannot manage service " + unit_, "systemd knows no such unit",
                    "install its package, or declare it as unit[" + unit_ + "], above this resource");
    if (is_enabled(host, unit_, status, enabled_) != enabled_ && !is_masked(status))
        enable(host, unit_, status, enabled_);
    if (now.value("running") != yes_no(running_)) {
        if (running_ && status.needs_daemon_reload) systemd.daemon_reload();
        if (!running_)
            systemd.stop(unit_);
        else if (now.value("running") == restarting)
            systemd.restart(unit_);  // it may run just now, as it was made before
        else
            systemd.start(unit_);
        if (running_) await_stable(host);
    }
    if (masked_ == true && !is_masked(status)) systemd.mask(unit_);
}

std::vector<std::string> Service::actions(const std::set<std::string>& owed,
                                          const std::vector<Change>& changes) const {
    const auto started = std::ranges::find(changes, "running", &Change::name) != changes.end();
    if (started || !running_) return {};
    if (owed.contains("restart")) return {"restart"};
    return {owed.begin(), owed.end()};
}

void Service::act(host::Host& host, const std::string& action, const Progress&) {
    auto& systemd = host.systemd();
    const auto before = systemd.status(unit_);
    // Of a unit in a package nobody may have told the manager that it has changed.
    if (before.needs_daemon_reload) systemd.daemon_reload();
    action == "restart" ? systemd.restart(unit_) : systemd.reload(unit_);
    const auto after = systemd.status(unit_);
    const bool same = !after.invocation_id.empty() && after.invocation_id == before.invocation_id;
    if (action == "restart" && same && after.is_active())
        throw Error("service " + unit_ + " was not restarted",
                    "systemd calls it done, and it is still the run that began before",
                    "see `journalctl -u " + unit_ + "`");
    await_stable(host);
}

void Service::await_stable(const host::Host& host) const {
    const auto hint = "see `journalctl -u " + unit_ + "`";
    const auto begin = host.clock().steady();
    const auto first = host.systemd().status(unit_);
    for (auto status = first;; status = host.systemd().status(unit_)) {
        const auto since =
            std::chrono::duration_cast<std::chrono::milliseconds>(host.clock().steady() - begin);
        if (status.sub_state.starts_with("auto-restart") || status.restarts > first.restarts)
            throw Error("service " + unit_ + " does not stay up",
                        "it ended by itself " + duration_text(since) +
                            " after it had been started, and systemd "
                            "restarts it",
                        hint);
        if (!status.is_active())
            throw Error("service " + unit_ + " does not stay up",
                        "its start was a success, and now it is " + status.active_state + " (" +
                            status.sub_state + ")",
                        hint);
        // Where there is no process (a timer, a oneshot that remains) nothing can end by itself. One that had a
        // process is without it when it has ended just now, between two answers of systemd.
        if (since >= stable_for_ || (first.main_pid == 0 && status.main_pid == 0)) return;
        host.clock().sleep(std::min(look_interval, stable_for_ - since));
        host::throw_if_interrupted();
    }
}

}  // namespace dray::resources
