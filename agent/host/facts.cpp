// What a host is.
#include "host/facts.h"

#include "error.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace dray::host {
namespace {

/// Debian's names for the kernel's machine names; source: dpkg's cputable.
std::string debian_architecture(const std::string& machine) {
    struct Name {
        std::string_view kernel;
        std::string_view debian;
    };
    static constexpr std::array<Name, 7> names = {{{"x86_64", "amd64"},
                                                   {"aarch64", "arm64"},
                                                   {"i686", "i386"},
                                                   {"armv7l", "armhf"},
                                                   {"ppc64le", "ppc64el"},
                                                   {"riscv64", "riscv64"},
                                                   {"s390x", "s390x"}}};
    for (const auto& name : names)
        if (name.kernel == machine) return std::string(name.debian);
    return machine;
}

std::string unquoted(std::string_view text) {
    if (text.size() < 2 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front())
        return std::string(text);
    text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out += text[i];
    }
    return out;
}

/// Below 32 GiB a Java machine has references of 32 bits, in a larger heap of 64. Source: java(1),
/// -XX:+UseCompressedOops; Elasticsearch's manual, "Heap size settings".
constexpr std::int64_t largest_heap_mb = 31 * 1024;

std::int64_t positive(long value) {
    return value > 0 ? value : 0;
}

}  // namespace

Value::Table parse_os_release(std::string_view text) {
    Value::Table fields;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || line.starts_with('#')) continue;
        fields.insert_or_assign(std::string(line.substr(0, equals)),
                                Value(unquoted(line.substr(equals + 1))));
    }
    return fields;
}

Value facts(const Files& files) {
    // os-release(5): /etc wins over /usr/lib; where the former is a link, it is one to the latter.
    const auto own = files.status("/etc/os-release");
    const bool is_file = own && own->type == FileType::regular;
    const auto text = files.read(is_file ? "/etc/os-release" : "/usr/lib/os-release");
    const auto release = parse_os_release(text.value_or(""));
    const auto field = [&release](std::string_view name) {
        const auto found = release.find(name);
        return found != release.end() ? found->second : Value("");
    };
    utsname names{};
    if (::uname(&names) != 0) throw Error::system("cannot read the machine's name", errno);
    Value::Table os{{"id", field("ID")},
                    {"version_id", field("VERSION_ID")},
                    {"codename", field("VERSION_CODENAME")},
                    {"name", field("PRETTY_NAME")}};
    const auto memory =
        positive(::sysconf(_SC_PHYS_PAGES)) * positive(::sysconf(_SC_PAGESIZE)) / (std::int64_t{1} << 20);
    return Value(Value::Table{{"os", Value(std::move(os))},
                              {"architecture", Value(debian_architecture(names.machine))},
                              {"hostname", Value(names.nodename)},
                              {"kernel", Value(names.release)},
                              {"cores", Value(positive(::sysconf(_SC_NPROCESSORS_ONLN)))},
                              {"memory_mb", Value(memory)},
                              {"memory_half_mb", Value(memory / 2)},
                              {"memory_quarter_mb", Value(memory / 4)},
                              {"memory_heap_mb", Value(std::min(memory / 2, largest_heap_mb))}});
}

std::string_view fact_origin(std::string_view name) {
    if (name == "os") return "os-release(5)";
    return name == "cores" || name.starts_with("memory_") ? "sysconf(3)" : "uname(2)";
}

}  // namespace dray::host
