// Room on the disks that a run writes to.
#include "builder/room.h"

#include "builder/unsure.h"

#include <spdlog/fmt/fmt.h>

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;
namespace {

constexpr double megabyte = 1e6;
constexpr std::uintmax_t plenty = 1'000'000'000;  // a disk with so much is not meant while another has less
// The piece that did not fit is often removed again by who wrote it.
constexpr std::uintmax_t full_below = 1u << 20;

}  // namespace

std::vector<Room> rooms(const std::vector<fs::path>& folders) {
    std::map<dev_t, Room> disks;
    for (const fs::path& folder : folders) {
        if (!folder.is_absolute()) continue;
        fs::path there = folder;
        std::error_code error;
        while (!fs::exists(there, error) && there.has_relative_path())
            there = there.parent_path();
        const fs::space_info space = fs::space(there, error);
        struct stat status {};
        // Some file systems in user space have no numbers at all.
        if (error || space.capacity == 0 || ::stat(there.c_str(), &status) != 0) continue;
        Room& disk = disks[status.st_dev];
        disk.bytes = space.available;
        disk.folders += (disk.folders.empty() ? "" : ", ") + folder.string();
    }
    std::vector<Room> all;
    for (auto& [device, room] : disks)
        all.push_back(std::move(room));
    std::stable_sort(all.begin(), all.end(), [](const Room& a, const Room& b) { return a.bytes < b.bytes; });
    return all;
}

bool is_full(const std::vector<fs::path>& folders) {
    const std::vector<Room> all = rooms(folders);
    return !all.empty() && all.front().bytes < full_below;
}

Error with_room_told(const Error& error, const std::vector<fs::path>& folders) {
    if (error.parts().hint.starts_with(room_wanted)) return error;
    std::vector<Room> all = rooms(folders);
    if (!all.empty() && all.front().bytes < plenty)
        std::erase_if(all, [](const Room& room) { return room.bytes >= plenty; });
    std::vector<std::string> free;
    for (const Room& room : all)
        free.push_back(
            fmt::format("{:.1f} MB in {}", static_cast<double>(room.bytes) / megabyte, room.folders));
    Error::Parts parts = error.parts();
    const std::string before = parts.hint.empty() ? "" : "; " + parts.hint;
    parts.hint =
        fmt::format("{}and do the same again; free are {}{}", room_wanted, fmt::join(free, ", "), before);
    return Error(parts);
}

void write_part(const std::function<std::vector<fs::path>()>& folders, const std::function<void()>& part) {
    try {
        build_part(part);
    } catch (const Certain&) {
        throw;
    } catch (const Unsure& error) {
        if (!tells_of_full_disk(error) && !is_full(folders())) throw;
        throw Unsure(with_room_told(error, folders()));
    } catch (const Error& error) {
        if (!is_full(folders())) throw;
        throw Unsure(with_room_told(error, folders()));
    }
}

}  // namespace dray::builder
