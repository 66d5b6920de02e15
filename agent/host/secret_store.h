// Secrets are read from where they are kept.
#pragma once

#include "host/file.h"
#include "host/process.h"
#include "secret.h"

#include <filesystem>
#include <optional>

namespace dray::host {

/// What a secret may have at most: a key with its chain of certificates, and no more.
constexpr std::size_t secret_size_limit = 256u << 10;

/// Reads the secret that `reference` leads to, without the line end at its very end. Its file has to belong
/// to root (or to the user that dray runs as), with nobody but its group able to read it. A credential is a
/// file of `credentials`, the folder that systemd gives to a service; nothing when this process has none.
/// Throws Error, which never repeats what a command printed.
Secret read_secret(const Files& files, const Processes& queries, const SecretReference& reference,
                   const std::optional<std::filesystem::path>& credentials);

/// $CREDENTIALS_DIRECTORY of this process. Source: systemd.exec(5).
std::optional<std::filesystem::path> credentials_folder();

}  // namespace dray::host
