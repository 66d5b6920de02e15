// The resource type `timer`.
#include "resources/timer.h"

#include "host/unit_files.h"
#include "resources/timer_text.h"

#include <sstream>

namespace dray::resources {
namespace {

using recipe::Kind;

std::string truth_text(bool truth) {
    return truth ? "yes" : "no";
}

/// systemd.unit(5): what a unit's name may hold before its suffix; a '@' would make it a template.
std::string checked_name(const recipe::Properties& properties) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\";
    const auto& name = properties.name();
    const bool suffixed = name.ends_with(".timer") || name.ends_with(".service");
    if (name.find_first_not_of(allowed) != std::string::npos || name.size() > 200 || suffixed)
        throw Error("bad name of timer[" + name + "]", suffixed ? "it has a suffix" : "it makes no unit name",
                    "write it like \"backup\", for backup.timer and backup.service");
    return name;
}

/// Five fields of digits, '*', '/', ',' and '-': crontab(5) has them, and systemd.time(7) knows no such form.
bool is_of_cron(const std::string& schedule) {
    std::istringstream words(schedule);
    int fields = 0;
    for (std::string word; words >> word; ++fields)
        if (word.find_first_not_of("0123456789*/,-") != std::string::npos) return false;
    return fields == 5;
}

ManagedFile unit_file(const std::string& unit, std::string text, bool present) {
    return {.path = std::string(host::unit_folder) + unit,
            .content = std::move(text),
            .ownership = {"root", "root", 0644},
            .sensitive = false,
            .present = present};
}

std::string access_entry_of(const ManagedFile& file) {
    return "access to " + file.path.filename().string();
}

}  // namespace

