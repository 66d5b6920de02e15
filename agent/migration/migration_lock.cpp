// A PostgreSQL advisory lock.
#include "migration/migration_lock.h"

#include "digest.h"
#include "error.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <vector>

namespace dray::migration {
namespace {

struct Pipe {
    host::Descriptor reading;
    host::Descriptor writing;

    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Error::system(lock_attempt, errno);
        reading.reset(ends[0]);
        writing.reset(ends[1]);
    }
};

class FileActions {
  public:
    FileActions() { ::posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    void put(const host::Descriptor& from, int to) {
        ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to);
    }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

/// This process's environment, with more in it.
std::vector<std::string> with(const std::map<std::string, std::string>& more) {
    std::vector<std::string> lines;
    for (char** line = environ; *line != nullptr; ++line) {
        const std::string_view text = *line;
        if (!more.contains(std::string(text.substr(0, text.find('='))))) lines.emplace_back(text);
    }
    for (const auto& [name, value] : more)
        lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

std::int64_t lock_number(std::string_view package) {
    const auto digest = sha256("dray migration of " + std::string(package));
    std::uint64_t number = 0;
    std::from_chars(digest.data(), digest.data() + 16, number, 16);
    return static_cast<std::int64_t>(number);
}

MigrationLock::MigrationLock(std::int64_t number, const std::map<std::string, std::string>& environment,
                             const std::function<void(const std::string& holder)>& waits) {
    Pipe to;
    Pipe from;
    FileActions actions;
    actions.put(to.reading, STDIN_FILENO);
    actions.put(from.writing, STDOUT_FILENO);
    std::vector<std::string> words = {"psql", "-XAtqw", "-v", "ON_ERROR_STOP=1"};
    auto variables = with(environment);
    const int code = ::posix_spawnp(&pid_, "psql", actions.get(), nullptr, pointers(words).data(),
                                    pointers(variables).data());
    if (code != 0)
        throw Error(lock_attempt, Error::system("psql", code).parts().cause, "install postgresql-client");
    ::signal(SIGPIPE, SIG_IGN);  // that psql has ended is told by what it does not answer
    input_.reset(::fdopen(to.writing.release(), "w"));
    output_.reset(::fdopen(from.reading.release(), "r"));
    to.reading.reset();
    from.writing.reset();
    const auto text = std::to_string(number);
    if (ask("SELECT pg_try_advisory_lock(" + text + ");") == "t") return;
    // The holder of a lock of 64 bits. Source: PostgreSQL, "pg_locks".
    const auto holder = ask(
        "SELECT coalesce((SELECT coalesce(host(client_addr), 'this host') || ' since ' || "
        "date_trunc('second', backend_start) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype "
        "= 'advisory' AND granted AND objsubid = 1 AND ((classid::bigint << 32) | objid::bigint) = " +
        text + " LIMIT 1), 'somebody');");
    if (waits) waits(holder);
    ask("SELECT pg_advisory_lock(" + text + ")::text || 'locked';");
}

MigrationLock::~MigrationLock() {
    input_.reset();  // psql ends with its input
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

bool MigrationLock::is_held() {
    try {
        return ask("SELECT 'here';") == "here";
    } catch (const Error&) {
        return false;
    }
}

std::string MigrationLock::ask(const std::string& line) {
    std::fputs((line + "\n").c_str(), input_.get());
    std::fflush(input_.get());
    std::string answer;
    for (int c = std::fgetc(output_.get()); c != '\n'; c = std::fgetc(output_.get())) {
        if (c == EOF) throw Error(lock_attempt, "psql has ended", "what it said stands above");
        answer += static_cast<char>(c);
    }
    return answer;
}

}  // namespace dray::migration
