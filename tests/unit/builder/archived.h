// A release whose package goes to an archive, and the tools of that archive.
#pragma once

#include "builder/products.h"
#include "builder/scratch.h"
#include "builder/settings.h"
#include "digest.h"
#include "files.h"
#include "host/process.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dray::test {

inline constexpr auto deb_name = "small_26.9.1_all.deb";
inline const std::string other_digest(64, 'a');

/// The tools of an archive: `answer` says what each command line comes to.
class Tools final : public host::Processes {
  public:
    std::function<host::Result(const std::string& text)> answer;
    mutable std::vector<std::string> ran;
    mutable std::map<std::string, std::string> environment;

    host::Result run(const host::Command& command) const override {
        ran.push_back(command.text());
        environment = command.environment;
        return answer(command.text());
    }

    bool did(const std::string& part) const {
        return std::any_of(ran.begin(), ran.end(),
                           [&](const std::string& text) { return text.find(part) != text.npos; });
    }
};

/// A release of one package, and the settings of where it goes.
struct Archived {
    Archived() {
        settings.deb.package = "small";
        settings.publish.suite = "stable";
        write(folder.path() / deb_name, "package");
    }
    builder::Products products() const {
        builder::Products made;
        made.folder = folder.path();
        made.version = *builder::Version::parse("26.9.1");
        made.debs = {{.target = {}, .version = "26.9.1", .file = deb_name, .buildinfo = {}}};
        return made;
    }
    std::string digest() const { return dray::sha256("package"); }
    template <typename Archive>
    void publish() {
        Archive archive(tools, settings);
        archive.stage(products(), false);
        try {
            archive.commit();
        } catch (...) {
            visible = archive.may_be_visible();
            throw;
        }
    }

    builder::Scratch folder;
    builder::Settings settings;
    Tools tools;
    bool visible = false;
};

}  // namespace dray::test
