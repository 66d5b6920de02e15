// A project without [project] in its pyproject.toml: setup.py and setup.cfg tell what it is.
#pragma once

#include "builder/python.h"
#include "builder/settings.h"
#include "host/process.h"

#include <filesystem>
#include <string>

namespace dray::builder {

/// Writes `version` into the setup.py and setup.cfg of an export: in the place of whatever a call of setup()
/// has as its `version`, a text or an expression, and of `version` in [metadata]. The sdist has them so, and
/// is the same for whoever builds it. Without either nothing is changed: a plug-in may be told by a variable.
/// Nothing of the project is run. The folder is lent, see lend(). Throws Error when setup.py is no Python.
void write_setup_version(const host::Processes& processes, const Settings& settings,
                         const Interpreter& interpreter, const std::filesystem::path& folder,
                         const std::string& version);

}  // namespace dray::builder
