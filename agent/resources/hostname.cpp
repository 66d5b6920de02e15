// The resource type `hostname`.
#include "resources/hostname.h"

#include <sstream>

namespace dray::resources {
namespace {

const std::filesystem::path static_file = "/etc/hostname";
const std::filesystem::path kernel_file = "/proc/sys/kernel/hostname";
constexpr std::size_t name_limit = 64;   // HOST_NAME_MAX, hostname(5)
constexpr std::size_t label_limit = 63;  // RFC 1123 2.1

bool is_label(const std::string& label) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    return !label.empty() && label.size() <= label_limit && label.front() != '-' && label.back() != '-' &&
           label.find_first_not_of(allowed) == std::string::npos;
}

bool is_host_name(const std::string& name) {
    if (name.size() > name_limit || name.ends_with(".")) return false;
    std::istringstream labels(name);
    for (std::string label; std::getline(labels, label, '.');)
        if (!is_label(label)) return false;
    return true;
}

/// The first line that says something, without blanks around it.
std::string first_line(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string::npos || line[begin] == '#') continue;
        return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
    }
    return {};
}

/// Nothing when there is no file of a name at this path, a link to one for example: then there is a file to
/// write.
std::optional<std::string> name_in(const host::Host& host, const std::filesystem::path& path) {
    const auto status = host.files().status(path);
    if (!status || status->type != host::FileType::regular) return std::nullopt;
    return first_line(host.files().read(path).value_or(""));
}

}  // namespace

const recipe::Schema Hostname::schema{
    .type = "hostname",
    .group = recipe::Group::host,
    .summary =
        "The host's own name, in the running kernel and in /etc/hostname. /etc/hosts is left to others: "
        "a line resource can name it there.",
    .source = "hostname(5), hostname(1), RFC 1123",
    .name_doc = "the name: letters, digits and hyphens, dots between parts, at most 64 characters",
    .name_kind = recipe::Kind::text,
    .keys = {},
    .example = R"([[resource]]
type = "hostname"
name = "app1"
)"};

Hostname::Hostname(const recipe::Properties& properties) : name_(properties.name()) {
    if (!is_host_name(name_))
        throw Error("bad name of hostname[" + name_ + "]", "it is no host name",
                    "write letters, digits and hyphens, with dots between parts, at most 64 in all");
}

State Hostname::inspect(const host::Host& host) const {
    State state;
    if (const auto name = name_in(host, static_file)) state.set("at boot", *name);
    if (const auto name = name_in(host, kernel_file)) state.set("now", *name);
    return state;
}

State Hostname::wanted(const host::Host&) const {
    return {{"at boot", name_}, {"now", name_}};
}

void Hostname::apply(host::Host& host, const State& now, const Progress&) {
    if (now.value("at boot") != name_) host.files().write(static_file, name_ + "\n", {"root", "root", 0644});
    // sethostname(2), which is allowed where /proc/sys may not be written to; systemd-hostnamed notices both.
    if (now.value("now") != name_)
        static_cast<void>(
            host.processes().check({.argv = {"hostname", name_}}, "cannot set the host's name"));
}

}  // namespace dray::resources
