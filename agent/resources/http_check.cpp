// The resource type `http_check`.
#include "resources/http_check.h"

#include "host/interrupt.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr std::size_t shown_body =
    200;  // enough of a wrong answer to recognise it, short enough for a log line

/// The answer's value at a key of the expected table, dots leading into nested objects.
const nlohmann::json* value_at(const nlohmann::json& answer, std::string_view path) {
    const nlohmann::json* at = &answer;
    while (at->is_object()) {
        const auto dot = path.find('.');
        const auto found = at->find(std::string(path.substr(0, dot)));
        if (found == at->end()) return nullptr;
        if (dot == std::string_view::npos) return &*found;
        at = &*found;
        path.remove_prefix(dot + 1);
    }
    return nullptr;
}

/// A scalar as text. Others are not written out: dump() is recursive, and a server may nest as deep as it
/// likes.
std::string as_text(const nlohmann::json& value) {
    if (value.is_structured()) return value.is_object() ? "an object" : "an array";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Keys of tables within the table become dotted ones. Throws Error for a list, which nothing is compared
/// with.
void flatten(const Value::Table& table, const std::string& prefix, Value::Table& out) {
    for (const auto& [key, value] : table) {
        if (value.table() != nullptr)
            flatten(*value.table(), prefix + key + ".", out);
        else if (value.list() == nullptr)
            out.insert_or_assign(prefix + key, value);
        else
            throw Error("bad value for 'json'", prefix + key + " is a list",
                        "name texts, numbers and truth values");
    }
}

std::string beginning(const std::string& body) {
    auto text = body.substr(0, shown_body);
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

/// Throws Error for a port that is none; the rest of a URL libcurl judges. Source: RFC 3986, 3.2.
void check_port(const std::string& url) {
    const auto begin = url.find("://") + 3;
    auto authority = std::string_view(url).substr(begin, url.find_first_of("/?#", begin) - begin);
    authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
    const auto colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
    if (colon == authority.npos || colon + 1 == authority.size()) return;
    const auto text = authority.substr(colon + 1);
    std::uint16_t port = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && port != 0) return;
    throw Error("bad name of http_check[" + url + "]", "'" + std::string(text) + "' is no port",
                "write one from 1 to 65535");
}

}  // namespace

const recipe::Schema HttpCheck::schema{
    .type = "http_check",
    .group = recipe::Group::checks,
    .summary =
        "A web server that answers as it should: the run fails when it does not within the time given.",
    .source = "RFC 9110",
    .name_doc = "the URL, http or https",
    .name_kind = Kind::text,
    .keys =
        [] {
            std::vector<recipe::Key> keys = {
                {.name = "status",
                 .kind = Kind::integer,
                 .doc = "The HTTP status that is right.",
                 .fallback = 200},
                {.name = "body", .kind = Kind::text, .doc = "A text that the body has to contain."},
                {.name = "json",
                 .kind = Kind::table,
                 .doc = "Values that the JSON body has to have; a key with dots leads into nested objects."},
                {.name = "headers",
                 .kind = Kind::environment,
                 .doc = "HTTP headers that are sent along, such as { Authorization = \"…\" }; never shown.",
                 .secret = true},
                {.name = "unix_socket",
                 .kind = Kind::path,
                 .doc = "Ask through this Unix socket; the URL's host is only sent as the Host header."},
                {.name = "ca",
                 .kind = Kind::path,
                 .doc = "A file of certificates (PEM) on the host that https trusts, in place of the "
                        "system's."}};
            const auto more = patience_keys();
            keys.insert(keys.end(), more.begin(), more.end());
            return keys;
        }(),
    .example = R"([[resource]]
type = "http_check"
name = "http://127.0.0.1:{{attribute.port}}/_health"
json = { version = "{{package.warehouse.release}}" }
within = "60s"
)"};

HttpCheck::HttpCheck(const recipe::Properties& properties)
    : request_{.url = properties.name(),
               .timeout = properties.duration("timeout"),
               .unix_socket = properties.text_or_empty("unix_socket"),
               .ca_file = properties.text_or_empty("ca")},
      status_(properties.integer("status")),
      body_(properties.text_or_empty("body")),
      patience_(Patience::from(properties)) {
    flatten(properties.table("json"), "", json_);
    if (!request_.url.starts_with("http://") && !request_.url.starts_with("https://"))
        throw Error("bad name of http_check[" + request_.url + "]", "it is no http or https URL",
                    "write http://127.0.0.1:9000/_health");
    check_port(request_.url);
    if (!request_.ca_file.empty() && request_.url.starts_with("http://"))
        throw Error("bad value for 'ca' of http_check[" + request_.url + "]",
                    "plain http shows no certificate", "write https://, or remove it");
    for (const auto& [name, value] : properties.table("headers"))
        request_.headers[name] = *value.text();
    host::check_headers(request_.headers);
}

void HttpCheck::expect(host::Host& host) const {
    host.http().expect(request_);
}

State HttpCheck::inspect(const host::Host& host) const {
    // Only a good answer counts that was given earlier in the run: a bad one may be better by now.
    const auto early = host.http().expected(request_);
    const bool good = early && judge(*early) == good_answer;
    return {{"answer", good ? good_answer : ask(host)}};
}

State HttpCheck::wanted(const host::Host&) const {
    return {{"answer", good_answer}};
}

std::string HttpCheck::ask(const host::Host& host) const {
    try {
        return judge(host.http().get(request_));
    } catch (const Error& error) {
        host::throw_if_interrupted();
        return error.parts().cause.empty() ? error.what() : error.parts().cause;
    }
}

/// `good_answer`, or what is wrong with this one.
std::string HttpCheck::judge(const host::HttpResponse& response) const {
    if (response.status != status_)
        return "status " + std::to_string(response.status) + ": " + beginning(response.body);
    if (response.body.find(body_) == std::string::npos)
        return "the body lacks '" + body_ + "': " + beginning(response.body);
    if (json_.empty()) return good_answer;
    const auto answer = nlohmann::json::parse(response.body, nullptr, false);
    if (answer.is_discarded()) return "the body is no JSON: " + beginning(response.body);
    for (const auto& [key, expected] : json_) {
        const auto* value = value_at(answer, key);
        if (value == nullptr) return "the answer has no " + key + ": " + beginning(response.body);
        if (as_text(*value) != expected.show())
            return key + " is " + as_text(*value) + ", not " + expected.show();
    }
    return good_answer;
}

void HttpCheck::apply(host::Host& host, const State& now, const Progress& progress) {
    patience_.wait(
        host, request_.url, now.value("answer"), [&] { return ask(host); }, progress);
}

}  // namespace dray::resources
