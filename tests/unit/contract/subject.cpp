// The host that the contract of the seams is tried on.
#include "subject.h"

#include "error.h"
#include "host/apt_client.h"
#include "host/unit_files.h"

#include <iostream>
#include <sstream>

namespace dray::test {
namespace {

std::string source_text(const SubjectOptions& options, const std::string& key) {
    std::string text =
        "Types: deb\nURIs: " + options.repository + "\nSuites: stable\nComponents: main\nSigned-By:\n";
    std::istringstream lines(key);
    for (std::string line; std::getline(lines, line);)
        text += " " + (line.empty() ? "." : line) + "\n";
    return text;
}

}  // namespace

SubjectOptions& subject_options() {
    static SubjectOptions options;
    return options;
}

std::string words_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

/// The machine that this runs on, as `dray` puts it together.
struct Subject::Machine {
    host::SystemFiles files;
    host::SystemProcesses processes;
    host::SystemAccounts accounts{processes};
    host::BusSystemd systemd{processes};
    host::CurlHttp http;
    host::SystemClock clock;
    host::AptPoll poll{files, http, clock, "/var/lib/dray/contract-poll.json"};
    host::AptClient apt{processes, systemd, poll, {.helper = subject_options().apt_helper}};
    host::Host host{files, processes, accounts, systemd, apt, http, clock, processes};
};

Subject::Subject() {
    if (subject_options().real) {
        machine_ = std::make_unique<Machine>();
        clean();
        return;
    }
    memory_ = std::make_unique<host::MemoryHost>();
    auto& apt = memory_->apt;
    for (const auto* version : {"1", "2"})
        apt.publish(source, "greeting", version);
    apt.change_conffile("greeting", "/etc/greeting.conf");
    apt.publish(source, "rival", "1");
    apt.add_conflict("rival", "greeting");
}

Subject::~Subject() {
    if (machine_) clean();
}

host::Host& Subject::host() {
    return memory_ ? memory_->host : machine_->host;
}

void Subject::declare_source() {
    const auto path = "/etc/apt/sources.list.d/" + std::string(source) + ".sources";
    const auto& options = subject_options();
    const auto key = options.real ? host().files().read(options.key).value_or("") : "";
    const auto text = source_text(options, key);
    host().apt().expect_source(source);
    host().files().write(path, text, {.owner = "root", .group = "root", .mode = 0644});
    host().apt().file_changed(path, text);
}

/// Of a real host. What cannot be removed is said, and fails the next test.
void Subject::clean() noexcept {
    auto& host = machine_->host;
    const auto step = [](const auto& action) {
        try {
            action();
        } catch (const std::exception& error) {
            std::cerr << error.what() << "\n";
        }
    };
    for (const std::string each : {"contract.service", "contract-other.service"}) {
        const auto path = std::string(host::unit_folder) + each;
        step([&] {
            if (host.systemd().status(each).active_state != "inactive") host.systemd().stop(each);
        });
        step([&] { host.systemd().unmask(each); });
        step([&] {
            if (host.files().exists(path)) host.systemd().disable(each);
            host.files().remove(path);
            for (const auto& name : host.files().list(path + ".d"))
                host.files().remove(path + ".d/" + name);
            host.files().remove(path + ".d");
        });
    }
    step([&] { host.systemd().daemon_reload(); });
    step([&] { host.accounts().remove_user(user); });
    for (const auto* each : {user, group, other_group})
        step([&] { host.accounts().remove_group(each); });
    step([&] {
        for (const auto& name : host.files().list(folder))
            host.files().remove(std::string(folder) + "/" + name);
        host.files().remove(folder);
    });
    step([&] {
        host::Transaction purge{.install = {}, .remove = {}, .purge = true};
        for (const auto* package : {"greeting", "rival"}) {
            if (host.apt().installed(package).empty() && !host.apt().has_leftovers(package)) continue;
            purge.remove.emplace_back(package);
            purge.hold[package] = false;
        }
        if (!purge.remove.empty()) host.apt().apply(purge, {});
    });
    step([&] { host.files().remove("/etc/apt/sources.list.d/" + std::string(source) + ".sources"); });
}

}  // namespace dray::test
