// Why the short way cannot be taken to a repository.
#include "apt_helper/obstacles.h"

#include "apt_helper/acquire_log.h"
#include "apt_helper/library.h"

#include <apt-pkg/configuration.h>
#include <apt-pkg/fileutl.h>
#include <apt-pkg/netrc.h>
#include <apt-pkg/srvrec.h>
#include <apt-pkg/strutl.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace dray::apt_helper {
namespace {

namespace fs = std::filesystem;
using Item = Configuration::Item;

// apt looks for records of the service's name, whatever the port in the URI.
constexpr int http_port = 80;
constexpr int https_port = 443;

/// Options under Acquire that say what is fetched, kept or accepted, and not how an InRelease file is asked
/// for. Source: apt.conf(5), "THE ACQUIRE GROUP".
constexpr std::string_view known_options[] = {
    "allowdowngradetoinsecurerepositories",
    "allowinsecurerepositories",
    "allowreleaseinfochange",
    "allowweakrepositories",
    "by-hash",
    "cdrom",
    "changelogs",
    "check-date",
    "check-valid-until",
    "compressiontypes",
    "enablesrvrecords",
    "forcehash",
    "gzipindexes",
    "indextargets",
    "languages",
    "max-default-age",
    "max-futuretime",
    "max-validtime",
    "min-validtime",
    "pdiffs",
    "queue-mode",
    "retries",
    "snapshots",
    "source-symlinks",
};

/// The same under Acquire::http and Acquire::https. Source: apt-transport-http(1), apt-transport-https(1).
constexpr std::string_view known_transport_options[] = {
    "allowredirect", "connectionattemptdelaymsec", "dl-limit", "no-store", "pipeline-depth", "sendaccept",
    "timeout",
};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char byte) { return static_cast<char>(std::tolower(byte)); });
    return text;
}

template <std::size_t Size>
bool is_one_of(const std::string& tag, const std::string_view (&known)[Size]) {
    return std::ranges::find(known, lower(tag)) != std::end(known);
}

/// Whether nothing is said by the option and those below it.
bool is_empty(const Item* item) {
    if (!item->Value.empty()) return false;
    for (const Item* child = item->Child; child != nullptr; child = child->Next)
        if (!is_empty(child)) return false;
    return true;
}

bool is_direct(const Item* item) {
    if (!item->Value.empty() && item->Value != "DIRECT") return false;
    for (const Item* child = item->Child; child != nullptr; child = child->Next)
        if (!is_direct(child)) return false;
    return true;
}

std::string option_obstacle(const Item* item) {
    return "the short way does not know the option " + item->FullTag();
}

std::string transport_obstacle(const Item* transport) {
    for (const Item* option = transport->Child; option != nullptr; option = option->Next) {
        if (is_empty(option) || is_one_of(option->Tag, known_transport_options)) continue;
        if (lower(option->Tag) == "proxy" && is_direct(option)) continue;
        return option_obstacle(option);
    }
    return {};
}

std::string acquire_obstacle() {
    const Item* const acquire = _config->Tree("Acquire");
    if (acquire == nullptr) return {};
    for (const Item* option = acquire->Child; option != nullptr; option = option->Next) {
        if (is_empty(option) || is_one_of(option->Tag, known_options)) continue;
        const auto tag = lower(option->Tag);
        const auto found =
            tag == "http" || tag == "https" ? transport_obstacle(option) : option_obstacle(option);
        if (!found.empty()) return found;
    }
    return {};
}

/// A file that apt.conf.d includes is watched by nobody. The word may stand behind others, and apt undoes
/// quotes and %XX before it looks; one in a comment costs no more than the short way. Source: apt's
/// configuration.cc.
bool includes_others(const fs::path& path) {
    std::ostringstream content;  // stays empty when it is a folder
    content << std::ifstream(path).rdbuf();
    std::string text = content.str();
    std::erase(text, '"');
    return lower(DeQuoteString(text)).find("#include") != std::string::npos;
}

std::string include_obstacle() {
    std::vector<fs::path> files = {_config->FindFile("Dir::Etc::main")};
    if (const char* const own = std::getenv("APT_CONFIG")) files.emplace_back(own);
    std::error_code ignored;  // a folder that is not there holds no files
    for (const auto& entry : fs::directory_iterator(_config->FindDir("Dir::Etc::parts"), ignored))
        files.push_back(entry.path());
    for (const auto& file : files)
        if (includes_others(file)) return file.string() + " includes other files";
    return {};
}

/// Puts into `uri` the name and password that a file of apt_auth.conf(5) has for it.
void look_up_password(const fs::path& file, ::URI& uri) {
    if (!fs::exists(file)) return;
    FileFd passwords;
    if (passwords.Open(file, FileFd::ReadOnly)) MaybeAddAuth(passwords, uri);
}

/// Whether apt would ask other servers than the one that the URI names. Source: apt's connect.cc.
bool has_srv_records(const ::URI& uri) {
    std::vector<SrvRec> records;
    const bool found = GetSrvRecords(uri.Host, uri.Access == "https" ? https_port : http_port, records);
    silent_errors();  // a name server that does not answer gives apt no records either
    return found && !records.empty();
}

}  // namespace

std::string configuration_obstacle() {
    for (const char* const name : {"http_proxy", "https_proxy", "all_proxy"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr && *value != '\0') return fmt::format("the environment has a proxy ({})", name);
    }
    const Item* const hooks = _config->Tree("APT::Update::Pre-Invoke");
    if (hooks != nullptr && !is_empty(hooks)) return "there is a hook, APT::Update::Pre-Invoke";
    const auto included = include_obstacle();
    return included.empty() ? acquire_obstacle() : included;
}

std::string uri_obstacle(const std::string& text) {
    ::URI uri(text);
    if (uri.Access != "http" && uri.Access != "https")
        return fmt::format("the short way does not know the method {}: of {}", uri.Access, public_uri(text));
    look_up_password(_config->FindFile("Dir::Etc::netrc"), uri);
    for (const auto& file : GetListOfFilesInDir(_config->FindDir("Dir::Etc::netrcparts"), "conf", true, true))
        look_up_password(file, uri);
    take_errors();  // of files that cannot be read, which apt's methods pass over too
    if (_config->FindB("Acquire::EnableSrvRecords", true) && has_srv_records(uri))
        return fmt::format("the short way does not follow the SRV records of {}", uri.Host);
    if (!uri.User.empty() || !uri.Password.empty()) return public_uri(text) + " is asked with a password";
    return {};
}

}  // namespace dray::apt_helper
