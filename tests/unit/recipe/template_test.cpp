// Templates are strict: a name without a value is an error with its line, and nothing is escaped.
#include "recipe/template.h"

#include "recipe/one_recipe.h"

#include <doctest/doctest.h>

using dray::Error;
using dray::Value;
using dray::recipe::packages_named;
using dray::recipe::release_of;
using dray::recipe::Renderer;
using dray::recipe::Scope;
using dray::test::load;

namespace {

Renderer renderer() {
    Scope scope;
    scope.attributes = Value(Value::Table{{"port", 9000},
                                          {"off", false},
                                          {"on", true},
                                          {"text", "<a & \"b\">"},
                                          {"hosts", Value(Value::List{"a", "b"})},
                                          {"none", Value(Value::List{})},
                                          {"database", Value(Value::Table{{"url", "pg://"}})}});
    scope.facts = Value(Value::Table{{"cores", 2}});
    scope.package_version = [](const std::string& package) -> std::optional<std::string> {
        if (package == "warehouse") return "1:26.11.3+deb12-1";
        return std::nullopt;
    };
    return Renderer(std::move(scope));
}

std::string render(std::string_view text) {
    return renderer().render(text, {"t", 1}).text;
}

std::string refusal_of_template(std::string_view text) {
    try {
        return "rendered: " + render(text);
    } catch (const Error& error) {
        return error.parts().location.text() + " " + error.what();
    }
}

}  // namespace

TEST_CASE("values stand where their names were, without escaping") {
    CHECK(render("{{attribute.port}} {{ fact.cores }} {{attribute.database.url}}") == "9000 2 pg://");
    CHECK(render("{{attribute.text}}{{{attribute.text}}}{{&attribute.text}}") ==
          "<a & \"b\"><a & \"b\"><a & \"b\">");
    CHECK(render("no tags") == "no tags");
}

TEST_CASE("truth values print as words and steer sections") {
    CHECK(render("{{attribute.off}} {{attribute.on}}") == "false true");
    CHECK(render("{{#attribute.on}}yes{{/attribute.on}}{{#attribute.off}}no{{/"
                 "attribute.off}}{{^attribute.off}}not{{/attribute.off}}") == "yesnot");
}

TEST_CASE("an empty text closes a section, and prints as nothing") {
    dray::recipe::Scope scope;
    scope.attributes = dray::Value(dray::Value::Table{{"none", ""}, {"some", "x"}, {"zero", 0}});
    const dray::recipe::Renderer renderer(std::move(scope));
    const auto text = [&](const std::string& source) { return renderer.render(source, {"t", 1}).text; };
    CHECK(text("{{#attribute.none}}a{{/attribute.none}}{{^attribute.none}}b{{/attribute.none}}") == "b");
    CHECK(text("{{#attribute.some}}a{{/attribute.some}}{{^attribute.some}}b{{/attribute.some}}") == "a");
    CHECK(text("{{#attribute.zero}}a{{/attribute.zero}}") == "a");
    CHECK(text("[{{attribute.none}}]") == "[]");
}

TEST_CASE("lists repeat a section, tables open one, lines with only a tag vanish") {
    CHECK(render("{{#attribute.hosts}}[{{.}}]{{/attribute.hosts}}") == "[a][b]");
    CHECK(render("{{^attribute.none}}empty{{/attribute.none}}") == "empty");
    CHECK(render("{{#attribute.database}}{{url}}{{/attribute.database}}") == "pg://");
    CHECK(render("a\n{{#attribute.on}}\nb\n{{/attribute.on}}\nc\n") == "a\nb\nc\n");
    CHECK(render("{{! a comment }}x") == "x");
}

TEST_CASE("delimiters can be changed for texts with brackets of their own") {
    CHECK(render("{{=<% %>=}}{{ as it is }} <% attribute.port %>") == "{{ as it is }} 9000");
}

TEST_CASE("a name without a value is an error at its line, with the nearest name") {
    CHECK(refusal_of_template("a\nb\n{{attribute.prot}}") ==
          "t:3 cannot render {{attribute.prot}}: it has no value");
    CHECK(refusal_of_template("{{#nothing}}x{{/nothing}}").starts_with("t:1 "));
    try {
        render("{{attribute.prot}}");
        FAIL("rendered");
    } catch (const Error& error) {
        CHECK(error.parts().hint == "did you mean {{attribute.port}}?");
    }
}

