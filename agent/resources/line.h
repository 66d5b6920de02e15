// The resource type `line`.
#pragma once

#include "recipe/schema.h"
#include "resources/line_edit.h"
#include "resources/replacement.h"
#include "resources/resource.h"

namespace dray::resources {

/// One line in a file that somebody else owns: owner, mode and all other bytes of the file stay.
class Line final : public Resource {
  public:
    static const recipe::Schema schema;
    /// Throws Error for a line that is more than one, an expression that is none, and a wish for nothing.
    explicit Line(const recipe::Properties& properties);

    State inspect(const host::Host& host) const override;
    /// Throws Error when the file is missing and not to be made, and when there is no place for the line.
    State wanted(const host::Host& host) const override;
    void apply(host::Host& host, const State& now, const Progress& progress) override;
    std::vector<std::string> notes() const override { return replacement_.notes(); }
    std::vector<std::filesystem::path> paths() const override { return {path_}; }

  private:
    /// Nothing when there is no such file. Throws Error when something else is at the path.
    std::optional<std::string> read(const host::Host& host) const;

    State state_of(std::string content, bool unchecked) const;

    std::filesystem::path path_;
    LineEdit edit_;
    bool create_;
    bool secret_;  ///< there is a secret in the line
    Replacement replacement_;
};

}  // namespace dray::resources
