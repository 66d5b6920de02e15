// The report of a dry run, read back as the plan that it is.
#pragma once

#include "converge/plan.h"

#include <string_view>

namespace dray::report {

/// Raised when an older dray would misread a newer one's plan.
constexpr int plan_format = 2;

/// Reads what run_json() made of a dry run. Throws Error for any other text.
converge::Plan plan_from_json(std::string_view text);

}  // namespace dray::report
