// Secrets are read from files of root's, credentials and commands, and from nothing less guarded.
#include "host/secret_store.h"

#include "error.h"
#include "host/memory_host.h"

#include <doctest/doctest.h>

#include <string>

using namespace dray::host;
using dray::Error;
using dray::parse_secret_reference;

namespace {

struct Store {
    MemoryHost memory;

    std::string read(const std::string& reference, bool credentials = true) {
        try {
            return read_secret(memory.files, memory.processes, parse_secret_reference(reference),
                               credentials
                                   ? std::optional<std::filesystem::path>("/run/credentials/dray.service")
                                   : std::nullopt)
                .reveal();
        } catch (const Error& error) {
            return "refused: " + error.text();
        }
    }
    bool says(const std::string& reference, const std::string& text, bool credentials = true) {
        const auto said = read(reference, credentials);
        INFO(said);
        CHECK(said.find("cannot read the secret from " + reference) != std::string::npos);
        return said.find(text) != std::string::npos;
    }
};

}  // namespace

TEST_CASE("a secret is read without the line end at its very end") {
    Store store;
    for (const auto* content : {"a b", "a b\n", "a b\r\n"}) {
        store.memory.files.put("/etc/s", content, {.mode = 0600});
        CHECK(store.read("file:/etc/s") == "a b");
    }
    store.memory.files.put("/etc/s", " two\nlines \n\n", {.mode = 0640});
    CHECK(store.read("file:/etc/s") == " two\nlines \n");
    store.memory.files.put("/run/credentials/dray.service/db", "c\n", {.mode = 0400});
    CHECK(store.read("credential:db") == "c");
    store.memory.processes.answer("pass show db", {.output = "p\n"});
    CHECK(store.read("command:pass show db") == "p");
}

TEST_CASE("a secret that others can read or change is refused with the way to mend that") {
    Store store;
    store.memory.accounts.ensure_user({.name = "mallory"});
    store.memory.files.put("/etc/s", "hunter2", {.mode = 0644});
    CHECK(store.says("file:/etc/s", "all users may read it (mode 0644)\n  hint: chmod o= /etc/s"));
    store.memory.files.put("/etc/s", "hunter2", {.mode = 0660});
    CHECK(store.says("file:/etc/s", "others than its owner may write to /etc/s"));
    store.memory.files.put("/etc/s", "hunter2", {.owner = "mallory", .mode = 0600});
    CHECK(store.says("file:/etc/s", "/etc/s belongs to mallory"));
    store.memory.files.make_link("/etc/l", "/etc/s");
    CHECK(store.says("file:/etc/l", "is a symbolic link"));
    store.memory.files.make_directory("/etc/d", {.mode = 0700});
    CHECK(store.says("file:/etc/d", "cannot read /etc/d"));
}

TEST_CASE("a secret that is not there, empty or no text is an error") {
    Store store;
    CHECK(store.says("file:/etc/none", "there is no /etc/none"));
    CHECK(store.says("credential:none", "the service has no credential of that name"));
    CHECK(store.says("credential:db", "dray was not started with credentials", false));
    store.memory.files.put("/etc/s", "\n", {.mode = 0600});
    CHECK(store.says("file:/etc/s", "it is empty"));
    store.memory.files.put("/etc/s", std::string("a\0b", 3), {.mode = 0600});
    CHECK(store.says("file:/etc/s", "it holds a NUL character"));
    store.memory.processes.answer("pass much", {.output = std::string(300000, 'x')});
    CHECK(store.says("command:pass much", "more than 262144 bytes"));
    CHECK(store.says("command:nothing there", "No such file or directory"));
}

TEST_CASE("what a failing command of a secret prints is not repeated") {
    Store store;
    store.memory.processes.answer("pass show db",
                                  {.exit_code = 2, .output = "hunter2\n", .errors = "+ echo hunter2\n"});
    CHECK(store.says("command:pass show db", "exit status 2\n  hint: run it by hand"));
    CHECK(store.read("command:pass show db").find("hunter2") == std::string::npos);
    store.memory.processes.answer("pass show db", {.timed_out = true, .output = "hunter2\n"});
    CHECK(store.says("command:pass show db", "timed out"));
}
