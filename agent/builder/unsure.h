// A run that ended without an answer: neither is the commit bad nor is it released.
#pragma once

#include "error.h"

namespace dray::builder {

/// The network was lost, a time limit passed, another host has the commit: what a later run may well get
/// done.
class Unsure final : public Error {
  public:
    explicit Unsure(const Error& error) : Error(error) {}
};

}  // namespace dray::builder
