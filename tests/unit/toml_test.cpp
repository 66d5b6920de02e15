// TOML is read safely: what would crash the reader is refused, and each key's line is known.
#include "toml.h"
#include "toml_text.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::Toml;

namespace {

std::string refusal(const std::string& text) {
    try {
        Toml::parse(text, "x.toml");
    } catch (const Error& error) {
        return error.parts().location.text() + " " + error.parts().cause;
    }
    return "accepted";
}

}  // namespace

TEST_CASE("each key's line is known, in arrays of tables and in tables below them") {
    const auto toml = Toml::parse(
        "[recipe]\n"
        "name = 'x'\n"
        "\n"
        "[[resource]]  # one\n"
        "type = \"file\"\n"
        "content = \"\"\"\n"
        "[[resource]]\n"
        "mode = 1\n"
        "\"\"\"\n"
        "[[resource]]\n"
        "list = [\n"
        "  \"a\",  # ] \n"
        "  \"b\"]\n"
        "\"quoted key\" = 1\n"
        "[resource.deploy]\n"
        "migrate = 2\n",
        "x.toml");
    CHECK(toml.where("recipe.name").text() == "x.toml:2");
    CHECK(toml.where("resource.0").text() == "x.toml:4");
    CHECK(toml.where("resource.0.content").text() == "x.toml:6");
    CHECK(toml.where("resource.1").text() == "x.toml:10");
    CHECK(toml.where("resource.1.list").text() == "x.toml:11");
    CHECK(toml.where("resource.1.quoted key").text() == "x.toml:14");
    CHECK(toml.where("resource.1.deploy.migrate").text() == "x.toml:16");
}

TEST_CASE("a key that is not written has the line of the table that it would stand in") {
    const auto toml = Toml::parse("\n[[resource]]\ntype = 'x'\n", "x.toml");
    CHECK(toml.where("resource.0.mode").text() == "x.toml:2");
    CHECK(toml.where("nothing").text() == "x.toml");
}

TEST_CASE("text that would crash or mislead the reader is refused with its line") {
    CHECK(refusal("a = 1\nb = " + std::string(20'000, '[')) == "x.toml:2 nested deeper than 32 levels");
    CHECK(refusal("\na" + [] {
              std::string keys;
              for (int i = 0; i < 40; ++i)
                  keys += ".a";
              return keys;
          }() + " = 1") == "x.toml:2 nested deeper than 32 levels");
    CHECK(refusal("a = 'x'\nb = '\xff'\n") == "x.toml:2 a byte that is not UTF-8");
    CHECK(refusal("a = '\xc0\xaf'") == "x.toml:1 a byte that is not UTF-8");
    CHECK(refusal("a = '\xed\xa0\x80'") == "x.toml:1 a byte that is not UTF-8");
    CHECK(refusal(std::string("a = '\x01'")) == "x.toml:1 a control character (0x01)");
    CHECK(refusal(std::string((1u << 20) + 1, '#')).find("more than 1048576") != std::string::npos);
}

TEST_CASE("dots of keys count as nesting within inline tables too, those of texts and numbers do not") {
    const auto dotted = [](int dots) {
        std::string keys = "k";
        for (int i = 0; i < dots; ++i)
            keys += ".k";
        return keys;
    };
    CHECK(refusal("a = { " + dotted(400'000) + " = 1 }") == "x.toml:1 nested deeper than 32 levels");
    CHECK(refusal("a = [\n{ b = 1,\n " + dotted(40) + " = 1 }]") == "x.toml:3 nested deeper than 32 levels");
    CHECK(refusal("a = { b = 1.5, c = \"" + std::string(100, '.') + "\", d.e = 2.5 }") == "accepted");
    std::string numbers = "a = [1.5";
    for (int i = 0; i < 100; ++i)
        numbers += ", 1.5";
    CHECK(refusal(numbers + "]") == "accepted");
}

TEST_CASE("a byte order mark is refused in so many words") {
    CHECK(refusal("\xEF\xBB\xBF[recipe]\n") == "x.toml:1 it begins with a byte order mark");
}

TEST_CASE("lines end as Windows ends them, too") {
    const auto toml = Toml::parse("a = 1\r\n\r\n[b]\r\nc = 2\r\n", "x.toml");
    CHECK(toml.where("b.c").text() == "x.toml:4");
    CHECK(*toml.root().find("b.c")->integer() == 2);
}

TEST_CASE("the lines of arrays of tables within arrays of tables are known") {
    const auto toml = Toml::parse("[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n[[a]]\n[[a.b]]\nx = 3\n", "x.toml");
    CHECK(toml.where("a.0.b.1.x").text() == "x.toml:5");
    CHECK(toml.where("a.1.b.0.x").text() == "x.toml:8");
}

TEST_CASE("numbers that no machine holds and leading zeros are refused with their line") {
    for (const auto* number : {"99999999999999999999", "1e999", "0x", "007", "1__0", ".5", "1e"})
        CHECK_MESSAGE(refusal(std::string("a = 1\nb = ") + number + "\n").starts_with("x.toml:2 "), number);
}

TEST_CASE("broken TOML is refused with the reader's first error and its line") {
    CHECK(refusal("a = 1\nb = \n").starts_with("x.toml:2 "));
    CHECK(refusal("[table\n").starts_with("x.toml:1 "));
    CHECK(refusal("a = 1\na = 2\n").starts_with("x.toml:2 "));
    CHECK(refusal("a = \"never closed\nb = 1\n").starts_with("x.toml:1 "));
}

TEST_CASE("every kind of value arrives") {
    const auto toml = Toml::parse(
        "t = 'x'\ni = -3\nn = 1.5\nb = true\nd = 2026-11-23\nl = ['a', 'b']\ne = []\n[s]\nk = {a = 1}\n",
        "x");
    const auto& root = toml.root();
    CHECK(root.find("t")->show() == "x");
    CHECK(*root.find("i")->integer() == -3);
    CHECK(root.find("n")->show() == "1.5");
    CHECK(*root.find("b")->truth());
    CHECK(*root.find("d")->text() == "2026-11-23");
    CHECK(root.find("l")->show() == "[\"a\", \"b\"]");
    CHECK(root.find("e")->list()->empty());
    CHECK(*root.find("s.k.a")->integer() == 1);
    CHECK(root.find("s.k.b") == nullptr);
    CHECK(root.find("t.k") == nullptr);
}

TEST_CASE("a float is written as one, and is the same when it is read again") {
    for (const double number : {0.0, -2.0, 1.5, 1e300, 2.5e-7, 123456789012345680.0}) {
        const auto text = dray::toml_text(dray::Value(number));
        CAPTURE(text);
        const auto toml = Toml::parse("n = " + text + "\n", "x.toml");
        REQUIRE(toml.root().find("n")->number() != nullptr);
        CHECK(*toml.root().find("n")->number() == number);
    }
    CHECK(dray::toml_text(dray::Value(3.0)) == "3.0");
}
