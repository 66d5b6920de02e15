// Facts are learned from the kernel, the resolver, and programs and files of the administrator, each within
// its bounds.
#include "host/facts.h"

#include "contains.h"
#include "error.h"
#include "host/file_memory.h"
#include "host/more_facts.h"
#include "host/network.h"
#include "host/process_memory.h"
#include "host/systemd_memory.h"
#include "temporary_folder.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>

using namespace dray::host;
using namespace std::chrono_literals;
using dray::Error;
using dray::Value;
using dray::test::contains;
namespace fs = std::filesystem;

namespace {

/// A folder of facts on the real file system, with real programs.
class FactsFolder {
  public:
    FactsFolder& write(const std::string& name, const std::string& text, mode_t mode = 0644) {
        std::ofstream(folder_.path() / name) << text;
        ::chmod((folder_.path() / name).c_str(), mode);
        return *this;
    }
    FactsFolder& program(const std::string& name, const std::string& script) {
        return write(name, "#!/bin/sh\n" + script, 0755);
    }
    CustomFacts facts(std::chrono::milliseconds limit = 10s) const {
        return {files_, processes_, folder_.path(), limit};
    }
    std::string show(const std::string& name) const { return facts().learn(name).value().show(); }
    std::string refusal(const std::string& name, std::chrono::milliseconds limit = 10s) const {
        try {
            facts(limit).learn(name);
        } catch (const Error& error) {
            return error.text();
        }
        return "no error";
    }
    const fs::path& path() const { return folder_.path(); }

  private:
    dray::test::TemporaryFolder folder_;
    SystemFiles files_;
    SystemProcesses processes_;
};

}  // namespace

TEST_CASE("os-release(5) is read with its quotes and escapes") {
    const auto fields = parse_os_release("# c\nID=debian\nPRETTY_NAME=\"a \\\"b\\\" c\"\nX='y'\nbroken\n");
    CHECK(fields.at("ID") == Value("debian"));
    CHECK(fields.at("PRETTY_NAME") == Value("a \"b\" c"));
    CHECK(fields.at("X") == Value("y"));
    CHECK(fields.size() == 3);
}

TEST_CASE("the kernel answers for what the host is") {
    const auto all = facts(SystemFiles());
    for (const auto* name : {"os.id", "os.codename", "architecture", "hostname", "kernel"})
        CHECK_MESSAGE(!all.find(name)->text()->empty(), name);
    CHECK(*all.find("cores")->integer() > 0);
    const auto memory = *all.find("memory_mb")->integer();
    CHECK(memory > 0);
    CHECK(*all.find("memory_half_mb")->integer() == memory / 2);
    CHECK(*all.find("memory_quarter_mb")->integer() == memory / 4);
    CHECK(fact_origin("os") == "os-release(5)");
    CHECK(fact_origin("kernel") == "uname(2)");
}

TEST_CASE("addresses have no loopback among them, and the main one is one of them") {
    const auto all = addresses();
    CHECK(std::ranges::find(all, "127.0.0.1") == all.end());
    CHECK(std::ranges::find(all, "::1") == all.end());
    const auto own = main_address();
    if (own) CHECK(std::ranges::find(all, *own) != all.end());
}

TEST_CASE("the full name is the host's own, that of hosts(5), or the resolver's, in this order") {
    int asked = 0;
    const auto resolve = [&](const std::string&) -> std::optional<std::string> {
        ++asked;
        return "web1.example.org";
    };
    CHECK(full_name("web1.local", "1.2.3.4 x.y web1.local\n", resolve) == "web1.local");
    CHECK(full_name("web1", "127.0.0.1 localhost\n# 1 no.no web1\n127.0.1.1 web1.example.net web1 # c\n",
                    resolve) == "web1.example.net");
    CHECK(full_name("web1", "127.0.1.1 web1\n", resolve) == "web1");
    CHECK(asked == 0);
    CHECK(full_name("web1", "127.0.1.1 web10.x web10\n", resolve) == "web1.example.org");
    CHECK(full_name("web1", "", [](const std::string&) { return std::optional<std::string>(); }) == "web1");
    CHECK(asked == 1);
}

TEST_CASE("the resolver knows localhost, and knows that some names do not exist or cannot be told") {
    CHECK(canonical_name("localhost", 10s).has_value());
    try {
        CHECK(!canonical_name("no-such-host.invalid", 10s));
    } catch (const Error& error) {  // without a network there is no telling
        CHECK(contains(error.text(), "/etc/hosts"));
    }
}

TEST_CASE("a custom fact is a TOML or JSON file, or a program that prints JSON") {
    FactsFolder folder;
    folder.write("site.toml", "name = \"a\"\n[rack]\nrow = 3\n").write("gpu.json", "{\"n\": 2, \"x\": null}");
    folder.program("load.sh", "echo '{\"a\": [1, 2.5, \"b\", true], \"big\": 18446744073709551615}'");
    CHECK(folder.show("site") == "{name = \"a\", rack = {row = 3}}");
    CHECK(folder.show("gpu") == "{n = 2}");
    CHECK(folder.show("load") == "{a = [1, 2.5, \"b\", true], big = 1.8446744073709552e+19}");
    CHECK(!folder.facts().learn("other"));
    CHECK(folder.facts().names() == std::vector<std::string>{"gpu", "load", "site"});
}

