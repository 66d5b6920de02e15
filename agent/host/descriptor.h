// A file descriptor that closes itself, and all that is read and written through one.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace dray::host {

/// Owns one descriptor, or none (-1).
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

    /// Gives the descriptor away; this one then owns none.
    int release() { return std::exchange(number_, -1); }

    /// Closes what is owned and owns `number` from now on. close(2) is not repeated after EINTR: on Linux the
    /// descriptor is gone by then.
    void reset(int number = -1) {
        if (number_ >= 0) ::close(number_);
        number_ = number;
    }

  private:
    int number_ = -1;
};

/// What can be read from a descriptor up to its end. Throws Error: `attempt`, and why read(2) failed.
std::string read_all(int descriptor, const std::string& attempt);

/// Writes all of it, also when write(2) takes a part at a time. Throws Error: `attempt`, and why it failed.
void write_all(int descriptor, std::string_view bytes, const std::string& attempt);

}  // namespace dray::host
