// Facts that cost something to learn.
#include "host/more_facts.h"

#include "host/network.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

namespace dray::host {
namespace {

using namespace std::chrono_literals;
constexpr auto resolver_limit =
    10s;  // twice the five seconds after which resolv.conf(5) asks the next server

struct Own {
    std::string_view name;
    std::string_view origin;
};
constexpr std::array<Own, 5> own_facts = {{{"address", "the default route"},
                                           {"addresses", "getifaddrs(3)"},
                                           {"fqdn", "hosts(5), the resolver"},
                                           {"package", "dpkg's status"},
                                           {"virtualization", "systemd"}}};

std::string hostname() {
    utsname names{};
    if (::uname(&names) != 0) throw Error::system("cannot read the machine's name", errno);
    return names.nodename;
}

/// Where the manager answers no program is started.
std::string virtualization(const Systemd& systemd, const Processes& processes) {
    if (systemd.booted()) {
        try {
            return systemd.virtualization();
        } catch (const Error&) {
            // The bus may be down, or not open to this user; the program looks itself.
        }
    }
    // It exits with 1 on a bare machine, and prints "none".
    const auto result = processes.run({.argv = {"systemd-detect-virt"}, .timeout = fact_time_limit});
    auto name = result.output.substr(0, result.output.find('\n'));
    if (name.empty())
        throw Error("cannot learn fact.virtualization", "systemd-detect-virt: " + result.outcome());
    return name;
}

Value::Table installed_packages(const DpkgStatus& status) {
    Value::Table packages;
    for (const auto& [name, version] : status.installed())
        packages.insert_or_assign(name, Value(version));
    return packages;
}

}  // namespace

MoreFacts::MoreFacts(const Files& files, const Processes& processes, const Systemd& systemd,
                     std::filesystem::path folder, std::filesystem::path dpkg)
    : files_(files),
      processes_(processes),
      systemd_(systemd),
      dpkg_(std::move(dpkg)),
      custom_(files, processes, std::move(folder)) {}

std::vector<std::string> MoreFacts::names() const {
    auto names = custom_.names();
    for (const auto& own : own_facts)
        if (std::ranges::find(names, own.name) == names.end()) names.emplace_back(own.name);
    std::ranges::sort(names);
    return names;
}

std::string MoreFacts::origin(const std::string& name) const {
    for (const auto& own : own_facts)
        if (own.name == name) return std::string(own.origin);
    const auto file = custom_.file_of(name);
    return file ? file->string() : std::string();
}

std::optional<Value> MoreFacts::learn(const std::string& name) const {
    const auto [found, added] = known_.try_emplace(name);
    if (added) {
        try {
            found->second.value = learn_anew(name);
        } catch (const Error& error) {
            found->second.error = error;
        }
    }
    if (found->second.error) throw *found->second.error;
    return found->second.value;
}

std::optional<Value> MoreFacts::learn_anew(const std::string& name) const {
    if (name == "addresses") {
        Value::List list;
        for (auto& address : addresses())
            list.emplace_back(std::move(address));
        return Value(std::move(list));
    }
    if (name == "address") {
        const auto address = main_address();
        return address ? std::optional<Value>(*address) : std::nullopt;
    }
    if (name == "fqdn")
        return Value(full_name(hostname(), files_.read("/etc/hosts").value_or(""),
                               [](const std::string& host) { return canonical_name(host, resolver_limit); }));
    if (name == "virtualization") return Value(virtualization(systemd_, processes_));
    if (name == "package") return Value(installed_packages(dpkg_.status()));
    return custom_.learn(name);
}

}  // namespace dray::host
