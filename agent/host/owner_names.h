// The names of files' owners, looked up once as long as the accounts stay as they are.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace dray::host {

/// Names by number, for somebody who asks of hundreds of files in a row. A run makes accounts itself, so
/// what was looked up holds only until /etc/passwd or /etc/group is another file than before. Accounts that
/// a name service adds (nsswitch.conf(5)) are asked for again in the next run.
class OwnerNames {
  public:
    /// As host::user_text and host::group_text have it.
    const std::string& user(uid_t uid);
    const std::string& group(gid_t gid);

  private:
    /// The names of one database, and the file that they were in.
    struct Database {
        const char* file;
        std::optional<struct stat> version = {};
        std::chrono::steady_clock::time_point looked_at = {};
        std::map<id_t, std::string> names = {};
    };
    static const std::string& name(Database& database, id_t number, std::string (*look_up)(id_t));
    static void look_at(Database& database);

    Database users_{"/etc/passwd"};
    Database groups_{"/etc/group"};
};

}  // namespace dray::host
