// Which Debian packages took part in a build.
#include "builder/build_depends.h"

#include "builder/apt_index.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <deque>
#include <set>
#include <sstream>
#include <utility>

namespace dray::builder {
namespace {

constexpr auto asked_of_dpkg =
    "Package: ${Package}\nStatus: ${Status}\nVersion: ${Version}\nArchitecture: ${Architecture}\n"
    "Essential: ${Essential}\nProvides: ${Provides}\nPre-Depends: ${Pre-Depends}\nDepends: ${Depends}\n\n";

/// A package that is depended on: its name, and the architecture it has to be of, "" for any.
using Needed = std::pair<std::string, std::string>;

struct InstalledPackage {
    std::string version;
    std::string architecture;
    std::vector<Needed> depends;  ///< of all alternatives
};

/// The names in a relation (Debian Policy 7.1), of all alternatives.
std::vector<Needed> names_in(const std::string& relation) {
    std::vector<Needed> names;
    std::string clause;
    const auto end = [&] {
        const std::size_t begin = clause.find_first_not_of(" \t\n");
        if (begin != clause.npos) {
            std::string name = clause.substr(begin, clause.find_first_of(" \t\n([<", begin) - begin);
            std::string architecture;
            if (const std::size_t colon = name.find(':'); colon != name.npos) {
                architecture = name.substr(colon + 1);
                name.erase(colon);
            }
            if (architecture == "any" || architecture == "native" || architecture == "all")
                architecture.clear();
            names.emplace_back(std::move(name), std::move(architecture));
        }
        clause.clear();
    };
    for (const char c : relation) {
        if (c == ',' || c == '|')
            end();
        else
            clause += c;
    }
    end();
    return names;
}

/// What dpkg has on record, as far as it matters here.
struct Installed {
    std::map<std::string, std::vector<InstalledPackage>> packages;
    std::map<std::string, std::vector<Needed>> providers;
    std::vector<Needed> essential;

    explicit Installed(std::string_view status) {
        for (const std::string_view paragraph : parse_stanzas(status)) {
            auto fields = paragraph_fields(paragraph);
            if (!fields["Status"].ends_with(" ok installed")) continue;
            const std::string& name = fields["Package"];
            InstalledPackage package{fields["Version"], fields["Architecture"], names_in(fields["Depends"])};
            for (Needed& more : names_in(fields["Pre-Depends"]))
                package.depends.push_back(std::move(more));
            for (const Needed& provided : names_in(fields["Provides"]))
                providers[provided.first].emplace_back(name, package.architecture);
            if (fields["Essential"] == "yes") essential.emplace_back(name, "");
            packages[name].push_back(std::move(package));
        }
    }

    /// The package that is meant; nothing when it is not installed.
    const InstalledPackage* find(const Needed& needed, const std::string& native) const {
        const auto found = packages.find(needed.first);
        if (found == packages.end()) return nullptr;
        const auto of = [&](const std::string& architecture) -> const InstalledPackage* {
            for (const InstalledPackage& one : found->second)
                if (one.architecture == architecture) return &one;
            return nullptr;
        };
        if (!needed.second.empty()) return of(needed.second);
        for (const std::string& architecture : {native, std::string("all")})
            if (const InstalledPackage* package = of(architecture)) return package;
        return &found->second.front();
    }
};

}  // namespace

std::map<std::string, std::string> paragraph_fields(std::string_view paragraph) {
    std::map<std::string, std::string> fields;
    std::string* last = nullptr;
    std::istringstream lines{std::string(paragraph)};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(' ') || line.starts_with('\t')) {
            if (last) *last += '\n' + line;
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == line.npos) continue;
        last = &fields[line.substr(0, colon)];
        const std::size_t begin = line.find_first_not_of(' ', colon + 1);
        *last = begin == line.npos ? std::string() : line.substr(begin);
    }
    return fields;
}

std::vector<std::string> installed_build_depends(std::string_view installed,
                                                 const std::vector<std::string>& wanted,
                                                 const std::string& native) {
    const Installed known(installed);
    std::deque<Needed> left(known.essential.begin(), known.essential.end());
    for (const std::string& name : wanted)
        left.emplace_back(name, "");
    std::set<Needed> seen;
    std::set<std::string> found;
    for (; !left.empty(); left.pop_front()) {
        const Needed needed = left.front();
        if (!seen.insert(needed).second) continue;
        const InstalledPackage* package = known.find(needed, native);
        if (!package) {
            // A virtual package, of which any provider may have been used; or an alternative that was not.
            if (const auto providers = known.providers.find(needed.first); providers != known.providers.end())
                left.insert(left.end(), providers->second.begin(), providers->second.end());
            continue;
        }
        const bool foreign = package->architecture != native && package->architecture != "all";
        found.insert(fmt::format("{}{}{} (= {})", needed.first, foreign ? ":" : "",
                                 foreign ? package->architecture : "", package->version));
        for (Needed next : package->depends) {
            // What a foreign package needs is foreign too, where there is such a one.
            const Needed same{next.first, package->architecture};
            if (foreign && next.second.empty() && known.find(same, native)) next = same;
            left.push_back(std::move(next));
        }
    }
    return {found.begin(), found.end()};
}

std::string installed_packages(const host::Processes& processes, const Settings& settings,
                               const BuildRoot& root) {
    return processes
        .check(root.own_command({.argv = {"dpkg-query", "--show", "--showformat", asked_of_dpkg}}, settings),
               "cannot tell which packages are installed")
        .output;
}

}  // namespace dray::builder