const recipe::Schema Timer::schema{
    .type = "timer",
    .group = recipe::Group::services,
    .summary =
        "A command that is run on a schedule, as cron would: a systemd timer and the service that it "
        "starts.",
    .source = "systemd.timer(5), systemd.service(5), systemd.time(7)",
    .name_doc =
        "a unit's name without suffix; the files are NAME.timer and NAME.service in "
        "/etc/systemd/system",
    .name_kind = Kind::text,
    .keys =
        {{.name = "command",
          .kind = Kind::command,
          .doc = "The program, by absolute path or looked for in the system's folders, and its arguments; "
                 "its output goes to the journal.",
          .required_if_present = true},
         {.name = "schedule",
          .kind = Kind::text,
          .doc = "When: a calendar event of systemd.time(7), such as \"daily\", \"*:0/15\" or \"Mon..Fri "
                 "04:30\". `systemd-analyze calendar` tries one out.",
          .required_if_present = true},
         {.name = "persistent",
          .kind = Kind::boolean,
          .doc = "Make up for a run that was missed while the host was off.",
          .fallback = false},
         {.name = "randomized_delay",
          .kind = Kind::duration,
          .doc = "Wait for a random time up to this, so that not all hosts begin at once."},
         {.name = "user", .kind = Kind::text, .doc = "Run as this user; root when not given."},
         {.name = "group", .kind = Kind::text, .doc = "Run with this group; the user's own when not given."},
         {.name = "cwd", .kind = Kind::path, .doc = "Working folder; / when not given."},
         {.name = "environment", .kind = Kind::environment, .doc = "Variables; everybody can read them."},
         {.name = "timeout", .kind = Kind::duration, .doc = "Then it is killed; never when not given."},
         {.name = "after",
          .kind = Kind::texts,
          .doc = "Units that have to be started first when both are to start, such as "
                 "\"postgresql.service\"."},
         {.name = "description", .kind = Kind::text, .doc = "What it is for, in systemd's lists."},
         {.name = "state",
          .kind = Kind::text,
          .doc =
              "Whether it is to be there at all. What becomes absent is stopped first; a run of the command "
              "that is under way goes on to its end.",
          .fallback = "present",
          .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "timer"
name = "warehouse-backup"
command = ["/usr/local/bin/backup", "warehouse"]
user = "postgres"
schedule = "*-*-* 03:30"
randomized_delay = "15m"
)"};

Timer::Timer(const recipe::Properties& properties)
    : timer_(checked_name(properties) + ".timer"),
      service_(properties.name() + ".service"),
      schedule_(properties.text_or_empty("schedule")),
      present_(properties.text("state") == "present") {
    if (is_of_cron(schedule_))
        throw Error("bad value for 'schedule' of timer[" + properties.name() + "]",
                    "'" + schedule_ + "' is the form of crontab(5)",
                    "write it as systemd.time(7) has it: *-*-* 03:30 for \"30 3 * * *\", Mon *-*-* 03:30 for "
                    "\"30 3 * * 1\", *:0/15 for \"*/15 * * * *\"");
    timer_file_ = unit_file(timer_, present_ ? timer_text(properties) : "", present_);
    service_file_ = unit_file(service_, present_ ? timer_service_text(properties) : "", present_);
}

void Timer::look_at(const host::Host& host, const ManagedFile& file, State& state) const {
    const State found = file.inspect(host);
    if (found.value("type") == "absent") return;
    const bool regular = found.value("type") == "file";
    state.set(file.path.filename(), regular ? found.value("content") : "(a " + found.value("type") + ")",
              Display::content);
    state.set(access_entry_of(file),
              found.value("owner") + ":" + found.value("group") + " " + found.value("mode"));
}

void Timer::expect(host::Host& host) const {
    host.systemd().expect_status(timer_);
    if (!present_) return;
    host.systemd().expect_text(timer_);
    host.systemd().expect_text(service_);
}

State Timer::inspect(const host::Host& host) const {
    State files;
    look_at(host, timer_file_, files);
    look_at(host, service_file_, files);
    State state{{"timer", files.entries().empty() ? "absent" : "present"}};
    for (const auto& entry : files.entries())
        state.set(entry.name, entry.value, entry.display);
    const auto status = host.systemd().status(timer_);
    // What is to go is the manager's until it is told; what is to stay it may not know yet.
    const bool older =
        present_ ? host.systemd().has_older_text(timer_, timer_file_.path) ||
                       host.systemd().has_older_text(service_, service_file_.path)
                 : status.needs_daemon_reload || host.systemd().status(service_).needs_daemon_reload;
    state.set("manager", older ? "has an older text" : "has read it");
    state.set("enabled", truth_text(status.file_state == "enabled"));
    return state.set("running", truth_text(status.active_state == "active"));
}

State Timer::wanted(const host::Host& host) const {
    if (!present_) {
        State state{{"timer", "absent"}, {"manager", "has read it"}};
        // Without our files a package's unit of that name is the timer, and its own affair.
        if (!has_other_unit_file(host.files(), timer_)) state.set("enabled", "no").set("running", "no");
        return state;
    }
    State state{{"timer", "present"}};
    for (const auto* file : {&timer_file_, &service_file_}) {
        state.set(file->path.filename(), file->content, Display::content);
        state.set(access_entry_of(*file), "root:root 0644");
    }
    return state.set("manager", "has read it").set("enabled", "yes").set("running", "yes");
}

void Timer::apply(host::Host& host, const State& now, const Progress&) {
    notes_.clear();
    present_ ? establish(host, now) : remove(host);
}

void Timer::establish(host::Host& host, const State& now) {
    auto& systemd = host.systemd();
    const bool same_timer = now.value(timer_) == timer_file_.content;
    const bool same = same_timer && now.value(service_) == service_file_.content;
    if (!same) verify(host);
    put(host, service_file_);
    put(host, timer_file_);
    if (!same || now.value("manager") != "has read it") systemd.daemon_reload();
    if (now.value("enabled") != "yes") systemd.enable(timer_);
    // A timer that is running has computed its next time from the old text.
    if (!same_timer)
        systemd.restart(timer_);
    else if (now.value("running") != "yes")
        systemd.start(timer_);
}

void Timer::put(host::Host& host, const ManagedFile& file) const {
    const auto now = file.inspect(host);
    if (!differences(now, file.wanted(host)).empty()) file.apply(host, now);
}

void Timer::verify(const host::Host& host) {
    for (const auto& unit : {timer_, service_})
        if (has_other_unit_file(host.files(), unit))
            throw Error("cannot make timer " + timer_, "a package brings a unit " + unit + " already",
                        "give the timer another name");
    const auto next = host.systemd().next_elapse(schedule_);
    if (next == "never")
        throw Error("cannot make timer " + timer_, "'" + schedule_ + "' is over for good",
                    "see systemd.time(7); `systemd-analyze calendar` tries one out");
    notes_.push_back("next due: " + next);
    const auto verdict = host.systemd().verify(
        {{.unit = timer_, .text = timer_file_.content}, {.unit = service_, .text = service_file_.content}});
    if (verdict.errors.empty()) return;
    std::string cause = "systemd would not take it as it is meant";
    for (const auto& error : verdict.errors)
        cause += "\n  | " + error;
    throw Error("cannot put " + timer_ + " in place", cause, "correct the resource");
}

void Timer::remove(host::Host& host) const {
    auto& systemd = host.systemd();
    const auto status = systemd.status(timer_);
    const bool ours = !has_other_unit_file(host.files(), timer_);
    if (ours && status.active_state == "active") systemd.stop(timer_);
    if (ours && status.file_state == "enabled") systemd.disable(timer_);
    host.files().remove(timer_file_.path);
    host.files().remove(service_file_.path);
    systemd.daemon_reload();
}

}  // namespace dray::resources
