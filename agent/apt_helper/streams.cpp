// The program's standard streams: request in, answer out, and a log that libapt, hooks and dpkg all write to.
#include "apt_helper/streams.h"

#include "error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dray::apt_helper {
namespace {

using host::Descriptor;

constexpr mode_t private_mode = 0600;

void replace(int stream, const Descriptor& by) {
    if (::dup2(by.get(), stream) < 0) throw Error::system("cannot redirect a standard stream", errno);
}

}  // namespace

std::string read_request(const std::filesystem::path& path) {
    const Descriptor file(path.empty() ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw Error::system("cannot open the request " + path.string(), errno);
    return host::read_all(file.get(), "cannot read the request " + path.string());
}

AnswerOutput::AnswerOutput(std::filesystem::path path) : path_(std::move(path)) {
    if (path_.empty()) output_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (path_.empty() && !output_) throw Error::system("cannot keep standard output", errno);
}

void AnswerOutput::write(std::string_view text) const {
    if (path_.empty()) return host::write_all(output_.get(), text, "cannot write the answer");
    const std::string name = path_.string() + ".new";
    {
        const Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, private_mode));
        if (!file) throw Error::system("cannot create " + name, errno);
        host::write_all(file.get(), text, "cannot write " + name);
    }
    if (::rename(name.c_str(), path_.c_str()) != 0) throw Error::system("cannot rename " + name, errno);
}

void open_log(const std::filesystem::path& path) {
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) throw Error::system("cannot open /dev/null", errno);
    replace(STDIN_FILENO, nothing);
    const Descriptor log(path.empty()
                             ? ::dup(STDERR_FILENO)
                             : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, private_mode));
    if (!log) throw Error::system("cannot open the log " + path.string(), errno);
    replace(STDOUT_FILENO, log);
    replace(STDERR_FILENO, log);
}

}  // namespace dray::apt_helper
