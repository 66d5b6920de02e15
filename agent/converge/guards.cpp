// What guards answer.
#include "converge/guards.h"

#include "host/ledger.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace dray::converge {
namespace {

using recipe::Guard;
using Kind = Guard::Kind;

constexpr std::size_t shown_text = 40;  // a line for a person; the recipe has the whole
constexpr int link_limit = 40;          // as the kernel's; path_resolution(7)

std::string shortened(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text.size() <= shown_text ? text : text.substr(0, shown_text) + "…";
}

/// The guard's subject in words, or with `is` false the opposite.
std::string phrase(const Guard& guard, bool is) {
    switch (guard.kind) {
        case Kind::command:
            break;
        case Kind::exists:
            return (is ? "there is " : "there is no ") + guard.object;
        case Kind::contains:
            return fmt::format("{} {} '{}'", guard.object, is ? "contains" : "does not contain",
                               shortened(guard.text));
        case Kind::installed:
            return guard.object + (is ? " is installed" : " is not installed");
        case Kind::running:
            return guard.object + (is ? " runs" : " does not run");
    }
    return "`" + host::Command{.argv = guard.command}.text() + "` " + (is ? "succeeds" : "fails");
}

/// The content of what is at a path or where its links lead, which have to be root's; nothing when there is
/// no file.
std::optional<std::string> content(const host::Files& files, std::filesystem::path path) {
    for (int links = 0; links <= link_limit; ++links) {
        const auto target = files.read_link(path);
        if (!target) return files.exists(path) ? files.read(path) : std::nullopt;
        const auto status = files.status(path);
        if (status && status->owner != "root")
            throw Error("cannot look into " + path.string(), "it is a symbolic link of user " + status->owner,
                        "dray follows only links that belong to root");
        path = (path.parent_path() / *target).lexically_normal();
    }
    throw Error("cannot look into " + path.string(), "its links go round in a circle");
}

/// Asks one guard that is no command.
class Question {
  public:
    Question(const Guard& guard, const host::Host& host) : guard_(guard), host_(host) {}

    bool answer() const {
        switch (guard_.kind) {
            case Kind::exists:
                return host_.files().exists(guard_.object);
            case Kind::contains:
                return content(host_.files(), guard_.object).value_or("").find(guard_.text) !=
                       std::string::npos;
            case Kind::installed:
                return !host_.apt().installed(guard_.object).empty();
            default:
                return host_.systemd().status(guard_.object).is_active();
        }
    }

    /// What the ledger calls the guard's subject.
    std::string object() const {
        switch (guard_.kind) {
            case Kind::installed:
                return "package " + guard_.object;
            case Kind::running:
                return "running " + guard_.object;
            default:
                return "path " + guard_.object;
        }
    }

    /// Who may yet bring what is not there now. A unit that is not there the systemd seam doubts itself.
    std::vector<std::string> bringers(const host::Ledger& ledger) const {
        switch (guard_.kind) {
            case Kind::installed:
                return ledger.commanders();
            case Kind::running:
                return {};
            default:
                return ledger.unforeseen();
        }
    }

  private:
    const Guard& guard_;
    const host::Host& host_;
};

void leave_open(GuardAnswer& answer, std::vector<host::Doubt> doubts) {
    answer.holds.reset();
    answer.because = host::doubts_text(doubts);
    for (const auto& doubt : doubts)
        answer.until.insert(answer.until.end(), doubt.until.begin(), doubt.until.end());
}

void ask_host(const Guard& guard, const host::Host& host, host::Ledger* ledger, GuardAnswer& answer) {
    const Question question(guard, host);
    const std::size_t doubts_before = ledger != nullptr ? ledger->doubts().size() : 0;
    const bool is = question.answer();
    answer.holds = is == guard.wanted;
    answer.because = phrase(guard, is);
    if (ledger == nullptr) return;
    if (auto doubts = ledger->take_doubts(doubts_before); !doubts.empty())
        return leave_open(answer, std::move(doubts));
    if (const auto story = ledger->story(question.object()); !story.empty()) {
        answer.because += ", as it " + story;
        return;
    }
    auto until = question.bringers(*ledger);
    if (!is && !until.empty())
        leave_open(answer,
                   {{host::Doubt::Weight::state, "whether " + phrase(guard, true), std::move(until)}});
}

void ask_command(const Guard& guard, host::Host& host, host::Ledger* ledger, GuardAnswer& answer) {
    const host::Command command{.argv = guard.command};
    if (ledger != nullptr && !guard.read_only) {
        answer.because = "it is not run in a dry run, as it is not marked read_only";
        return;
    }
    const std::size_t doubts_before = ledger != nullptr ? ledger->doubts().size() : 0;
    const auto result = guard.read_only ? host.queries().run(command) : host.processes().run(command);
    if (ledger != nullptr) ledger->take_doubts(doubts_before);
    if (result.timed_out)
        throw Error("a guard gave no answer: " + command.text(), result.outcome(), "make it faster");
    answer.holds = result.ok() == guard.wanted;
    answer.because = "`" + command.text() + "`: " + result.outcome();
    if (ledger == nullptr) return;
    // The command sees the host as it is, and not what others would have made of it.
    answer.until = ledger->authors();
    std::erase(answer.until, ledger->current());
    if (answer.until.empty()) return;
    answer.holds.reset();
    answer.because =
        fmt::format("unknown until {}; now it is {}", host::listed(answer.until), result.outcome());
}

}  // namespace

GuardAnswer ask(const Guard& guard, host::Host& host, host::Ledger* ledger) {
    GuardAnswer answer{guard.key(), phrase(guard, guard.wanted), {}, {}};
    if (guard.kind == Kind::command)
        ask_command(guard, host, ledger, answer);
    else
        ask_host(guard, host, ledger, answer);
    return answer;
}

}  // namespace dray::converge
