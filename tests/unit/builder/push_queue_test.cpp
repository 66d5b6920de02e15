// Unit tests of what a build host remembers of pushes, and of files that are damaged.
#include "builder/push_queue.h"

#include "builder/scratch.h"
#include "builder/unsure.h"
#include "files.h"

#include <doctest/doctest.h>

using namespace dray;
using namespace dray::builder;
using dray::test::content;
using dray::test::no_commit;
using dray::test::write;
namespace fs = std::filesystem;

namespace {

/// A push by its hash, of one letter.
Push letter(char hash) {
    return {.before = no_commit, .after = std::string(40, hash)};
}

/// The state of a repository, and the letters of the pushes that wait in it.
struct QueueState {
    Scratch folder;
    host::SystemFiles files;
    PushQueue queue{files, folder.path()};
    fs::path file = folder.path() / "pushes.json";

    std::string waiting() const {
        std::string letters;
        for (const Push& push : queue.all())
            letters += push.after.front();
        return letters;
    }
};

}  // namespace

TEST_CASE("pushes wait in the order in which they came, each tip once") {
    QueueState state;
    for (const char hash : {'a', 'b', 'c', 'a'})
        state.queue.add(letter(hash));
    CHECK(state.waiting() == "bca");
    Push again = letter('b');
    again.attempts = 2;
    state.queue.settle(again.after, again);
    state.queue.settle(letter('c').after, {});
    CHECK(state.waiting() == "ba");
    CHECK(state.queue.all().front().attempts == 2);
}

TEST_CASE("what is asked for takes no place behind a push that may be newer") {
    QueueState state;
    for (const char hash : {'a', 'b', 'c'})
        state.queue.add(letter(hash));
    for (const char hash : {'b', 'd'}) {
        Push again = letter(hash);
        again.asked_for = true;
        state.queue.ask_for(again);
    }
    CHECK(state.waiting() == "dabc");
    CHECK(state.queue.all().front().asked_for);
    CHECK(state.queue.all()[2].asked_for);
}

TEST_CASE("what is no push in the queue is set aside and said once, and the pushes still wait") {
    for (const std::string line :
         {"{\"before\": \"", "[]", "{}", "{\"after\": 3}", "{\"after\": \"master\"}",
          "{\"after\": \"dddddddddddddddddddddddddddddddddddddddd\", \"attempts\": \"two\"}"}) {
        CAPTURE(line);
        QueueState state;
        state.queue.add(letter('a'));
        const std::string damaged = line + "\n" + content(state.file);
        write(state.file, damaged);
        // Neither is lost by a push that comes before anybody has looked.
        state.queue.add(letter('b'));
        CHECK_THROWS_WITH_AS(state.waiting(), doctest::Contains("this is no push: "), Unsure);
        CHECK(content(state.file.string() + ".broken").starts_with(damaged));
        CHECK(state.waiting() == "ab");
    }
}

TEST_CASE("what is no result in the history is left out") {
    QueueState state;
    const fs::path folder = state.folder.path() / "repository/history";
    History history(state.files, folder);
    history.add({.run = "one", .commit = "a", .result = "released", .version = {}, .text = {}});
    write(folder / "history.jsonl", "{\"run\": 1}\n{\"ru\n[]\n" + content(folder / "history.jsonl"));
    history.add({.run = "two", .commit = "b", .result = "failed", .version = {}, .text = {}});
    CHECK(history.all().size() == 2);
    CHECK(history.of("b")->run == "two");
    CHECK(named_runs(state.files, state.folder.path()) == std::set<std::string>{"one", "two"});
}
