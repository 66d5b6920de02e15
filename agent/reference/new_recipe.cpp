// The recipe that `dray new` begins for somebody.
#include "reference/new_recipe.h"

#include "dray_version.h"
#include "error.h"
#include "installed_places.h"
#include "recipe/reader.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace dray::reference {
namespace {

namespace fs = std::filesystem;

// NAME stands for the recipe's name, VERSION for that of this dray, SCHEMA for where its schema is.
constexpr std::string_view recipe_toml =
    R"(#:schema SCHEMA

# The recipe NAME: what a host is to have, converged from top to bottom.
#   dray resources              lists what there can be; `dray resources file` explains one of them
#   man dray-recipe             has the whole language

[recipe]
name = "NAME"
description = "What this recipe is for, in one line"
requires_dray = ">= VERSION"
# includes = ["base"]           # recipes that come before this one

# Values that hosts may want to differ; these are their defaults. /etc/dray/attributes.d, /etc/dray/host.toml and
# --set win over them.
[attributes]
greeting = "Hello"
# repository = "http://apt.internal/"           # the apt repository that has the package of NAME
# port = 8080
# password = { secret = "file:/etc/dray/secrets/NAME" }   # a secret is named, and never stands here

# A folder, and in it a file that is made from a template. These two work as they are: try them with
# `dray converge NAME --dry-run`, then put what you need in their place.
[[resource]]
type = "directory"
name = "/srv/NAME"

[[resource]]
type = "template"
name = "/srv/NAME/hello.txt"
source = "templates/hello.txt.mustache"
mode = "0644"

# A service that dray-build has released: take the comment signs away here, from the attributes above that it names,
# and where it differs change it, and the two templates of it. It is restarted when the package, the configuration or
# the unit has changed, and the run fails when it does not answer then.
#
# [[resource]]
# type = "apt_source"
# name = "NAME"
# uri = "{{attribute.repository}}"
# suites = ["stable"]
# components = ["main"]
# signed_by = "/etc/dray/keys/internal.asc"     # the public half of the key that signs it
#
# [[resource]]
# type = "group"
# name = "NAME"
# system = true
#
# [[resource]]
# type = "user"
# name = "NAME"
# group = "NAME"
# home = "/var/lib/NAME"        # which the unit makes
# shell = "/usr/sbin/nologin"
# system = true
#
# [[resource]]
# type = "directory"
# name = "/etc/NAME"
# group = "NAME"
# mode = "0750"
#
# [[resource]]
# type = "template"
# name = "/etc/NAME/NAME.conf"
# source = "templates/NAME.conf.mustache"
# group = "NAME"
# mode = "0640"
# sensitive = true              # never shown in a diff, a report or a log
#
# [[resource]]
# type = "package"
# name = "NAME"
# from = "NAME"                 # that source; a package of this name in another archive is never taken
# version = "latest"            # or "1.2.*", ">= 1.2", "= 1.2-3"
#
# [[resource]]
# type = "unit"
# name = "NAME.service"
# source = "templates/NAME.service.mustache"
#
# [[resource]]
# type = "service"
# name = "NAME.service"
# restart_when_changed = ["package[NAME]", "template[/etc/NAME/NAME.conf]", "unit[NAME.service]"]
#
# [[resource]]
# type = "http_check"
# name = "http://127.0.0.1:{{attribute.port}}/"
# requires = "service[NAME.service]"
# within = "30s"
)";

constexpr std::string_view hello_template =
    R"({{attribute.greeting}} from {{fact.hostname}}, which runs {{fact.os.name}}.{{! A comment: not in the file. }}
)";

// These two are for the service that is in comments.
constexpr std::string_view configuration_template =
    R"(# Made by dray: changes by hand are undone at the next run. The unit gives these lines to NAME as its environment.
PORT={{attribute.port}}
)";

constexpr std::string_view unit_template =
    R"(# Made by dray: changes by hand are undone at the next run.
[Unit]
Description=NAME
After=network.target

[Service]
User=NAME
Group=NAME
StateDirectory=NAME
WorkingDirectory=/var/lib/NAME
EnvironmentFile=/etc/NAME/NAME.conf
ExecStart=/opt/NAME/bin/NAME
Restart=on-failure
NoNewPrivileges=true
ProtectSystem=strict
PrivateTmp=true

[Install]
WantedBy=multi-user.target
)";

constexpr std::string_view readme =
    R"(# NAME
What this recipe is for.

| attribute | default | what it is |
| --- | --- | --- |
| `greeting` | `Hello` | the first word of /srv/NAME/hello.txt |

recipe.toml has in comments what a service needs that dray-build has released; templates/NAME.conf.mustache and
templates/NAME.service.mustache are for that alone.

```
dray check NAME                  # is it well-formed? touches nothing
dray converge NAME --dry-run     # what would change, with diffs; changes nothing
dray converge NAME
```
While the recipe is in a folder of its own, say where: `--recipes FOLDER`. To have a host converge it every 30
minutes, name it in /etc/dray/host.toml: `recipes = ["NAME"]`.
)";

std::string filled(std::string_view text, const std::string& name) {
    std::string out(text);
    for (const auto& [word, value] : {std::pair{std::string("NAME"), name},
                                      {"VERSION", std::string(version)},
                                      {"SCHEMA", recipe_schema_file}})
        for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at + value.size()))
            out.replace(at, word.size(), value);
    return out;
}

void write(const fs::path& path, const std::string& content) {
    const auto attempt = "cannot write " + path.string();
    std::error_code code;
    fs::create_directories(path.parent_path(), code);
    if (code) throw Error(attempt, code.message());
    errno = 0;
    std::ofstream stream(path, std::ios::binary);
    stream << content << std::flush;
    if (!stream) throw Error::system(attempt, errno != 0 ? errno : EIO);
}

/// A folder that goes again unless it is kept.
class Unfinished {
  public:
    explicit Unfinished(fs::path path) : path_(std::move(path)) {}
    ~Unfinished() {
        std::error_code ignored;  // the error that brought us here is told
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    void keep() { path_.clear(); }

  private:
    fs::path path_;
};

}  // namespace

std::vector<RecipeText> new_recipe(const std::string& name) {
    return {{"recipe.toml", filled(recipe_toml, name)},
            {"templates/hello.txt.mustache", std::string(hello_template)},
            {"templates/" + name + ".conf.mustache", filled(configuration_template, name)},
            {"templates/" + name + ".service.mustache", filled(unit_template, name)},
            {"README.md", filled(readme, name)}};
}

fs::path write_new_recipe(const fs::path& folder, const std::string& name) {
    const auto attempt = "cannot make recipe " + name;
    if (!recipe::is_recipe_name(name))
        throw Error("cannot make recipe '" + name + "'", "that is no recipe name",
                    "names have letters, digits, '.', '_' and '-'");
    const auto path = folder / name;
    std::error_code code;
    fs::create_directories(folder, code);
    if (code)
        throw Error(attempt, "cannot make " + folder.string() + ": " + code.message(),
                    "name a folder that you can write to: --recipes DIR");
    // Only who makes the folder writes into it: nobody's recipe is written over, and no planted link
    // followed.
    const bool made = fs::create_directory(path, code);
    if (code && code != std::errc::file_exists)
        throw Error(attempt, "cannot make " + path.string() + ": " + code.message(),
                    "name a folder that you can write to: --recipes DIR");
    if (!made) throw Error(attempt, "there is " + path.string() + " already", "take another name");
    Unfinished unfinished(path);
    for (const auto& file : new_recipe(name))
        write(path / file.path, file.content);
    unfinished.keep();
    return path;
}

}  // namespace dray::reference
