// The verifier of a password, compared with the example of the standard.
#include "resources/scram_verifier.h"

#include <doctest/doctest.h>

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

using namespace dray::resources;

namespace {

const std::uint8_t* bytes(const std::string& text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string decoded(const std::string& text) {
    std::string out(BASE64_DECODE_LENGTH(text.size()), '\0');
    std::size_t size = out.size();
    base64_decode_ctx context;
    base64_decode_init(&context);
    REQUIRE(base64_decode_update(&context, &size, reinterpret_cast<std::uint8_t*>(out.data()), text.size(),
                                 text.data()) == 1);
    out.resize(size);
    return out;
}

std::string hmac(const std::string& key, const std::string& text) {
    std::string digest(SHA256_DIGEST_SIZE, '\0');
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, key.size(), bytes(key));
    hmac_sha256_update(&context, text.size(), bytes(text));
    hmac_sha256_digest(&context, digest.size(), reinterpret_cast<std::uint8_t*>(digest.data()));
    return digest;
}

std::string sha256(const std::string& text) {
    std::string digest(SHA256_DIGEST_SIZE, '\0');
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, text.size(), bytes(text));
    sha256_digest(&context, digest.size(), reinterpret_cast<std::uint8_t*>(digest.data()));
    return digest;
}

// RFC 7677, section 3: the whole exchange.
const std::string salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
const std::string conversation =
    "n=user,r=rOprNGfwEbeRWgbNEkqO,"
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string client_proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const std::string server_signature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

}  // namespace

TEST_CASE("a server with the verifier of 'pencil' holds the conversation of RFC 7677") {
    const auto verifier = scram_verifier("pencil", decoded(salt), 4096);
    const std::string head = "SCRAM-SHA-256$4096:" + salt + "$";
    REQUIRE(verifier.starts_with(head));
    const auto colon = verifier.rfind(':');
    const auto stored_key = decoded(verifier.substr(head.size(), colon - head.size()));
    const auto server_key = decoded(verifier.substr(colon + 1));

    CHECK(hmac(server_key, conversation) == decoded(server_signature));
    auto client_key = decoded(client_proof);
    const auto client_signature = hmac(stored_key, conversation);
    for (std::size_t i = 0; i < client_key.size(); ++i)
        client_key[i] = static_cast<char>(client_key[i] ^ client_signature[i]);
    CHECK(sha256(client_key) == stored_key);
}

TEST_CASE("a verifier is of one password alone, whatever its salt and its rounds") {
    const auto verifier = scram_verifier("an open \"secret\", \\o/", "sixteen bytes !!", 10);
    CHECK(verifies(verifier, "an open \"secret\", \\o/"));
    CHECK(!verifies(verifier, "an open \"secret\", \\o"));
    CHECK(!verifies(verifier, ""));
    CHECK(scram_verifier("pencil", "a") != scram_verifier("pencil", "b"));
}

TEST_CASE("what is no such verifier verifies nothing") {
    const auto good = scram_verifier("pencil", "salt", 2);
    REQUIRE(verifies(good, "pencil"));
    for (const std::string& bad :
         {std::string(), std::string("md5d41d8cd98f00b204e9800998ecf8427e"), std::string("pencil"),
          std::string("SCRAM-SHA-256$"), std::string("SCRAM-SHA-256$2$:"),
          std::string("SCRAM-SHA-256$:c2FsdA==$a:b"), std::string("SCRAM-SHA-256$-1:c2FsdA==$a:b"),
          std::string("SCRAM-SHA-256$0:c2FsdA==$a:b"), std::string("SCRAM-SHA-256$4000000000:c2FsdA==$a:b"),
          std::string("SCRAM-SHA-256$2:####$a:b"), std::string("SCRAM-SHA-256$2:$a:b"), good + "x",
          good.substr(0, good.size() - 1)})
        CHECK_MESSAGE(!verifies(bad, "pencil"), bad);
}

TEST_CASE("a password that programs could write in several ways is refused, and an empty one") {
    CHECK(password_fault("pencil") == "");
    CHECK(password_fault("with space, \"quotes\" and \\") == "");
    CHECK(password_fault("Bleistiftlänge") != "");
    CHECK(password_fault("") != "");
}
