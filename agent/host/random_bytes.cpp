// Random bytes of the kernel.
#include "host/random_bytes.h"

#include "error.h"

#include <sys/random.h>
#include <sys/types.h>

#include <cerrno>

namespace dray::host {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    ssize_t got = -1;
    do {
        got = ::getrandom(bytes.data(), bytes.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) throw Error::system("cannot get random bytes", errno);
    if (static_cast<std::size_t>(got) != count)
        throw Error("cannot get random bytes", "the kernel gave fewer than were asked for");
    return bytes;
}

}  // namespace dray::host