TEST_CASE("a custom fact that cannot be had is an error that names its file and the reason") {
    FactsFolder folder;
    const auto says = [&](const std::string& name, const std::string& text) {
        const auto refusal = folder.refusal(name);
        CHECK_MESSAGE(contains(refusal, "fact." + name), refusal);
        CHECK_MESSAGE(contains(refusal, (folder.path() / name).string()), refusal);
        CHECK_MESSAGE(contains(refusal, text), refusal);
    };
    folder.program("fails", "echo 'no such bus' >&2; exit 3");
    says("fails", "exit status 3: no such bus");
    folder.program("words", "echo hello");
    says("words", "it is no JSON");
    folder.program("list", "echo '[1]'");
    says("list", "its JSON is no object, but of type array");
    folder.program("deep", "printf '{\"a\":'; printf '[%.0s' $(seq 100); printf ']%.0s' $(seq 100); echo }");
    says("deep", "nested deeper than 32 levels");
    folder.program("much", "printf '{\"a\":\"'; head -c 1100000 /dev/zero | tr '\\0' x; echo '\"}'");
    says("much", "more than 1048576 bytes");
    folder.write("plain", "{}");
    says("plain", "is not executable");
    folder.write("noshebang", "{}", 0755);
    says("noshebang", "Exec format error");
    folder.write("open", "#!/bin/sh\necho {}", 0775);
    says("open", "others than its owner may write to");
    folder.write("two.json", "{}").write("two.toml", "");
    says("two", "both give it");
    folder.write("broken.toml", "a = \n");
    says("broken", "broken.toml:1");
    fs::create_symlink("/bin/true", folder.path() / "link");
    says("link", "is a symbolic link");
    fs::create_directory(folder.path() / "folder");
    says("folder", "is no regular file");
}

TEST_CASE("a program that never ends is cut off") {
    FactsFolder folder;
    folder.program("sleeps", "sleep 1000 & wait");
    const auto begin = std::chrono::steady_clock::now();
    CHECK(contains(folder.refusal("sleeps", 200ms), "timed out after 0.2 s"));
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE("a folder of facts to which others may write is not trusted") {
    FactsFolder folder;
    folder.write("site.toml", "a = 1\n");
    ::chmod(folder.path().c_str(), 0777);
    CHECK(contains(folder.refusal("site"), "chmod go-w " + folder.path().string()));
}

TEST_CASE("leftovers of editors and packages are no facts") {
    FactsFolder folder;
    folder.write("site.toml", "a = 1\n")
        .write("site.toml~", "")
        .write("site.dpkg-old", "")
        .write(".hidden", "");
    CHECK(folder.facts().names() == std::vector<std::string>{"site"});
    CHECK(folder.show("site") == "{a = 1}");
}

TEST_CASE("facts are learned when they are named, and once") {
    FactsFolder folder;
    SystemFiles files;
    ScriptedProcesses processes;
    folder.program("gpu", "").program("bad", "");
    processes.answer((folder.path() / "gpu").string(), {.output = "{\"n\": 2}"});
    processes.answer((folder.path() / "bad").string(), {.exit_code = 1});
    processes.answer("systemd-detect-virt", {.exit_code = 1, .output = "none\n"});
    dray::host::MemoryFiles units;
    dray::host::MemorySystemd systemd(units);
    systemd.set_booted(false);
    const dray::test::TemporaryFolder dpkg;
    std::ofstream(dpkg.path() / "status")
        << "Package: a.b\nStatus: install ok installed\nArchitecture: all\nVersion: 1:2-3\n\n"
           "Package: c\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 4\n";
    const MoreFacts more(files, processes, systemd, folder.path(), dpkg.path());
    CHECK(more.names() == std::vector<std::string>{"address", "addresses", "bad", "fqdn", "gpu", "package",
                                                   "virtualization"});
    CHECK(processes.commands().empty());
    for (int i = 0; i < 2; ++i) {
        CHECK(more.learn("gpu")->find("n")->show() == "2");
        CHECK_THROWS_AS(more.learn("bad"), Error);
        CHECK(more.learn("virtualization")->show() == "none");
        CHECK(!more.learn("fuel"));
    }
    CHECK(processes.commands().size() == 3);
    CHECK(processes.commands().front().timeout == 10s);
    CHECK(more.origin("gpu") == (folder.path() / "gpu").string());
    CHECK(more.origin("addresses") == "getifaddrs(3)");
    CHECK(more.learn("addresses")->list() != nullptr);
    CHECK(more.learn("package")->show() == R"({"a.b" = "1:2-3"})");
}

TEST_CASE("a host without a folder of facts has none of its own") {
    SystemFiles files;
    ScriptedProcesses processes;
    dray::host::MemoryFiles units;
    dray::host::MemorySystemd systemd(units);
    const MoreFacts more(files, processes, systemd, "/nonexistent/facts.d");
    CHECK(more.learn("virtualization")->show() == "none");
    CHECK(processes.commands().empty());  // the manager knows it
    CHECK(!more.learn("gpu"));
    CHECK(more.names().size() == 5);
}
