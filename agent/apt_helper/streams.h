// The program's standard streams: request in, answer out, and a log that libapt, hooks and dpkg all write to.
#pragma once

#include "host/descriptor.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace dray::apt_helper {

/// The whole of a file, or of standard input when `path` is empty. Throws Error.
std::string read_request(const std::filesystem::path& path);

/// Where the answer goes. Made before the log is opened, as standard output is then part of the log.
class AnswerOutput {
  public:
    /// A file, or what is standard output now when `path` is empty.
    explicit AnswerOutput(std::filesystem::path path);

    /// A file is written beside itself and renamed, so that a reader sees a whole answer or none. Throws
    /// Error.
    void write(std::string_view text) const;

  private:
    std::filesystem::path path_;
    host::Descriptor output_;
};

/// From now on both output streams of this program and its children go to the end of `path`, made with mode
/// 0600 when missing, or to standard error when `path` is empty; and standard input is empty. Throws Error.
void open_log(const std::filesystem::path& path);

}  // namespace dray::apt_helper
