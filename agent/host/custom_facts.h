// Facts of the administrator's own: programs and files in /etc/dray/facts.d.
#pragma once

#include "host/file.h"
#include "host/process.h"
#include "value.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dray::host {

/// How long one program may take, and how much it may say.
constexpr std::chrono::seconds fact_time_limit{10};
constexpr std::size_t fact_size_limit = 1u << 20;

/// A folder of facts: `gpu.toml` and `gpu.json` hold the table fact.gpu, and an executable `gpu` or `gpu.py`
/// prints it as a JSON object. Each file belongs to root, and nobody else may write to it.
class CustomFacts {
  public:
    /// `limit` is how long a program may take; `files` and `processes` outlive this object.
    CustomFacts(const Files& files, const Processes& processes, std::filesystem::path folder,
                std::chrono::milliseconds limit = fact_time_limit);

    /// The names of all facts in the folder, sorted; starts nothing. Throws Error when it cannot be read.
    std::vector<std::string> names() const;

    /// The file that a fact comes from; nothing when there is none. Throws Error when there is no saying:
    /// two files of that name, or one that is neither executable nor of a known kind.
    std::optional<std::filesystem::path> file_of(const std::string& name) const;

    /// The fact, learned anew; nothing when there is none of that name. Throws Error that names the file.
    std::optional<Value> learn(const std::string& name) const;

  private:
    std::vector<std::filesystem::path> files_of(const std::string& name) const;
    std::string run(const std::filesystem::path& program, const std::string& attempt) const;

    const Files& files_;
    const Processes& processes_;
    std::filesystem::path folder_;
    std::chrono::milliseconds limit_;
};

}  // namespace dray::host
