// What a setting's text may look like.
#include "builder/settings_rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace dray::builder {

bool only(std::string_view text, std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || others.find(c) != others.npos;
    });
}

bool one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

bool is_identity(std::string_view text) {
    const std::size_t open = text.find(" <");
    return one_line(text) && open != text.npos && open > 0 && text.ends_with('>') &&
           text.find('@', open) != text.npos && text.find('<', open + 2) == text.npos &&
           text.find('>') == text.size() - 1;
}

bool is_plain_path(std::string_view text) {
    const std::filesystem::path path(text);
    return path.is_absolute() && path.lexically_normal() == path && one_line(text) &&
           text.find_first_of(" \t'\"\\") == text.npos && !text.ends_with('/');
}

bool is_hideable(std::string_view text) {
    if (!is_plain_path(text)) return false;
    const std::filesystem::path folder = std::filesystem::path(text).parent_path();
    const bool system = text.starts_with("/usr/") || text.starts_with("/dev/") || text.starts_with("/proc/");
    return folder == "/root" || (!system && folder.has_parent_path() && folder.parent_path() != "/");
}

bool is_prefix(std::string_view text) {
    const bool own = text.starts_with("/opt/") || text.starts_with("/srv/");
    return is_plain_path(text) && only(text, "/-_.+") &&
           std::count(text.begin(), text.end(), '/') >= (own ? 2 : 3);
}

bool is_usual_prefix(std::string_view text) {
    // The last ones need a folder of the build host's to be mounted on while a package is made.
    constexpr std::array<std::string_view, 6> parents{"/opt/",       "/srv/",           "/usr/lib/",
                                                      "/usr/share/", "/usr/local/lib/", "/usr/local/share/"};
    // Where hosts look for recipes nothing else is to be.
    return is_prefix(text) && !text.starts_with("/usr/share/dray/") &&
           std::any_of(parents.begin(), parents.end(),
                       [&](std::string_view parent) { return text.starts_with(parent); });
}

bool is_showable(std::string_view text) {
    constexpr std::array<std::string_view, 8> own{"/dev", "/etc", "/proc",    "/run",
                                                  "/sys", "/tmp", "/var/tmp", "/"};
    const bool kernels = text.starts_with("/dev/") || text.starts_with("/proc/") || text.starts_with("/sys/");
    return is_plain_path(text) && !kernels && std::find(own.begin(), own.end(), text) == own.end();
}

bool is_branch(std::string_view text) {
    return only(text, "/-_.") && text.find("..") == text.npos && text.front() != '-';
}

bool is_package(std::string_view text) {
    return text.size() >= 2 && std::isalnum(static_cast<unsigned char>(text.front())) && only(text, "+-.") &&
           std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_distribution(std::string_view text) {
    return only(text, "-_.") && std::isalnum(static_cast<unsigned char>(text.front())) &&
           std::isalnum(static_cast<unsigned char>(text.back()));
}

bool is_relative(std::string_view text) {
    const std::filesystem::path path = std::filesystem::path(text).lexically_normal();
    return !text.empty() && path.is_relative() && *path.begin() != ".." && one_line(text);
}

bool is_web_url(std::string_view text) {
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    return scheme > 0 && text.size() > scheme && text[scheme] != '/' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; }) &&
           text.find_first_of("@?#\"\\") == text.npos;
}

bool is_key(std::string_view text) {
    return text.size() >= 16 && std::all_of(text.begin(), text.end(), [](char c) {
               return std::isxdigit(static_cast<unsigned char>(c)) != 0;
           });
}

bool is_user(std::string_view text) {
    return only(text, "-_") && text.size() <= 32 && !std::isdigit(static_cast<unsigned char>(text.front())) &&
           text.front() != '-';
}

bool is_codename(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string_view distribution_of(std::string_view codename) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> releases{
        {{"bookworm", "debian"}, {"trixie", "debian"}, {"noble", "ubuntu"}}};
    for (const auto& [release, distribution] : releases)
        if (release == codename) return distribution;
    return {};
}

}  // namespace dray::builder
