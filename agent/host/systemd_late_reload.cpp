// systemd's manager reads its unit files again once for all of them.
#include "host/systemd_late_reload.h"

#include <algorithm>

namespace dray::host {

void LateReload::settle() const {
    if (owed_ == Owed::nothing) return;
    base_.daemon_reload();
    owed_ = Owed::nothing;
}

void LateReload::before_action() const {
    if (owed_ == Owed::texts) settle();
}

UnitStatus LateReload::status(const std::string& unit) const {
    auto status = base_.status(unit);
    if (status.load_state == "not-found" && owed_ == Owed::texts) {
        settle();
        status = base_.status(unit);
    }
    if (owed_ == Owed::texts) status.needs_daemon_reload = false;
    return status;
}

void LateReload::start(const std::string& unit) {
    before_action();
    base_.start(unit);
}

void LateReload::stop(const std::string& unit) {
    before_action();
    base_.stop(unit);
}

void LateReload::restart(const std::string& unit) {
    before_action();
    base_.restart(unit);
}

void LateReload::reload(const std::string& unit) {
    before_action();
    base_.reload(unit);
}

void LateReload::enable(const std::string& unit) {
    base_.enable(unit);
    owed_ = std::max(owed_, Owed::links);
}

void LateReload::disable(const std::string& unit) {
    base_.disable(unit);
    owed_ = std::max(owed_, Owed::links);
}

void LateReload::mask(const std::string& unit) {
    base_.mask(unit);
    daemon_reload();
    settle();  // or a unit in memory would not be known as masked
}

void LateReload::unmask(const std::string& unit) {
    base_.unmask(unit);
    daemon_reload();
    settle();
}

void LateReload::daemon_reload() {
    owed_ = Owed::texts;
}

}  // namespace dray::host
