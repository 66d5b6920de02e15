// What a dry run knows of its own making: who would have made what, and what nobody can foresee.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dray::host {

/// Something that an answer of a dry run rests on and that nobody can know before the run is made.
struct Doubt {
    enum class Weight {
        condition,  ///< what is said holds if the answer is the likely one
        state,      ///< nothing can be said of what there will be
    };
    Weight weight = Weight::condition;
    std::string question;            ///< "whether there is a unit nginx.service"
    std::vector<std::string> until;  ///< who decides it: "package[nginx]"
};

/// "unknown until package[nginx]: whether there is a unit nginx.service"; questions for the same authors
/// stand together.
std::string doubts_text(const std::vector<Doubt>& doubts);

/// "a", "a and b", "a, b and c", "a, b, c and 4 others".
std::string listed(const std::vector<std::string>& names);

/// The record that the overlays of one dry run share. An author is a resource: "file[/etc/x]". An object is
/// whatever the overlays call it, one word for its kind and its name: "path /etc/x", "unit nginx.service".
class Ledger {
  public:
    /// What happens from now on is this author's work, and doubts are about it.
    void begin(std::string author);
    /// The author that `begin` has named last.
    const std::string& current() const { return current_; }

    /// The current author would do something to an object: "created", "started".
    void note(const std::string& object, std::string_view deed);
    /// "would be created by file[/etc/x]"; "" when nobody would touch the object.
    std::string story(const std::string& object) const;
    /// Who was the last to touch it; "" when nobody was.
    std::string author(const std::string& object) const;
    /// Everybody who would change anything, in order.
    const std::vector<std::string>& authors() const { return authors_; }

    /// The current author would do what cannot be foreseen: run a command.
    void bring_unknown();
    /// The current author would change packages, which is foreseen, but what they bring is not.
    void bring_packages();
    /// All others who would do one of these, in order.
    std::vector<std::string> unforeseen() const { return others(unforeseen_); }
    /// All others who would run commands, in order.
    std::vector<std::string> commanders() const { return others(commanders_); }

    /// The current author would change what servers answer: start or restart a service, say.
    void disturb();
    /// All others who would, and those whose doings cannot be foreseen, in order.
    std::vector<std::string> disturbers() const { return others(disturbers_); }

    /// Whether this author does anything at all is not known.
    void mark_uncertain(const std::string& author) { uncertain_.insert(author); }
    bool uncertain(const std::string& author) const { return uncertain_.contains(author); }

    /// Notes a doubt about the current author's answer, once.
    void doubt(Doubt doubt);
    /// Takes back the doubts after the first `kept` ones, for who deals with them himself.
    std::vector<Doubt> take_doubts(std::size_t kept);
    /// The doubts since `begin`.
    const std::vector<Doubt>& doubts() const { return doubts_; }

  private:
    struct Deed {
        std::string author;
        std::string deed;
    };

    std::vector<std::string> others(const std::vector<std::string>& authors) const;

    std::string current_;
    std::map<std::string, Deed> deeds_;
    std::vector<std::string> authors_;
    std::vector<std::string> unforeseen_;
    std::vector<std::string> commanders_;
    std::vector<std::string> disturbers_;
    std::set<std::string> uncertain_;
    std::vector<Doubt> doubts_;
};

}  // namespace dray::host
