// TOML texts read safely, with the line on which each key stands.
#pragma once

#include "error.h"
#include "value.h"

#include <map>
#include <string>
#include <string_view>

namespace dray {

/// Bounds of a text that is read at all. They are far above what a person writes, and far below what makes
/// cpptoml, a recursive reader, run out of stack or memory.
constexpr std::size_t toml_size_limit = 1u << 20;
constexpr int toml_depth_limit = 32;

/// A TOML text and where its keys stand in it.
class Toml {
  public:
    /// Reads `text`; `file` names it in errors. Throws Error with file and line for text that is not UTF-8,
    /// is larger or nested deeper than the bounds above, or breaks TOML's rules (the first breach only).
    static Toml parse(std::string_view text, const std::string& file);

    const Value& root() const { return root_; }
    const std::string& file() const { return file_; }

    /// Where the key at a dotted path stands; entries of arrays of tables are counted from 0:
    /// "resource.2.owner". For a path that is not in the text, the nearest table above it that is.
    Location where(std::string path) const;

  private:
    Value root_;
    std::string file_;
    std::map<std::string, int, std::less<>> lines_;
};

}  // namespace dray
