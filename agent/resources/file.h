// The resource types `file` and `template`.
#pragma once

#include "recipe/schema.h"
#include "resources/managed_file.h"
#include "resources/resource.h"

#include <string>
#include <vector>

namespace dray::resources {

/// A regular file with a content that stands in the recipe or beside it, or that a template makes.
class File final : public Resource {
  public:
    static const recipe::Schema schema;           ///< `file`
    static const recipe::Schema template_schema;  ///< `template`

    /// Throws Error when not exactly one of content and source is given.
    explicit File(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override { return file_.inspect(host); }
    State wanted(const host::Host& host) const override { return file_.wanted(host); }
    void apply(host::Host& host, const State& now, const Progress&) override {
        if (file_.apply(host, now)) notes_ = file_.replacement.notes();
    }
    std::vector<std::string> notes() const override { return notes_; }
    std::vector<std::filesystem::path> paths() const override { return {file_.path}; }

  private:
    ManagedFile file_;
    std::vector<std::string> notes_;
};

}  // namespace dray::resources
