// dray-migrate: a migration's command, run while a PostgreSQL advisory lock is held. Of the unit that it runs
// in it is the first process, so that the lock lasts as long as the migration, whatever becomes of dray.
#include "error.h"
#include "migration/database_uri.h"
#include "migration/migration_lock.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

namespace dray::migration {
namespace {

constexpr int exit_usage = 64;  // sysexits.h
constexpr int exit_no_lock = 75;
constexpr int signalled = 128;

int run(char* const* command) {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) throw Error::system("cannot open /dev/null", errno);
    pid_t pid = -1;
    if (const int code = ::posix_spawn(&pid, command[0], nullptr, nullptr, command, environ); code != 0)
        throw Error::system(std::string("cannot start ") + command[0], code);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) throw Error::system("cannot wait for the migration", errno);
    return WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status);
}

int migrate(const std::string& package, char* const* command) {
    const std::string uri(std::istreambuf_iterator<char>(std::cin), {});
    std::map<std::string, std::string> database;
    try {
        database = connection_environment(uri);
    } catch (const Error& error) {
        throw error.during(lock_attempt);
    }
    MigrationLock lock(lock_number(package), database, [&](const std::string& holder) {
        std::cout << "waiting for the migration of " << package << " by " << holder << std::endl;
    });
    const int code = run(command);
    if (!lock.is_held())
        std::cerr
            << "the connection that held the lock was lost meanwhile: another host may have migrated at the "
               "same time"
            << std::endl;
    return code;
}

}  // namespace
}  // namespace dray::migration

/// dray-migrate PACKAGE COMMAND [ARGUMENT…], with the database's URI on standard input.
int main(int count, char** words) {
    if (count < 3) {
        std::cerr << "dray-migrate is started by dray: dray-migrate PACKAGE COMMAND [ARGUMENT…] <URI"
                  << std::endl;
        return dray::migration::exit_usage;
    }
    try {
        return dray::migration::migrate(words[1], words + 2);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return dray::migration::exit_no_lock;
    }
}
