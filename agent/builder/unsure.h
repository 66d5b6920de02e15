// Which failures are an answer, and which are none: neither is the commit bad then nor is it released.
#pragma once

#include "error.h"

#include <exception>
#include <functional>

namespace dray::builder {

/// The network was lost, a time limit passed, another host has the commit: what a later run may well get
/// done.
class Unsure final : public Error {
  public:
    explicit Unsure(const Error& error) : Error(error) {}
};

/// The opposite: an answer that stands, whatever words it holds. The same tried again would end the same way.
class Certain : public Error {
  public:
    using Error::Error;
    explicit Certain(const Error& error) : Error(error) {}
};

/// Whether a failure is of a kind that passes by itself: Unsure; no Certain; any other Error that tells of a
/// time limit, a disk or memory that is full, a connection that failed, by the words that the operating
/// system, pip, git and tar have for these; an exception of the standard library that stands for the same.
bool may_pass(const std::exception& error);

/// Whether an error says that a disk, or a quota of one, is full.
bool tells_of_full_disk(const Error& error);

/// Does a part of a build. What may pass leaves it as Unsure, any other exception of the standard library as
/// an Error, and any other Error as it is.
void build_part(const std::function<void()>& part);

/// Does what is no commit's fault when it fails: whatever leaves it is Unsure, but for a Certain.
void nobodys_fault(const std::function<void()>& part);

}  // namespace dray::builder
