// What users of Chef, Puppet and Ansible write first, and what a recipe calls it.
#include "recipe/other_words.h"

#include "suggestion.h"

#include <algorithm>
#include <array>

namespace dray::recipe {
namespace {

struct Word {
    std::string_view theirs;
    std::string_view hint;
};

constexpr std::string_view on_the_target =
    "it is said by the resource that is to act: restart_when_changed or reload_when_changed of a service, "
    "when_changed of an execute";
constexpr std::string_view as_state =
    "write state = \"present\" or \"absent\"; a service has running and enabled";
constexpr std::string_view as_condition = "write only_if or not_if, or only_on for facts and attributes";
constexpr std::string_view as_name = "the path is the resource's name";
constexpr std::string_view as_name_of_key = "write it as the resource's name";

constexpr std::array<Word, 37> keys = {{
    {"action", as_state},
    {"become_user", "write user"},
    {"become", "write user"},
    {"chdir", "write cwd"},
    {"cmd", "write command"},
    {"contains", "write body; for values of a JSON body there is json"},
    {"depends_on", "write requires"},
    {"dest", as_name},
    {"ensure", as_state},
    {"env", "write environment"},
    {"environ", "write environment"},
    {"handler", on_the_target},
    {"if", as_condition},
    {"ignore_failure", "write on_failure = \"ignore\""},
    {"ignore_errors", "write on_failure = \"ignore\""},
    {"loop", "write for_each = \"attribute.…\""},
    {"notifies", on_the_target},
    {"notify", on_the_target},
    {"onlyif", "write only_if"},
    {"path", as_name},
    {"perms", "write mode"},
    {"permissions", "write mode"},
    {"pkg", as_name_of_key},
    {"recurse", "write recursive = true"},
    {"require", "write requires"},
    {"retries", "write within and interval"},
    {"special_time", "write schedule = \"daily\""},
    {"src", "write source"},
    {"state", "a service has running and enabled, true or false"},
    {"subscribe", on_the_target},
    {"subscribes", on_the_target},
    {"to", "write target"},
    {"unless", "write not_if"},
    {"url", as_name_of_key},
    {"variables", "a template has all attributes, as {{attribute.…}}"},
    {"when", as_condition},
    {"with_items", "write for_each = \"attribute.…\""},
}};

constexpr std::array<Word, 39> types = {{
    {"apt", "a package is a 'package', its repository an 'apt_source'"},
    {"apt_key", "the key is signed_by of an 'apt_source'"},
    {"apt_package", "it is a 'package' here"},
    {"apt_preference", "it is an 'apt_pin' here"},
    {"apt_repository", "it is an 'apt_source' here"},
    {"apt_update", "leave it out: 'package' sees to it"},
    {"authorized_key", "they are authorized_keys of a 'user'"},
    {"bash", "it is an 'execute' with shell = true here"},
    {"blockinfile", "it is a 'line' here, one for each line"},
    {"command", "it is an 'execute' here"},
    {"cookbook_file", "it is a 'file' with source here"},
    {"copy", "it is a 'file' with source here"},
    {"cron", "it is a 'timer' here"},
    {"deb822_repository", "it is an 'apt_source' here"},
    {"dpkg_package", "it is a 'package' here, from a signed repository"},
    {"exec", "it is an 'execute' here"},
    {"file_line", "it is a 'line' here"},
    {"folder", "it is a 'directory' here"},
    {"get_url", "there is none: what a host gets comes in packages of a signed repository"},
    {"include_recipe", "write includes = [\"…\"] under [recipe]"},
    {"lineinfile", "it is a 'line' here"},
    {"postgresql_db", "it is a 'postgresql_database' here"},
    {"postgresql_user", "it is a 'postgresql_role' here"},
    {"remote_directory", "it is a 'directory' with source here"},
    {"remote_file", "there is none: what a host gets comes in packages of a signed repository"},
    {"ruby_block", "it is an 'execute' here"},
    {"script", "it is an 'execute' here"},
    {"shell", "it is an 'execute' with shell = true here"},
    {"symlink", "it is a 'link' here"},
    {"systemd", "there are 'unit', 'service' and 'timer'"},
    {"systemd_service", "it is a 'service' here"},
    {"systemd_unit", "it is a 'unit' here"},
    {"uri", "it is an 'http_check' here"},
    {"wait_for", "it is a 'tcp_check' here"},
    {"health_check", "there are 'http_check' and 'tcp_check'"},
    {"check", "there are 'http_check' and 'tcp_check'"},
    {"deb", "it is a 'package' here"},
    {"database", "it is a 'postgresql_database' here"},
    {"role", "it is a 'postgresql_role' here"},
}};

template <std::size_t size>
std::string hint_for(const std::array<Word, size>& words, std::string_view word,
                     const std::vector<std::string>& known) {
    const auto found = std::ranges::find(words, word, &Word::theirs);
    return found != words.end() ? std::string(found->hint) : did_you_mean(word, known);
}

}  // namespace

std::string hint_for_key(std::string_view key, const std::vector<std::string>& known) {
    return hint_for(keys, key, known);
}

std::string hint_for_type(std::string_view type, const std::vector<std::string>& known) {
    return hint_for(types, type, known);
}

}  // namespace dray::recipe
