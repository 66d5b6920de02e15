// The resource type `unit`.
#include "resources/unit.h"

#include "host/unit_files.h"

#include <algorithm>
#include <array>

namespace dray::resources {
namespace {

using recipe::Kind;

std::string unit_answer(bool truth) {
    return truth ? "yes" : "no";
}

bool is_up(const host::UnitStatus& status) {
    return status.active_state != "inactive" && status.active_state != "failed";
}

bool starts_at_boot(const host::UnitStatus& status) {
    return status.file_state == "enabled" || status.file_state == "enabled-runtime";
}

/// systemd.unit(5): a name of at most 255 characters with one of these suffixes.
bool is_unit_name(const std::string& name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    constexpr std::array<std::string_view, 9> suffixes = {
        ".service", ".timer", ".socket", ".target", ".path", ".mount", ".slice", ".automount", ".swap"};
    return name.size() <= 255 && name.find_first_not_of(allowed) == std::string::npos &&
           std::ranges::any_of(suffixes, [&](std::string_view suffix) {
               return name.ends_with(suffix) && name.size() > suffix.size();
           });
}

}  // namespace

const recipe::Schema Unit::schema{
    .type = "unit",
    .group = recipe::Group::services,
    .summary = "A systemd unit file, or a drop-in; the manager reads it again whenever it changed.",
    .source = "systemd.unit(5)",
    .name_doc = "the unit's name with its suffix, such as warehouse.service",
    .name_kind = Kind::text,
    .keys =
        {{.name = "content", .kind = Kind::text, .doc = "The whole text of the unit file."},
         {.name = "source",
          .kind = Kind::template_file,
          .doc = "A template of the recipe's folder that makes the text."},
         {.name = "dropin",
          .kind = Kind::text,
          .doc = "Write the drop-in of this name instead of the unit itself: \"override\" is "
                 "NAME.d/override.conf."},
         {.name = "verify",
          .kind = Kind::boolean,
          .doc = "Let `systemd-analyze verify` judge the text before it is put in place. Programs that are "
                 "not there yet are no fault.",
          .fallback = true},
         {.name = "state",
          .kind = Kind::text,
          .doc =
              "Whether it is to be there at all. What becomes absent is stopped and disabled first, unless "
              "it is a drop-in, or a package has a unit of the same name: that one takes its place. "
              "Instances of a template go on until they are stopped.",
          .fallback = "present",
          .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "unit"
name = "warehouse.service"
source = "templates/warehouse.service.mustache"
)"};

Unit::Unit(const recipe::Properties& properties)
    : unit_(properties.name()),
      dropin_(properties.has("dropin")),
      verify_(properties.truth("verify")),
      template_(unit_.find("@.") != std::string::npos) {
    const auto what = "unit[" + unit_ + "]";
    if (!is_unit_name(unit_))
        throw Error("bad name of " + what, "it is no unit name",
                    "write it with its suffix, such as warehouse.service");
    std::string path = std::string(host::unit_folder) + unit_;
    if (dropin_) {
        const auto& name = properties.text("dropin");
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
            throw Error("bad value for 'dropin' of " + what, "'" + name + "' is no file name",
                        "write dropin = \"override\"");
        path += ".d/" + name + (name.ends_with(".conf") ? "" : ".conf");
    }
    file_ = {.path = path,
             .content = {},
             .ownership = {"root", "root", 0644},
             .sensitive = false,
             .present = properties.text("state") == "present"};
    if (!file_.present) return;
    if (properties.has("content") == properties.has("source"))
        throw Error("cannot tell the content of " + what, "it needs exactly one of 'content' and 'source'",
                    "give it one of the two");
    file_.content =
        properties.has("content") ? properties.text("content") : properties.file("source").content;
}

/// Whether the unit ends when its file is not there: another file of that name would be the unit then.
bool Unit::ends_with_file(const host::Host& host) const {
    return !file_.present && !dropin_ && !has_other_unit_file(host.files(), unit_);
}

void Unit::expect(host::Host& host) const {
    if (template_ || !host.systemd().booted()) return;
    if (file_.present)
        host.systemd().expect_text(unit_);
    else
        host.systemd().expect_status(unit_);
}

State Unit::inspect(const host::Host& host) const {
    State state = file_.inspect(host);
    if (template_ || !host.systemd().booted()) return state;
    if (file_.present && state.value("type") != "file") return state;
    // systemd has answered for the stop. Asked for a unit that is gone, it would have to read all files anew.
    if (retired_) return state.set("running", "no").set("enabled", "no").set("manager", "has read it");
    bool older = false;
    if (file_.present) {
        // A run that was killed between the file and the manager leaves the manager with the old text.
        older = host.systemd().has_older_text(unit_, file_.path);
    } else {
        const auto status = host.systemd().status(unit_);
        older = status.needs_daemon_reload;
        if (!dropin_)
            state.set("running", unit_answer(is_up(status)))
                .set("enabled", unit_answer(starts_at_boot(status)));
    }
    return state.set("manager", older ? "has an older text" : "has read it");
}

State Unit::wanted(const host::Host& host) const {
    State state = file_.wanted(host);
    if (template_ || !host.systemd().booted()) return state;
    if (ends_with_file(host)) state.set("running", "no").set("enabled", "no");
    return state.set("manager", "has read it");
}

void Unit::apply(host::Host& host, const State& now, const Progress&) {
    notes_.clear();
    if (host.systemd().booted() && ends_with_file(host)) retire(host);
    if (!differences(now, file_.wanted(host)).empty()) {
        if (file_.present && verify_ && now.value("content") != file_.content) verify(host);
        if (dropin_ && file_.present && !host.files().status(file_.path.parent_path()))
            host.files().make_directory(file_.path.parent_path(), {"root", "root", 0755}, true);
        file_.apply(host, now);
    }
    if (host.systemd().booted()) host.systemd().daemon_reload();
}

/// Its links go while systemd can still read from its text which they are.
void Unit::retire(host::Host& host) {
    auto& systemd = host.systemd();
    if (template_) {
        if (host.files().exists(file_.path)) systemd.disable(unit_);
        return;
    }
    const auto status = systemd.status(unit_);
    if (starts_at_boot(status)) systemd.disable(unit_);
    if (is_up(status)) systemd.stop(unit_);
    retired_ = true;
}

void Unit::verify(const host::Host& host) {
    const auto dropin = dropin_ ? file_.path.filename().string() : std::string();
    const auto verdict = host.systemd().verify({{.unit = unit_, .dropin = dropin, .text = file_.content}});
    for (const auto& advice : verdict.advice)
        notes_.push_back("systemd: " + advice);
    if (verdict.errors.empty()) return;
    std::string cause = "systemd would not take it as it is meant";
    for (const auto& error : verdict.errors)
        cause += "\n  | " + error;
    throw Error("cannot put " + file_.path.string() + " in place", cause,
                "correct it; verify = false puts it there as it is");
}

}  // namespace dray::resources
