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

/// strerror(3) in the C locale, and what pip 20 to 25, its urllib3, git and curl say.
constexpr std::array<std::string_view, 22> passing_words{
    "No space left on device",
    "Disk quota exceeded",
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

bool passes(const std::error_code& code) {
    constexpr std::array codes{ENOSPC, EDQUOT, ENOMEM, ENFILE, EMFILE, EAGAIN, EIO};
    return code.category() == std::generic_category() || code.category() == std::system_category()
               ? std::find(codes.begin(), codes.end(), code.value()) != codes.end()
               : false;
}

}  // namespace

bool may_pass(const Error& error) {
    const std::string& cause = error.parts().cause;
    return std::any_of(passing_words.begin(), passing_words.end(),
                       [&](std::string_view words) { return cause.find(words) != std::string::npos; });
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
    } catch (const std::system_error& error) {  // std::filesystem's too
        const Error ours("cannot go on", error.what());
        if (passes(error.code())) throw Unsure(ours);
        throw ours;
    } catch (const std::bad_alloc&) {
        throw Unsure(Error("cannot go on", "there is not enough memory"));
    } catch (const std::exception& error) {
        throw Error("cannot go on", error.what());
    }
}

void nobodys_fault(const std::function<void()>& part) {
    try {
        part();
    } catch (const Unsure&) {
        throw;
    } catch (const Error& error) {
        throw Unsure(error);
    } catch (const std::exception& error) {
        throw Unsure(Error("cannot go on", error.what()));
    }
}

}  // namespace dray::builder
