// What kinds of failure pass by themselves.
#include "builder/unsure.h"

#include "builder/settings.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>

namespace dray::builder {
namespace {

/// strerror(3) in the C locale, and what git (entry.c, refs/files-backend.c), tar (GNU, a write that was cut
/// short) and apt (before it fetches packages) say in its place.
constexpr std::array<std::string_view, 6> words_of_full_disk{
    "No space left on device", "Disk quota exceeded", "error: unable to write file ",
    ": couldn't write '",      ": Wrote only ",       "You don't have enough free space in ",
};

/// strerror(3) too, and what pip 20 to 25, its urllib3, git and curl say.
constexpr std::array<std::string_view, 20> passing_words{
    "Cannot allocate memory",
    "Too many open files in system",
    "Resource temporarily unavailable",
    "Input/output error",
    ": timed out after ",
    "Connection timed out",
    "Connection refused",
    "Connection reset by peer",
    "Connection aborted",
    "Network is unreachable",
    "No route to host",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Could not resolve host",
    "Failed to establish a new connection",
    "Max retries exceeded with url",
    "Read timed out",
    "ReadTimeoutError",
    "ERROR: HTTP error 5",
    "killed by signal 9 (",  // the kernel's, when there is no memory
};

template <typename Words>
bool has_one(const std::string& text, const Words& all) {
    return std::any_of(all.begin(), all.end(),
                       [&](std::string_view words) { return text.find(words) != std::string::npos; });
}

bool passes(const std::error_code& code) {
    constexpr std::array codes{ENOSPC, EDQUOT, ENOMEM, ENFILE, EMFILE, EAGAIN, EIO};
    return code.category() == std::generic_category() || code.category() == std::system_category()
               ? std::find(codes.begin(), codes.end(), code.value()) != codes.end()
               : false;
}

}  // namespace

bool tells_of_full_disk(const Error& error) {
    return has_one(error.parts().cause, words_of_full_disk);
}

bool may_pass(const std::exception& error) {
    if (dynamic_cast<const Unsure*>(&error)) return true;
    if (dynamic_cast<const Certain*>(&error)) return false;
    if (const auto* const ours = dynamic_cast<const Error*>(&error))
        return tells_of_full_disk(*ours) || has_one(ours->parts().cause, passing_words);
    if (const auto* const system = dynamic_cast<const std::system_error*>(&error))
        return passes(system->code());  // std::filesystem's too
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
}

void build_part(const std::function<void()>& part) {
    try {
        part();
    } catch (const Unsure&) {
        throw;
    } catch (const Error& error) {
        if (may_pass(error)) throw Unsure(error);
        throw;
    } catch (const SettingsErrors&) {
        throw;
    } catch (const std::exception& error) {
        const Error ours("cannot go on", error.what());
        if (may_pass(error)) throw Unsure(ours);
        throw ours;
    }
}

void nobodys_fault(const std::function<void()>& part) {
    try {
        part();
    } catch (const Unsure&) {
        throw;
    } catch (const Certain&) {
        throw;
    } catch (const Error& error) {
        throw Unsure(error);
    } catch (const std::exception& error) {
        throw Unsure(Error("cannot go on", error.what()));
    }
}

}  // namespace dray::builder
