// Mustache templates, strict: a name without a value is an error, and nothing is escaped for HTML.
#pragma once

#include "error.h"
#include "recipe/scope.h"
#include "value.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dray::recipe {

/// The release in a Debian version: without epoch, Debian revision and what follows a "+" or "~":
/// "1:26.11.3+deb12-1" is release "26.11.3". Source: Debian Policy 5.6.12.
std::string release_of(std::string_view debian_version);

/// A text whose tags have been replaced.
struct Rendered {
    std::string text;
    /// The names of the secrets in it: where it may go has to be asked for each. Empty for all other texts.
    std::vector<std::string> secrets = {};
};

/// Renders texts in one scope. Source of the language: mustache(5); no partials, no escaping, names dotted.
class Renderer {
  public:
    explicit Renderer(Scope scope);
    ~Renderer();
    Renderer(Renderer&&) noexcept;
    Renderer& operator=(Renderer&&) noexcept;

    /// The text with its tags replaced. `start` is where the text's first line stands, `item` what {{item}}
    /// stands for. Throws Error with the tag's own file and line for a name without a value, a list or table
    /// printed as a text, for broken syntax, and for sections that would go on for ever; of several the
    /// first.
    /// A secret is resolved by the scope; without a way to do so, "(secret)" stands for it.
    Rendered render(std::string_view text, const Location& start, const Value* item = nullptr) const;

    /// The same for a text that is shown: throws Error too when it names a secret.
    std::string render_shown(std::string_view text, const Location& start, const Value* item = nullptr) const;

    /// The value of a secret, or "(secret)".
    std::string reveal(const SecretReference& reference) const;

    /// The value of a dotted name: "attribute.sites", "fact.os.codename", "item.port". Throws Error when it
    /// has none.
    const Value& value(std::string_view name, const Value* item = nullptr) const;

    class Data;

  private:
    std::unique_ptr<Data> data_;
};

/// The packages whose versions a text asks for; they are known only once the run has come that far.
std::vector<std::string> packages_named(std::string_view text);

}  // namespace dray::recipe
