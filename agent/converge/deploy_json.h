// The record of a package's deploys as JSON, and back.
#pragma once

#include "converge/deploy_record.h"

#include <optional>
#include <string>
#include <string_view>

namespace dray::converge {

std::string to_json(const DeployBook& book);

/// Nothing for a text that is no such record.
std::optional<DeployBook> deploy_book_from_json(std::string_view text);

}  // namespace dray::converge
