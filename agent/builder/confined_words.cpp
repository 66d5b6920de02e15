// What `dray-build confined` is told by the one that starts it.
#include "builder/confined_words.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <charconv>
#include <string_view>

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
    std::vector<std::string> rest() {
        std::vector<std::string> all(words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
        next_ = words_.size();
        return all;
    }

  private:
    const std::vector<std::string>& words_;
    std::size_t next_ = 0;
};

}  // namespace

std::vector<std::string> to_words(const ConfinedCommand& command) {
    std::vector<std::string> words{"--user", std::to_string(command.uid), std::to_string(command.gid)};
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
    words.emplace_back("--");
    words.insert(words.end(), command.argv.begin(), command.argv.end());
    return words;
}

ConfinedCommand from_words(const std::vector<std::string>& words) {
    ConfinedCommand command;
    WordReader reader(words);
    while (command.argv.empty()) {
        const std::string& word = reader.word();
        if (word == "--") {
            command.argv = reader.rest();
            if (command.argv.empty()) throw Error(words_attempt, "it is not named");
        } else if (word == "--user") {
            command.uid = reader.number<uid_t>();
            command.gid = reader.number<gid_t>();
        } else if (word == "--network") {
            command.network = true;
        } else if (word == "--processes") {
            command.processes = reader.number<std::int64_t>();
        } else if (word == "--memory") {
            command.memory_mib = reader.number<std::int64_t>();
        } else if (word == "--directory") {
            command.directory = reader.word();
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
