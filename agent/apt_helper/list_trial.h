// Lists are tried by libapt before it has them.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace dray::apt_helper {

/// Where the content of lists is, by the names that they have in apt's folder of lists.
using ListFiles = std::map<std::string, std::filesystem::path>;

/// What keeps libapt from using lists.
struct ListDefect {
    std::string words;  ///< "" for nothing
    std::string list;   ///< the name of the one that it is in; "" when that is not known
    explicit operator bool() const { return !words.empty(); }
};

/// Has libapt make a cache of these lists alone, those of them that the host's sources name, as it does of
/// all lists in each command: one that it cannot read would bar them all. It does so in a process of its own,
/// which a list may crash or keep busy for two minutes; what it makes stays in its memory. `beside` is a
/// folder that root alone writes in: links to the lists are made there meanwhile, and those of a trial that
/// was killed are removed, so one trial at a time (apt's lock of its lists sees to that). Leaves libapt's
/// errors as they were. Throws Error when it cannot be tried, which is no fault of the lists.
ListDefect list_defect(const ListFiles& lists, const std::filesystem::path& beside);

}  // namespace dray::apt_helper
