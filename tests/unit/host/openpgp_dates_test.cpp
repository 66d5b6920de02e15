// When keys and signatures begin and cease to be valid.
#include "host/openpgp_dates.h"

#include "error.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using dray::Error;
using dray::host::openpgp_dates;

namespace {

constexpr auto made = 1795488141;            // 2026-11-24, by gpg 2.2
constexpr auto key_expires = 1893456000;     // 2030-01-01
constexpr auto subkey_expires = 1843430400;  // 2028-06-01
constexpr auto text_expires = 1861920000;    // 2029-01-01

const std::string key = R"(-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawT5jRYJKwYBBAHaRw8BAQdAI0f2FV+mrhdpBo7EbIzCDgsvM78m9yWosJK2
2PcrDPC0FHRlc3QgPHRAZXhhbXBsZS5vcmc+iJYEExYIAD4WIQQceuSaZbMOJ7XX
/OjxAtMuvWGpkQUCawT5jQIbAwUJBdbe8wULCQgHAgYVCgkICwIEFgIDAQIeAQIX
gAAKCRDxAtMuvWGpkYPtAPsG2SJQpFnLSByxstZT4hkWuS1z5cCQpqTH1sYlMM0m
fQD/VmWyf45Pc5Azzk7vS5gMVrTb9LRd/wHKucrgX4d4twa4OARrBPmNEgorBgEE
AZdVAQUBAQdAu2qaBo91agCfEke6fWby0dXjB7ItfQ0Jl+FnQ1uhBBsDAQgHiH4E
GBYIACYWIQQceuSaZbMOJ7XX/OjxAtMuvWGpkQUCawT5jQIbDAUJAtuKcwAKCRDx
AtMuvWGpkZ6vAP9OHcq23IcTEgu+ivxnvRDa7vHVIOPlgxceEd45pdwVKgEAo/CB
m11VPbMP3Bq9MY70AQGkMTl1u8DqV54eOv4X4wg=
=+czs
-----END PGP PUBLIC KEY BLOCK-----
)";

const std::string signed_text = R"(-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

hello
-----BEGIN PGP SIGNATURE-----

iHsEARYIACMWIQQceuSaZbMOJ7XX/OjxAtMuvWGpkQUCawT5jQWDA/WrcwAKCRDx
AtMuvWGpkdCbAP9aPPZeO3dKCGjHn3Y9dTXsZPHsY7sontJBynF6e4A5/gD/Vz0b
oLFHs2JYrDbH/vK0PKqk1lud99T4VMXGKlnywAM=
=ZkAe
-----END PGP SIGNATURE-----
)";

bool has(std::string_view text, std::int64_t date) {
    const auto dates = openpgp_dates(text);
    return std::ranges::find(dates, date) != dates.end();
}

/// The key as a field of a .sources file has it.
std::string indented(const std::string& text) {
    std::string field = " ";
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool empty_line = text[at] == '\n' && text.substr(at, 2) == "\n\n";
        field += text[at] == '\n' ? "\n " : std::string(1, text[at]);
        if (empty_line) field += ".";
    }
    return field;
}

}  // namespace

TEST_CASE("a keyring tells when its keys were made and when they expire") {
    CHECK(has(key, made));
    CHECK(has(key, key_expires));
    CHECK(has(key, subkey_expires));
}

TEST_CASE("a key inside a .sources file is read as it stands there") {
    CHECK(openpgp_dates(indented(key)) == openpgp_dates(key));
}

TEST_CASE("a signed text tells when its signature expires") {
    CHECK(has(signed_text, made));
    CHECK(has(signed_text, text_expires));
}

TEST_CASE("binary packets are read as well") {
    // A version 4 key of 2001-09-09 in the old format of packets, and a version 3 key that lasts two days.
    CHECK(has(std::string("\x98\x06\x04\x3b\x9a\xca\x00\x16", 8), 1000000000));
    CHECK(has(std::string("\xc6\x08\x03\x3b\x9a\xca\x00\x00\x02\x01", 10), 1000000000 + 2 * 86400));
}

TEST_CASE("an empty keyring has no dates") {
    CHECK(openpgp_dates("").empty());
}

TEST_CASE("what cannot be read is an error and never without dates") {
    CHECK_THROWS_AS(openpgp_dates("no key at all"), Error);
    CHECK_THROWS_AS(openpgp_dates("KBXf"), Error);
    CHECK_THROWS_AS(openpgp_dates(key.substr(0, key.size() / 2)), Error);
    CHECK_THROWS_AS(openpgp_dates(std::string("\x98\x06\x09\x3b\x9a\xca\x00\x16", 8)), Error);
    CHECK_THROWS_AS(openpgp_dates("\x98\x06\x04"), Error);
    CHECK_THROWS_AS(openpgp_dates("\x9b\x04"), Error);  // without a length
    CHECK_THROWS_AS(
        openpgp_dates("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----\n"),
        Error);
}
