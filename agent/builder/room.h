// Room on the disks that a run writes to.
#pragma once

#include "error.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dray::builder {

/// Room that is left on one disk.
struct Room {
    std::uintmax_t bytes = 0;  ///< what others than root may still write
    std::string folders;       ///< those of the question that are on it, separated by commas
};

/// How much is left below each of these folders, least first; one that is not there yet is looked for above
/// it, and what cannot be told, or is empty, is left out.
std::vector<Room> rooms(const std::vector<std::filesystem::path>& folders);

/// Whether one of the disks with these folders has next to no room.
bool is_full(const std::vector<std::filesystem::path>& folders);

/// How a hint begins that tells whoever reads it which disk is full.
constexpr std::string_view room_wanted = "make room ";

/// The same error with a hint that names these folders and what is free there; a disk with plenty of room is
/// left out when there is another one without. An error with such a hint stays as it is: who has given it
/// knew better which folders it is about.
Error with_room_told(const Error& error, const std::vector<std::filesystem::path>& folders);

/// Does a part of a run that writes below `folders`, which are asked for when it has failed. As build_part(),
/// and an error of a program that does not say why it could not write is Unsure too when one of the disks is
/// full.
void write_part(const std::function<std::vector<std::filesystem::path>()>& folders,
                const std::function<void()>& part);

}  // namespace dray::builder
