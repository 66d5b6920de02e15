// The resource type `tcp_check`.
#include "resources/tcp_check.h"

#include "host/interrupt.h"

#include <charconv>
#include <optional>

namespace dray::resources {
namespace {

/// "db.internal:5432", "[::1]:5432" or "/run/x.sock"; nothing for another text. An IPv6 address without
/// brackets is none: whether its last part is a port nobody can tell.
std::optional<host::Endpoint> endpoint_of(const std::string& text) {
    host::Endpoint endpoint;
    if (text.starts_with("/")) {
        endpoint.unix_socket = text;
        return endpoint;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    endpoint.host = text.substr(0, colon);
    if (endpoint.host.starts_with("[") && endpoint.host.ends_with("]"))
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    else if (endpoint.host.find(':') != std::string::npos)
        return std::nullopt;
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";
    if (endpoint.host.empty() || endpoint.host.find_first_not_of(allowed) != std::string::npos)
        return std::nullopt;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end || endpoint.port == 0) return std::nullopt;
    return endpoint;
}

}  // namespace

const recipe::Schema TcpCheck::schema{
    .type = "tcp_check",
    .group = recipe::Group::checks,
    .summary = "Somebody who takes connections: the run fails when nobody does within the time given.",
    .source = "tcp(7), unix(7)",
    .name_doc = "host and port, such as 127.0.0.1:5432 or [::1]:5432, or the path of a Unix socket",
    .name_kind = recipe::Kind::text,
    .keys = patience_keys(),
    .example = R"([[resource]]
type = "tcp_check"
name = "/run/postgresql/.s.PGSQL.5432"
within = "60s"
)"};

TcpCheck::TcpCheck(const recipe::Properties& properties) : patience_(Patience::from(properties)) {
    const auto endpoint = endpoint_of(properties.name());
    if (!endpoint)
        throw Error("bad name of tcp_check[" + properties.name() + "]",
                    "it is neither a host with a port nor an absolute path",
                    "write 127.0.0.1:5432, [::1]:5432 or /run/x.sock");
    endpoint_ = *endpoint;
    endpoint_.timeout = properties.duration("timeout");
}

std::string TcpCheck::ask(const host::Host& host) const {
    try {
        host.http().connect(endpoint_);
        return good_answer;
    } catch (const Error& error) {
        host::throw_if_interrupted();
        return error.parts().cause.empty() ? error.what() : error.parts().cause;
    }
}

State TcpCheck::inspect(const host::Host& host) const {
    return {{"answer", ask(host)}};
}

State TcpCheck::wanted(const host::Host&) const {
    return {{"answer", good_answer}};
}

void TcpCheck::apply(host::Host& host, const State& now, const Progress& progress) {
    patience_.wait(
        host, endpoint_.text(), now.value("answer"), [&] { return ask(host); }, progress);
}

}  // namespace dray::resources
