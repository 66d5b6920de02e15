// `dray converge --plan`: a plan that was saved, and whether it still holds.
#pragma once

#include "converge/plan.h"
#include "converge/plan_key.h"
#include "error.h"
#include "host/file.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dray {

/// The host's key for plans. A real run (`make`) makes one when there is none, so that dry runs can use it;
/// that this cannot be done is said, and no reason not to converge.
std::optional<converge::PlanKey> plan_key(host::Files& files, const std::filesystem::path& state, bool make);

/// The plan, when it was made on this host under this key; else nothing, and the reason is said on standard
/// error and told to `hearer`.
std::optional<converge::Plan> read_plan(const std::filesystem::path& file,
                                        const std::optional<converge::PlanKey>& key,
                                        const std::function<void(const std::vector<Error>&)>& hearer);

/// Says that nothing is done, as the host or the recipes have moved since: on standard error, or with
/// `as_json` as JSON on standard output. Returns the exit code.
int refuse_plan(const std::filesystem::path& file, const std::vector<std::string>& moved, bool as_json);

/// Likewise, as the plan holds and leaves it open what becomes of these resources.
int refuse_open_plan(const std::filesystem::path& file, const std::vector<std::string>& open, bool as_json);

}  // namespace dray
