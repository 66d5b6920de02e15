// What keeps a host from the short way.
#include "apt_helper/obstacles.h"

#include "apt_world.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using dray::apt_helper::configuration_obstacle;

TEST_CASE("a file that apt's configuration includes is an obstacle, however the word is written") {
    const dray::test::AptWorld world;
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy"})
        ::unsetenv(name);
    const auto parts = world.path() / "etc/apt.conf.d";
    const auto obstacle = [&](const std::string& text) {
        std::ofstream(parts / "50mine") << text;
        return configuration_obstacle();
    };
    // Each of them was tried with apt-config(8).
    for (const std::string text :
         {"#include \"/f\";\n", "  #include /f;\n", "Foo \"x\"; #include \"/f\";\n",
          "/* c */ #include \"/f\";\n", "#clear Foo; #include \"/f\";\n", "%23include \"/f\";\n",
          "\"#\"include \"/f\";\n", "Foo {\n};\n\"#%69nclude\" \"/f\";\n"}) {
        CAPTURE(text);
        CHECK(obstacle(text) == (parts / "50mine").string() + " includes other files");
    }
    CHECK(obstacle("// what apt is to include\n# clear\n#clear Foo;\n") == "");
    std::filesystem::create_directory(parts / "folder");
    CHECK(obstacle("") == "");
}
