// A file or link that is made beside its final place and moved there whole.
#pragma once

#include "host/descriptor.h"
#include "host/path_walk.h"

#include <string>

namespace dray::host {

/// A new entry `.NAME.dray-XXXXXX` in the folder of `place`; removed again unless `commit` put it in NAME's
/// place. What a killed run left behind there under such a name is removed first: a writer holds a lock
/// (flock(2)) on its file, so nothing that is still being written is taken away.
class Temporary {
  public:
    /// A regular file, mode 0600, open for writing. Throws Error that begins with `attempt`.
    static Temporary file(const Place& place, const std::string& attempt);
    /// A symbolic link.
    static Temporary link(const Place& place, const std::string& target, const std::string& attempt);

    ~Temporary();
    Temporary(Temporary&& other) noexcept;
    Temporary& operator=(Temporary&&) = delete;

    int descriptor() const { return file_.get(); }
    const std::string& name() const { return name_; }

    /// Renames it onto NAME and fsyncs the folder.
    void commit();
    /// Renames it onto NAME, which a power cut may undo.
    void rename();

  private:
    Temporary(const Place& place, const std::string& attempt);
    bool create_file();

    const Place& place_;
    const std::string& attempt_;
    Descriptor folder_;
    Descriptor file_;
    std::string name_;  ///< empty once there is nothing to remove
};

/// A descriptor of the place's folder that fsync(2) accepts, which one opened with O_PATH is not.
Descriptor open_folder(const Place& place, const std::string& attempt);

/// fsync(2). A file system that cannot do that for a folder answers EINVAL, and then there is nothing to be
/// done.
void sync_folder(const Descriptor& folder, const std::string& attempt);

}  // namespace dray::host
