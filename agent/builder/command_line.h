// What the command line of dray-build says.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace dray::builder {

/// One call of the program.
struct Arguments {
    std::string verb;
    std::string repository = ".";
    std::string commit;
    std::string config;
    std::string work;
    std::string version;
    std::string to;  ///< a suite
    std::string package;
    int percent = 100;
    bool now = false;
    bool again = false;
    std::vector<std::string> words;  ///< what stands beside the options: a commit, a run, files
};

/// Reads the command line. Nothing when the program is to end with `code`: help was asked for, or the usage
/// is wrong (EX_USAGE of sysexits.h); the words are said by then.
std::optional<Arguments> parse_command_line(int count, char** words, int& code);

}  // namespace dray::builder
