// A folder of recipes for unit tests.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace dray::test {

namespace fs = std::filesystem;

/// A folder of recipes that goes with the test.
class RecipeFolder {
  public:
    RecipeFolder() {
        std::string name = fs::temp_directory_path() / "dray-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder for a test");
        path_ = name;
    }
    ~RecipeFolder() { fs::remove_all(path_); }
    RecipeFolder(const RecipeFolder&) = delete;
    RecipeFolder& operator=(const RecipeFolder&) = delete;

    RecipeFolder& write(const std::string& file, const std::string& text) {
        fs::create_directories((path_ / file).parent_path());
        std::ofstream(path_ / file) << text;
        return *this;
    }
    /// A recipe with this header and these resources.
    RecipeFolder& recipe(const std::string& name, const std::string& text, const std::string& header = "") {
        return write(name + "/recipe.toml", "[recipe]\nname = \"" + name + "\"\n" + header + text);
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

}  // namespace dray::test
