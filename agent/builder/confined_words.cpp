// What `dray-build confined` is told by the one that starts it.
#include "builder/confined_words.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace dray::builder {
namespace {

struct KindName {
    Seen::Kind kind;
    std::string_view name;
    bool has_source;
};

constexpr std::array kind_names{
    KindName{Seen::Kind::system, "--system", true},     KindName{Seen::Kind::readable, "--readable", true},
    KindName{Seen::Kind::writable, "--writable", true}, KindName{Seen::Kind::hidden, "--hidden", false},
    KindName{Seen::Kind::scratch, "--scratch", false},  KindName{Seen::Kind::processes, "--proc", false},
    KindName{Seen::Kind::devices, "--dev", false},
};

constexpr auto words_attempt = "cannot run a confined program";

class WordReader {
  public:
    explicit WordReader(const std::vector<std::string>& words) : words_(words) {}

    bool more() const { return next_ < words_.size(); }
    const std::string& word() {
        if (!more()) throw Error(words_attempt, "a word is missing");
        return words_[next_++];
    }
    template <typename Number>
    Number number() {
        const std::string& text = word();
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size())
            throw Error(words_attempt, fmt::format("{} is no number", text));
        return value;
    }

  private:
    const std::vector<std::string>& words_;
    std::size_t next_ = 0;
};

/// Each ends in a zero byte, which no word of a command or of its environment can have (execve(2)).
std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = text.find('\0');
        if (end == text.npos) throw Error(words_attempt, "the last word has no end");
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return words;
}

}  // namespace

std::string to_text(const ConfinedCommand& command) {
    std::vector<std::string> words{"--user", std::to_string(command.uid), std::to_string(command.gid),
                                   "--starter", std::to_string(command.starter)};
    if (command.network) words.emplace_back("--network");
    if (command.processes > 0) words.insert(words.end(), {"--processes", std::to_string(command.processes)});
    if (command.memory_mib > 0) words.insert(words.end(), {"--memory", std::to_string(command.memory_mib)});
    words.insert(words.end(), {"--directory", command.directory.string()});
    for (const Seen& seen : command.view)
        for (const KindName& one : kind_names)
            if (one.kind == seen.kind) {
                words.emplace_back(one.name);
                if (one.has_source) words.push_back(seen.from.string());
                words.push_back(seen.to.string());
            }
    for (const auto& [name, value] : command.environment)
        words.insert(words.end(), {"--set", name, value});
    std::string text;
    for (const std::string& word : words)
        text.append(word).push_back('\0');
    return text;
}

ConfinedCommand from_text(std::string_view text, std::vector<std::string> argv) {
    ConfinedCommand command;
    command.argv = std::move(argv);
    if (command.argv.empty()) throw Error(words_attempt, "it is not named");
    const std::vector<std::string> words = words_in(text);
    WordReader reader(words);
    while (reader.more()) {
        const std::string& word = reader.word();
        if (word == "--user") {
            command.uid = reader.number<uid_t>();
            command.gid = reader.number<gid_t>();
        } else if (word == "--starter") {
            command.starter = reader.number<pid_t>();
        } else if (word == "--network") {
            command.network = true;
        } else if (word == "--processes") {
            command.processes = reader.number<std::int64_t>();
        } else if (word == "--memory") {
            command.memory_mib = reader.number<std::int64_t>();
        } else if (word == "--directory") {
            command.directory = reader.word();
        } else if (word == "--set") {
            const std::string& name = reader.word();
            command.environment[name] = reader.word();
        } else {
            const KindName* found = nullptr;
            for (const KindName& one : kind_names)
                if (one.name == word) found = &one;
            if (!found) throw Error(words_attempt, fmt::format("{} says nothing", word));
            Seen seen{found->kind, {}, {}};
            if (found->has_source) seen.from = reader.word();
            seen.to = reader.word();
            command.view.push_back(std::move(seen));
        }
    }
    if (command.uid == 0 || command.gid == 0) throw Error(words_attempt, "it would run as root");
    return command;
}

}  // namespace dray::builder
