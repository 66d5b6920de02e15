// Secrets are read from where they are kept.
#include "host/secret_store.h"

#include "error.h"
#include "host/trust.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

namespace dray::host {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto command_limit = 30s;  // a password manager may ask a server, and a person is not waited for
constexpr Mode readable_by_others = 0007;

std::string read_file(const Files& files, const fs::path& path, const std::string& attempt) {
    const auto status = trusted_status(files, path, attempt);
    if (!status)
        throw Error(attempt, "there is no " + path.string(),
                    "put it there, with mode 0600, or correct the name");
    if ((status->mode & readable_by_others) != 0)
        throw Error(attempt, fmt::format("all users may read it (mode {})", mode_text(status->mode)),
                    "chmod o= " + path.string());
    return files.read(path, secret_size_limit).value_or("");
}

std::string read_credential(const Files& files, const std::string& name,
                            const std::optional<fs::path>& folder, const std::string& attempt) {
    constexpr auto hint = "name it in a drop-in of dray.service: LoadCredential=NAME:/etc/dray/secrets/NAME";
    if (!folder)
        throw Error(attempt, "dray was not started with credentials",
                    std::string(hint) + ", and systemctl start dray");
    if (!files.status(*folder / name))
        throw Error(attempt, "the service has no credential of that name", hint);
    return read_file(files, *folder / name, attempt);
}

std::string run(const Processes& queries, const std::vector<std::string>& argv, const std::string& attempt) {
    auto result = queries.run({.argv = argv, .timeout = command_limit});
    // What it printed may be the secret, or a part of it.
    if (!result.ok()) throw Error(attempt, result.outcome(), "run it by hand, as root, to see what it says");
    return std::move(result.output);
}

std::string read_raw(const Files& files, const Processes& queries, const SecretReference& reference,
                     const std::optional<fs::path>& credentials, const std::string& attempt) {
    switch (reference.store) {
        case SecretReference::Store::file:
            return read_file(files, reference.name, attempt);
        case SecretReference::Store::credential:
            return read_credential(files, reference.name, credentials, attempt);
        case SecretReference::Store::command:
            break;
    }
    return run(queries, reference.command, attempt);
}

}  // namespace

Secret read_secret(const Files& files, const Processes& queries, const SecretReference& reference,
                   const std::optional<fs::path>& credentials) {
    const auto attempt = "cannot read the secret from " + reference.text();
    std::string value;
    try {
        value = read_raw(files, queries, reference, credentials, attempt);
    } catch (const Error& error) {
        if (error.parts().attempt == attempt) throw;
        throw error.during(attempt);
    }
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    if (value.empty()) throw Error(attempt, "it is empty");
    if (value.size() > secret_size_limit)
        throw Error(attempt, fmt::format("it has more than {} bytes", secret_size_limit));
    if (value.find('\0') != std::string::npos) throw Error(attempt, "it holds a NUL character");
    return Secret(std::move(value));
}

std::optional<fs::path> credentials_folder() {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder != '/') return std::nullopt;
    return fs::path(folder);
}

}  // namespace dray::host
