// The resource type `service`.
#include "resources/service.h"

#include <algorithm>

namespace dray::resources {
namespace {

using recipe::Kind;

bool is_enabled(const std::string& file_state) {
    return file_state == "enabled" || file_state == "enabled-runtime" || file_state == "alias";
}

}  // namespace

const recipe::Schema Service::schema{
    .type = "service",
    .summary =
        "A systemd unit that runs and starts at boot, or does not, and is restarted when what it is made of "
        "changed.",
    .source = "systemctl(1), org.freedesktop.systemd1(5)",
    .name_doc = "the unit's name with its suffix, such as warehouse.service",
    .name_kind = Kind::text,
    .keys = {{.name = "running", .kind = Kind::boolean, .doc = "Whether it is to run now.", .fallback = true},
             {.name = "enabled",
              .kind = Kind::boolean,
              .doc = "Whether it is to start at boot.",
              .fallback = true},
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
    : unit_(properties.name()), running_(properties.truth("running")), enabled_(properties.truth("enabled")) {
    if (unit_.find('.') == std::string::npos || unit_.find('/') != std::string::npos)
        throw Error("bad name of service[" + unit_ + "]", "it is no unit name with a suffix",
                    "write " + unit_ + ".service");
}

State Service::inspect(const host::Host& host) const {
    const auto status = host.systemd().status(unit_);
    const bool running = status.active_state == "active" || status.active_state == "reloading";
    // One that is not to run may have failed: stopping it would not make systemd forget that.
    const bool failed = running_ && status.active_state == "failed";
    return {{"enabled", is_enabled(status.file_state) ? "yes" : "no"},
            {"running", running  ? "yes"
                        : failed ? "no (failed)"
                                 : "no"}};
}

State Service::wanted(const host::Host&) const {
    return {{"enabled", enabled_ ? "yes" : "no"}, {"running", running_ ? "yes" : "no"}};
}

void Service::apply(host::Host& host, const State& now, const Progress&) {
    auto& systemd = host.systemd();
    const auto status = systemd.status(unit_);
    if (status.load_state == "not-found")
        throw Error("cannot manage service " + unit_, "systemd knows no such unit",
                    "install its package, or declare it as unit[" + unit_ + "], above this resource");
    if (now.value("enabled") != (enabled_ ? "yes" : "no")) {
        if (enabled_ && (status.file_state == "static" || status.file_state == "generated"))
            throw Error("cannot enable service " + unit_,
                        "it is " + status.file_state + ": it has no [Install] section",
                        "add one, or write enabled = false");
        enabled_ ? systemd.enable(unit_) : systemd.disable(unit_);
    }
    if (now.value("running") == (running_ ? "yes" : "no")) return;
    if (!running_) return systemd.stop(unit_);
    systemd.start(unit_);
    check_running(host);
}

std::vector<std::string> Service::actions(const std::set<std::string>& owed,
                                          const std::vector<Change>& changes) const {
    const auto started = std::ranges::find(changes, "running", &Change::name) != changes.end();
    if (started || !running_) return {};
    if (owed.contains("restart")) return {"restart"};
    return {owed.begin(), owed.end()};
}

void Service::act(host::Host& host, const std::string& action, const Progress&) {
    action == "restart" ? host.systemd().restart(unit_) : host.systemd().reload(unit_);
    check_running(host);
}

void Service::check_running(const host::Host& host) const {
    const auto status = host.systemd().status(unit_);
    if (status.active_state == "active" || status.active_state == "reloading") return;
    throw Error("service " + unit_ + " does not run",
                "it is " + status.active_state + " (" + status.sub_state + ")",
                "see `journalctl -u " + unit_ + "`");
}

}  // namespace dray::resources