TEST_CASE("lists and tables are no texts, partials and open tags are errors") {
    CHECK(refusal_of_template("{{attribute.hosts}}").find("it is a list") != std::string::npos);
    CHECK(refusal_of_template("{{attribute.database}}").find("it is a table") != std::string::npos);
    CHECK(refusal_of_template("{{> other}}").find("partials") != std::string::npos);
    CHECK(refusal_of_template("x\n{{attribute.port").starts_with("t:2 "));
    CHECK(refusal_of_template("{{#attribute.on}}never closed").starts_with("t:1 "));
    CHECK(refusal_of_template(std::string("{{attribute.port}}\x01")).find("0x01") != std::string::npos);
}

TEST_CASE("a section that is not closed, or closed as another, is an error at its line") {
    CHECK(refusal_of_template("a\n{{#attribute.on}}\nb\n") ==
          "t:2 cannot render a template: section 'attribute.on' is never closed");
    CHECK(refusal_of_template("\n\n{{/attribute.on}}") ==
          "t:3 cannot render a template: section 'attribute.on' is closed, but not open");
    CHECK(refusal_of_template("{{#attribute.on}}\n{{/attribute.off}}") ==
          "t:2 cannot render a template: section 'attribute.on' of line 1 is closed as 'attribute.off'");
}

TEST_CASE("sections nested so deep that the reader would crash are refused") {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += "{{#attribute.on}}";
    CHECK(refusal_of_template(text) == "t:1 cannot render a template: sections nested deeper than 32 levels");
}

TEST_CASE("white space within a tag means nothing") {
    CHECK(render("{{ # attribute.on }}{{ ! comment }}{{\n& attribute.port\n}}{{ / attribute.on }}") ==
          "9000");
    CHECK(render("{{ =<% %>= }}{{<% attribute.port %>") == "{{9000");
}

TEST_CASE("what stands in names is no delimiter") {
    for (const auto* text : {"{{=<% 2=}}x", "{{=a %>=}}x", "{{=<% ö=}}x"})
        CHECK(refusal_of_template(text).find("cannot begin or end a tag") != std::string::npos);
}

TEST_CASE("lines are counted through comments, sections and changed delimiters") {
    CHECK(refusal_of_template("{{! one\ntwo }}\n{{#attribute.on}}\n{{/attribute.on}}{{=<% %>=}}\n<% none %>")
              .starts_with("t:5 "));
}

TEST_CASE("a value that looks like a tag is not rendered again") {
    Scope scope;
    scope.attributes = Value(Value::Table{{"a", "{{attribute.b}}"}, {"b", "secret"}});
    CHECK(Renderer(std::move(scope)).render("{{attribute.a}}", {"t", 1}).text == "{{attribute.b}}");
}

TEST_CASE("packages are found behind changed delimiters, and not in comments or plain text") {
    using Texts = std::vector<std::string>;
    CHECK(packages_named("{{=<% %>=}}{{package.no.version}}<% package.yes.version %>") == Texts{"yes"});
    CHECK(packages_named("{{! {{package.no.version}}").empty());
    CHECK(packages_named("package.no.version {{").empty());
}

TEST_CASE("a package's version and release are known, or an error") {
    CHECK(render("{{package.warehouse.version}} {{package.warehouse.release}}") ==
          "1:26.11.3+deb12-1 26.11.3");
    CHECK(refusal_of_template("{{package.nginx.version}}").find("nginx is not installed") !=
          std::string::npos);
    CHECK(refusal_of_template("{{package.nginx.vers}}") ==
          "t:1 cannot render {{package.nginx.vers}}: a package has no vers");
    CHECK(packages_named("{{package.a.version}} {{{ package.b-c.d.release }}} {{attribute.package.x}}") ==
          std::vector<std::string>{"a", "b-c.d"});
}

TEST_CASE("the release in a Debian version is what upstream calls it") {
    CHECK(release_of("26.11.3") == "26.11.3");
    CHECK(release_of("26.11.3-1") == "26.11.3");
    CHECK(release_of("2:26.11.3+deb12") == "26.11.3");
    CHECK(release_of("26.11.3~rc1-1") == "26.11.3");
}

TEST_CASE("sections over long lists, one in the other, are cut off") {
    std::string list = "[attributes]\nl = [";
    for (int i = 0; i < 1000; ++i)
        list += "0,";
    std::string content;
    for (int i = 0; i < 20; ++i)
        content = "{{#attribute.l}}" + content + "{{/attribute.l}}";
    const auto loaded =
        load(list + "]\n[[resource]]\ntype = \"file\"\nname = \"/x\"\ncontent = \"" + content + "\"\n");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.says("its sections would go on for too long\n  at"));
}
