// The one error type of dray.
#include "error.h"

#include <system_error>
#include <utility>

namespace dray {
namespace {

std::string headline(const Error::Parts& parts) {
    if (parts.attempt.empty()) return parts.cause;
    return parts.cause.empty() ? parts.attempt : parts.attempt + ": " + parts.cause;
}

}  // namespace

std::string Location::text() const {
    return line > 0 ? file + ":" + std::to_string(line) : file;
}

Error::Error(Parts parts) : std::runtime_error(headline(parts)), parts_(std::move(parts)) {}

Error::Error(std::string attempt, std::string cause, std::string hint)
    : Error(Parts{std::move(attempt), std::move(cause), std::move(hint), {}}) {}

Error Error::system(std::string attempt, int code, std::string hint) {
    return Error(std::move(attempt), std::generic_category().message(code), std::move(hint));
}

Error Error::during(std::string_view attempt) const {
    Parts parts = parts_;
    parts.cause = headline(parts_);
    parts.attempt = attempt;
    return Error(std::move(parts));
}

Error Error::at(const Location& location) const {
    Parts parts = parts_;
    if (parts.location.file.empty()) parts.location = location;
    return Error(std::move(parts));
}

std::string Error::text() const {
    std::string text = what();
    if (!parts_.location.file.empty()) text += "\n  at " + parts_.location.text();
    if (!parts_.hint.empty()) text += "\n  hint: " + parts_.hint;
    return text;
}

}  // namespace dray
