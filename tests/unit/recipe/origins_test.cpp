// Each attribute is traced to the layer that won, and to those below it.
#include "recipe/origins.h"

#include "recipe/loading.h"
#include "report/values.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace dray::recipe;
using dray::Toml;

namespace {

Layer layer(const std::string& file, const std::string& text) {
    auto toml = std::make_shared<const Toml>(Toml::parse(text, file));
    return {*toml->root().table(), toml, "", {}};
}

std::vector<Origin> traced(const std::vector<Layer>& layers, std::size_t own) {
    Problems problems;
    const auto merged = merge(layers, problems);
    REQUIRE(problems.empty());
    return origins(layers, own, merged);
}

const std::vector<Layer> layers = {layer("r", "port = 9000\nname = \"n\"\n[db]\nurl = \"u\"\nhost = \"h\"\n"),
                                   layer("host.toml", "prot = 1\n[db]\nurl = \"v\"\n"), parse_set("db.url=w"),
                                   parse_set("name=15")};

}  // namespace

TEST_CASE("an attribute's line has its value, where it stands, and what it overrides") {
    CHECK(dray::report::attributes_text(traced(layers, 1)) ==
          "db.host = \"h\"  # r:5\n"
          "db.url = \"w\"   # --set db.url, over \"v\" (host.toml:3), over \"u\" (r:4)\n"
          "name = \"15\"    # --set name, over \"n\" (r:2)\n"
          "port = 9000    # r:1\n"
          "prot = 1       # host.toml:1; no recipe declares it, did you mean port?\n");
}

TEST_CASE("the same as JSON") {
    const auto json = nlohmann::json::parse(dray::report::attributes_json(traced(layers, 1)));
    const auto& url = json["attributes"][1];
    CHECK(url["name"] == "db.url");
    CHECK(url["value"] == "w");
    CHECK(url["where"] == "--set db.url");
    CHECK(url["overrides"].size() == 2);
    CHECK(url["overrides"][1]["where"] == "r:4");
    CHECK(json["attributes"][3]["value"] == 9000);
    CHECK(json["attributes"][4]["declared"] == false);
}

TEST_CASE("keys with dots and spaces, empty tables and lists have origins too") {
    const auto text = dray::report::attributes_text(
        traced({layer("r", "\"a.b\" = 1\nlist = [{ x = 1 }]\n[empty]\n[\"c d\"]\ne = \"\\u001b\\n\"\n")}, 1));
    CHECK(text.find("a.b = 1 ") != std::string::npos);
    CHECK(text.find("list = [{x = 1}]") != std::string::npos);
    CHECK(text.find("empty = {}") != std::string::npos);
    CHECK(text.find("c d.e = \"\\u001b\\n\"") != std::string::npos);
}

TEST_CASE("facts are printed with where they come from") {
    using dray::Value;
    const std::vector<dray::report::Fact> facts = {{"fact.cores", Value(2), "sysconf(3)"},
                                                   {"fact.os.id", Value("debian"), "os-release(5)"}};
    CHECK(dray::report::facts_text(facts) ==
          "fact.cores = 2         # sysconf(3)\nfact.os.id = \"debian\"  # os-release(5)\n");
    const auto json = nlohmann::json::parse(
        dray::report::facts_json(facts, {dray::Error("cannot learn fact.x", "why", "how")}));
    CHECK(json["facts"][1]["origin"] == "os-release(5)");
    CHECK(json["errors"][0]["message"] == "cannot learn fact.x: why");
}
