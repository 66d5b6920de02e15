// Why apt's candidate of a package is what it is, for people and for programs.
#pragma once

#include "error.h"
#include "host/apt.h"

#include <optional>
#include <string>

namespace dray::report {

/// What a recipe wants of a package, and where it says so.
struct DeclaredWish {
    host::PackageWish wish;
    Location where;
};

/// A line for the package, one for what the recipe wants, and for each version what speaks for or against it.
std::string explanation_text(const host::PackageWish& wish, const std::optional<DeclaredWish>& declared,
                             const host::AptExplanation& explanation);

/// The same as one JSON document.
std::string explanation_json(const host::PackageWish& wish, const std::optional<DeclaredWish>& declared,
                             const host::AptExplanation& explanation);

}  // namespace dray::report
