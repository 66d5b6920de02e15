// pip is run, and when it has found nothing it is looked up whether an index has not answered.
#pragma once

#include "builder/confinement.h"
#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// The words that run pip of `interpreter.tools` for the environment in that folder: those that pip itself
/// ends up with when it is given --python, without the first pip, which takes as long and only starts the
/// second. Source: parse_command() and get_runnable_pip() of pip, from 22.3 on, which has had --python since
/// then.
std::vector<std::string> pip_command(const Interpreter& interpreter, const std::filesystem::path& environment,
                                     std::vector<std::string> words);

/// Runs pip. `home` is a folder that is lent to it: its log is there while it runs. `attempt` says what it
/// was for. Throws Error when it fails, and Unsure when it fails since an index has not answered.
void run_pip(const host::Processes& processes, host::Command pip, const Confinement& confinement,
             const std::filesystem::path& home, const std::string& attempt);

/// What to do about a requirement of which there is no file; "" when `said`, pip's words, tell of none.
/// Source: pip's _internal/resolution/resolvelib/factory.py, 20 to 25.
std::string advice_on_missing(const std::string& said, const Settings::Python& settings,
                              const Interpreter& interpreter);

/// What a log of pip's (pip(1), --log) says of an index that gave no answer: refused, an error of the server,
/// a password that it does not take; "" when there is nothing of that. That it has no such page (404, 410) is
/// an answer. Of a page that it does not get pip says no more than that nothing matches. Source: pip's
/// _internal/index/collector.py, 20 to 25.
std::string unanswered(std::string_view log);

}  // namespace dray::builder
