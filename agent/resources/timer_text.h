// The unit files of a timer, from a resource's values.
#pragma once

#include "recipe/properties.h"

#include <string>

namespace dray::resources {

/// NAME.timer. Source: systemd.timer(5). Throws Error for a value that cannot stand in it.
std::string timer_text(const recipe::Properties& properties);

/// NAME.service, which the timer starts. Source: systemd.service(5), systemd.exec(5). Throws Error likewise.
std::string timer_service_text(const recipe::Properties& properties);

/// A word of a command line as ExecStart= takes it: quoted where needed, and neither specifiers nor variables
/// in it. Source: systemd.service(5), "Command lines"; systemd.syntax(7), "Quoting".
std::string exec_word(const std::string& word);

}  // namespace dray::resources
