// What PostgreSQL stores of a password, so that a server can be given that in the password's place.
#pragma once

#include <string>
#include <string_view>

namespace dray::resources {

/// Rounds of PBKDF2 that PostgreSQL takes when nobody says otherwise.
constexpr unsigned scram_iterations = 4096;

/// Half a second of work. A verifier with more rounds is not looked into: that is done at every run.
constexpr unsigned most_scram_iterations = 1'000'000;

/// Why no verifier can be made of the password: it is empty, or has other characters than those of ASCII,
/// which SASLprep (RFC 4013) may turn into others. "" when one can be made.
std::string password_fault(std::string_view password);

/// "SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY", with the salt given as bytes. It lets nobody log in,
/// but passwords can be tried on it. Source: RFC 5802, RFC 7677, and pg_authid in PostgreSQL's manual.
std::string scram_verifier(std::string_view password, std::string_view salt,
                           unsigned iterations = scram_iterations);

/// Whether `stored`, as in pg_authid.rolpassword, is a SCRAM-SHA-256 verifier of this password. Older hashes
/// (MD5) are not.
bool verifies(std::string_view stored, std::string_view password);

}  // namespace dray::resources
