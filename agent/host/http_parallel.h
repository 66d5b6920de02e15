// Several requests at the same time, through libcurl's multi interface.
#pragma once

#include "host/http.h"

#include <functional>
#include <vector>

namespace dray::host {

/// As Http::get_all. `look` is called whenever something has come or the descriptor `wake` is readable, and
/// once a second; what it throws ends all of them, and is thrown on.
std::vector<HttpOutcome> get_all_until(const std::vector<HttpRequest>& requests, int wake,
                                       const std::function<void()>& look);

}  // namespace dray::host
