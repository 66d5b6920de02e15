// All that is read and written through a descriptor.
#include "host/descriptor.h"

#include "error.h"

#include <array>
#include <cerrno>

namespace dray::host {

std::string read_all(int descriptor, const std::string& attempt) {
    std::string text;
    std::array<char, 65536> piece;
    for (;;) {
        const auto count = ::read(descriptor, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        if (count == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
}

void write_all(int descriptor, std::string_view bytes, const std::string& attempt) {
    while (!bytes.empty()) {
        const auto count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw Error::system(attempt, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace dray::host
