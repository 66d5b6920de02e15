// Attributes that a host or a command line gives and no recipe of the run asks for: mostly slips of the pen.
#pragma once

#include "recipe/loader.h"

#include <string>
#include <vector>

namespace dray::recipe {

struct UnusedAttribute {
    std::string name;  ///< "prot"
    Location where;
    std::string near;    ///< an attribute that may have been meant: "port"; "" when none is like it
    bool typed = false;  ///< given by --set
};

/// The attributes of `book.layers` beyond the first `own`, the recipes' own, that no recipe declares and that
/// no text of a resource names. A resource that is not on this host may name some: when there are such, only
/// those are told that have a `near`.
std::vector<UnusedAttribute> unused_attributes(const Book& book, std::size_t own);

}  // namespace dray::recipe
