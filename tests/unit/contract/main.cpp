// Tries the contract of the seams to the machine on a host in memory, or with --host=real on this one.
#define DOCTEST_CONFIG_IMPLEMENT
#include "host/systemd_library.h"
#include "subject.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    auto& options = dray::test::subject_options();
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto value = [&](std::string_view name) {
            return word.starts_with(name) ? word.substr(name.size()) : std::string_view();
        };
        if (word == "--host=real") options.real = true;
        if (const auto url = value("--repository="); !url.empty()) options.repository = url;
        if (const auto file = value("--key="); !file.empty()) options.key = file;
        if (const auto file = value("--apt-helper="); !file.empty()) options.apt_helper = file;
    }
    if (options.real && (::geteuid() != 0 || dray::host::sd().booted() <= 0 || options.repository.empty() ||
                         options.key.empty())) {
        std::cerr << "--host=real spoils the host: as root, on a booted machine for tests, with --repository "
                     "and --key\n";
        return 64;
    }
    doctest::Context context(argc, argv);
    return context.run();
}
