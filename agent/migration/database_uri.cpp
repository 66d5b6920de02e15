// Where a database is, as libpq's own programs are told.
#include "migration/database_uri.h"

#include "error.h"

#include <array>
#include <charconv>
#include <utility>

namespace dray::migration {
namespace {

constexpr auto attempt = "cannot read the URI of the database";
constexpr auto hint = "write it as postgresql://user:password@host:port/database";

/// The parameters of a URI for which libpq reads an environment variable.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> variables = {{
    {"host", "PGHOST"},
    {"hostaddr", "PGHOSTADDR"},
    {"port", "PGPORT"},
    {"dbname", "PGDATABASE"},
    {"user", "PGUSER"},
    {"password", "PGPASSWORD"},
    {"sslmode", "PGSSLMODE"},
    {"sslrootcert", "PGSSLROOTCERT"},
    {"sslcert", "PGSSLCERT"},
    {"sslkey", "PGSSLKEY"},
    {"connect_timeout", "PGCONNECT_TIMEOUT"},
    {"options", "PGOPTIONS"},
    {"target_session_attrs", "PGTARGETSESSIONATTRS"},
}};

/// RFC 3986, section 2.1.
std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        unsigned value = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto end = digits.data() + digits.size();
        if (digits.size() != 2 || std::from_chars(digits.data(), end, value, 16).ptr != end || value == 0)
            throw Error(attempt, "a '%' in it does not begin two hexadecimal digits",
                        "write a '%' of the password as %25");
        plain += static_cast<char>(value);
        i += 2;
    }
    return plain;
}

/// Cuts `text` off at the first of `ends`; what was before it.
std::string_view cut(std::string_view& text, std::string_view ends) {
    const auto end = text.find_first_of(ends);
    const auto before = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end);
    return before;
}

class Reader {
  public:
    std::map<std::string, std::string> read(std::string_view uri) {
        const auto scheme_end = uri.find("://");
        const auto scheme = uri.substr(0, scheme_end);
        if (scheme_end == uri.npos ||
            (scheme.substr(0, scheme.find('+')) != "postgresql" && scheme != "postgres"))
            throw Error(attempt, "it does not begin with postgresql://", hint);
        uri.remove_prefix(scheme_end + 3);
        auto authority = cut(uri, "/?");
        if (const auto at = authority.rfind('@'); at != authority.npos) {
            auto user = authority.substr(0, at);
            set("user", cut(user, ":"));
            if (!user.empty()) set("password", user.substr(1));
            authority.remove_prefix(at + 1);
        }
        set_hosts(authority);
        if (uri.starts_with('/')) {
            uri.remove_prefix(1);
            set("dbname", cut(uri, "?"));
        }
        while (!uri.empty()) {
            uri.remove_prefix(1);  // '?' or '&'
            auto parameter = cut(uri, "&");
            const auto name = cut(parameter, "=");
            set(name, parameter.empty() ? parameter : parameter.substr(1));
        }
        return std::move(environment_);
    }

  private:
    /// Of several, separated by commas, libpq takes the first that answers.
    void set_hosts(std::string_view authority) {
        std::string hosts;
        std::string ports;
        while (!authority.empty()) {
            auto one = cut(authority, ",");
            if (!authority.empty()) authority.remove_prefix(1);
            std::string_view host;
            if (one.starts_with('[')) {
                one.remove_prefix(1);
                host = cut(one, "]");
                if (!one.empty()) one.remove_prefix(1);
            } else {
                host = cut(one, ":");
            }
            hosts += (hosts.empty() ? "" : ",") + std::string(host);
            ports += (ports.empty() ? "" : ",") + std::string(one.starts_with(':') ? one.substr(1) : "5432");
        }
        set("host", hosts);
        if (!hosts.empty()) set("port", ports);
    }

    void set(std::string_view name, std::string_view value) {
        if (value.empty()) return;
        for (const auto& [parameter, variable] : variables)
            if (parameter == name) {
                environment_[std::string(variable)] = decoded(value);
                return;
            }
        throw Error(attempt,
                    "libpq has no environment variable for its parameter '" + std::string(name) + "'",
                    "leave it out");
    }

    std::map<std::string, std::string> environment_;
};

}  // namespace

std::map<std::string, std::string> connection_environment(std::string_view uri) {
    while (!uri.empty() && (uri.back() == '\n' || uri.back() == ' '))
        uri.remove_suffix(1);
    return Reader().read(uri);
}

}  // namespace dray::migration
