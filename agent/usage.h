// What a mistaken command line is told.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace dray {

/// What is wrong with a command line, which command or option was probably meant, and where help stands: for
/// CLI::App::failure_message.
std::string usage_message(const CLI::App* app, const CLI::Error& error);

}  // namespace dray
