// The resource type `sysctl`.
#include "resources/sysctl.h"

#include <algorithm>
#include <sstream>

namespace dray::resources {
namespace {

using recipe::Kind;

/// The file below /proc/sys that a name stands for, "" when it is none. As in sysctl.d(5): when the first
/// separator is a dot, dots and slashes are interchanged, so that "net.ipv4.conf.eth0/100.forwarding" names a
/// VLAN.
std::string file_of(std::string name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:@+./";
    if (name.find_first_not_of(allowed) != std::string::npos) return {};
    const auto separator = name.find_first_of("./");
    if (separator == std::string::npos) return {};
    if (name[separator] == '.')
        for (auto& c : name)
            c = c == '.' ? '/' : c == '/' ? '.' : c;
    for (const auto& part : std::filesystem::path("/" + name + "/")) {
        const auto text = part.string();
        if (text == "." || text == "..") return {};
    }
    // A leading "-" means something of its own in sysctl.d(5).
    const bool wrong_place = name.starts_with("-") || name.starts_with("/") || name.ends_with("/") ||
                             name.find("//") != std::string::npos;
    return wrong_place ? std::string() : name;
}

/// Words with single spaces between them: the kernel answers with tabs, and with a newline at the end.
std::string normal(const std::string& value) {
    std::istringstream words(value);
    std::string text;
    for (std::string word; words >> word;)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace

const recipe::Schema Sysctl::schema{
    .type = "sysctl",
    .group = recipe::Group::host,
    .summary = "A setting of the kernel, now and at each boot.",
    .source = "sysctl.d(5), proc(5)",
    .name_doc = "the setting's name, such as vm.max_map_count; the file is /etc/sysctl.d/60-dray-NAME.conf",
    .name_kind = Kind::text,
    .keys = {{.name = "value",
              .kind = Kind::scalar,
              .doc = "What it is to be; several numbers have spaces between them."},
             {.name = "live",
              .kind = Kind::boolean,
              .doc = "Set it in the running kernel too, and not only at boot.",
              .fallback = true},
             {.name = "state",
              .kind = Kind::text,
              .doc = "\"absent\" removes the file; the running kernel keeps the value until the next boot.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "sysctl"
name = "vm.max_map_count"
value = 262144
)"};

Sysctl::Sysctl(const recipe::Properties& properties)
    : value_(normal(properties.text_or_empty("value"))), live_(properties.truth("live")) {
    const std::string& name = properties.name();
    const auto file = file_of(name);
    if (file.empty())
        throw Error("bad name of sysctl[" + name + "]", "it is no setting of the kernel",
                    "write it as sysctl(8) does, such as vm.max_map_count");
    setting_ = "/proc/sys/" + file;
    std::string stem = name;
    std::ranges::replace(stem, '/', '-');
    file_ = {.path = "/etc/sysctl.d/60-dray-" + stem + ".conf",
             .content = "# Made by dray, and made again when it is changed.\n" + name + " = " + value_ + "\n",
             .ownership = {"root", "root", 0644},
             .present = properties.text("state") == "present"};
    if (!file_.present) return;
    if (value_.empty())
        throw Error("cannot tell what sysctl[" + name + "] is to be", "it has no 'value'", "write value = …");
    if (properties.text("value").find_first_of("\n\r") != std::string::npos)
        throw Error("bad value for 'value' of sysctl[" + name + "]", "it is more than one line",
                    "write spaces between the numbers");
}

State Sysctl::inspect(const host::Host& host) const {
    State state = file_.inspect(host);
    if (!live_ || !file_.present) return state;
    if (host.files().exists(setting_)) state.set("live", normal(host.files().read(setting_).value_or("")));
    return state;
}

State Sysctl::wanted(const host::Host& host) const {
    State state = file_.wanted(host);
    if (live_ && file_.present) state.set("live", value_);
    return state;
}

void Sysctl::apply(host::Host& host, const State& now, const Progress&) {
    // The kernel first: what it refuses is not to be refused again at each boot.
    if (live_ && file_.present && now.value("live") != value_) {
        try {
            host.files().write_in_place(setting_, value_ + "\n");
        } catch (const Error& error) {
            auto parts = error.parts();
            parts.hint =
                now.find("live") == nullptr
                    ? "the kernel has no such setting: bring the module that has it first, or correct "
                      "the name"
                    : "the kernel may not take this value, or a container may not let it be set: with "
                      "live = false it is left to the next boot";
            throw Error(std::move(parts));
        }
    }
    file_.apply(host, now);
}

}  // namespace dray::resources
