// The host's secret by which plans tell values from each other.
#include "converge/plan_key.h"

#include "digest.h"
#include "error.h"
#include "host/random_bytes.h"

namespace dray::converge {
namespace {

constexpr auto key_file = "plan.key";  // the package's postinst makes it, too
constexpr auto machine_id = "/etc/machine-id";
constexpr std::size_t key_bytes = 32;  // as many as the hash has

/// Hosts that were cloned from one image have the same key file, and are others all the same: machine-id(5).
/// Empty where it is a link, as in images that keep it elsewhere.
std::string machine(const host::Files& files) {
    const auto status = files.status(machine_id);
    if (!status || status->type != host::FileType::regular) return "";
    return files.read(machine_id).value_or("");
}

}  // namespace

std::optional<PlanKey> PlanKey::read(const host::Files& files, const std::filesystem::path& state_folder) {
    auto bytes = files.read(state_folder / key_file);
    if (!bytes || bytes->size() != key_bytes) return std::nullopt;
    return PlanKey(*bytes + machine(files));
}

PlanKey PlanKey::read_or_make(host::Files& files, const std::filesystem::path& state_folder) {
    if (auto key = read(files, state_folder)) return *key;
    files.write(state_folder / key_file, host::random_bytes(key_bytes),
                {.owner = {}, .group = {}, .mode = 0600});
    if (auto key = read(files, state_folder)) return *key;
    throw Error("cannot make a key for plans", (state_folder / key_file).string() + " cannot be read back");
}

std::string PlanKey::hash(std::string_view value) const {
    return hmac_sha256(bytes_, value);
}

std::string PlanKey::name() const {
    constexpr std::size_t shown = 16;  // digits: enough to tell hosts from each other
    return hash("name of this key").substr(0, shown);
}

}  // namespace dray::converge
