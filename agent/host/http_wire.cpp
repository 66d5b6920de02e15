// Requests and their outcomes as bytes.
#include "host/http_wire.h"

#include <cstring>

namespace dray::host {
namespace {

using Size = std::uint64_t;

/// Puts values behind each other, each text with its length before it, the whole as well.
class Writer {
  public:
    Writer& number(std::uint64_t value) {
        char bytes[sizeof value];
        std::memcpy(bytes, &value,
                    sizeof value);  // in this machine's order: the reader is a copy of this program
        text_.append(bytes, sizeof bytes);
        return *this;
    }
    Writer& text(std::string_view value) {
        number(value.size());
        text_ += value;
        return *this;
    }
    Writer& headers(const std::map<std::string, std::string>& values) {
        number(values.size());
        for (const auto& [name, value] : values)
            text(name).text(value);
        return *this;
    }
    std::string message() const { return Writer().text(text_).text_; }

  private:
    std::string text_;
};

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string text() { return std::string(take(number())); }
    std::map<std::string, std::string> headers() {
        std::map<std::string, std::string> values;
        for (auto left = number(); left > 0; --left) {
            auto name = text();
            values.emplace(std::move(name), text());
        }
        return values;
    }

  private:
    std::string_view take(Size size) {
        if (size > text_.size()) throw Error("cannot read what was answered", "it is cut short");
        const auto taken = text_.substr(0, static_cast<std::size_t>(size));
        text_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view text_;
};

}  // namespace

std::string http_message(std::uint64_t number, const std::optional<HttpRequest>& request) {
    Writer writer;
    writer.number(number).number(request ? 1 : 0);
    if (request)
        writer.text(request->url)
            .number(static_cast<std::uint64_t>(request->timeout.count()))
            .number(request->body_limit)
            .number(request->follow_redirects ? 1 : 0)
            .headers(request->headers)
            .text(request->unix_socket.native())
            .text(request->ca_file.native());
    return writer.message();
}

std::string http_message(std::uint64_t number, const HttpOutcome& outcome) {
    Writer writer;
    writer.number(number);
    if (const auto* const response = std::get_if<HttpResponse>(&outcome)) {
        writer.number(1).number(static_cast<std::uint64_t>(response->status)).text(response->body);
        writer.headers(response->headers);
    } else {
        const auto& parts = std::get<Error>(outcome).parts();
        writer.number(0).text(parts.attempt).text(parts.cause).text(parts.hint);
    }
    return writer.message();
}

std::optional<std::string> take_http_message(std::string& come) {
    if (come.size() < sizeof(Size)) return {};
    const auto size = Reader(come).number();
    if (come.size() - sizeof(Size) < size) return {};
    auto message = come.substr(sizeof(Size), static_cast<std::size_t>(size));
    come.erase(0, sizeof(Size) + message.size());
    return message;
}

std::pair<std::uint64_t, std::optional<HttpRequest>> read_http_request(std::string_view message) {
    Reader reader(message);
    const auto number = reader.number();
    if (reader.number() == 0) return {number, std::nullopt};
    HttpRequest request;
    request.url = reader.text();
    request.timeout = std::chrono::milliseconds(reader.number());
    request.body_limit = static_cast<std::size_t>(reader.number());
    request.follow_redirects = reader.number() != 0;
    request.headers = reader.headers();
    request.unix_socket = reader.text();
    request.ca_file = reader.text();
    return {number, std::move(request)};
}

std::pair<std::uint64_t, HttpOutcome> read_http_outcome(std::string_view message) {
    Reader reader(message);
    const auto number = reader.number();
    if (reader.number() == 0) {
        Error::Parts parts;
        parts.attempt = reader.text();
        parts.cause = reader.text();
        parts.hint = reader.text();
        return {number, Error(std::move(parts))};
    }
    HttpResponse response;
    response.status = static_cast<int>(reader.number());
    response.body = reader.text();
    response.headers = reader.headers();
    return {number, std::move(response)};
}

}  // namespace dray::host
