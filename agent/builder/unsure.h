// A run that ended without an answer: neither is the commit bad nor is it released.
#pragma once

#include "error.h"

#include <functional>

namespace dray::builder {

/// The network was lost, a time limit passed, another host has the commit: what a later run may well get
/// done.
class Unsure final : public Error {
  public:
    explicit Unsure(const Error& error) : Error(error) {}
};

/// Whether an error is of a kind that passes by itself: a time limit, a disk or memory that is full, a
/// connection that failed, by the words that the operating system, pip and git have for these.
bool may_pass(const Error& error);

/// Does a part of a build. An Error that may pass, and an exception of the standard library that does (a full
/// disk, no memory), leave it as Unsure, any other as an Error.
void build_part(const std::function<void()>& part);

/// Does what is no commit's fault when it fails: whatever leaves it is Unsure.
void nobodys_fault(const std::function<void()>& part);

}  // namespace dray::builder
