// The gates of a deploy.
#include "resources/deploy_settings.h"

#include <limits>
#include <utility>

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr auto beside = "side-by-side";

[[noreturn]] void refuse(const recipe::Properties& properties, const std::string& key, std::string cause,
                         std::string hint) {
    throw Error("bad value for '" + key + "' of package[" + properties.name() + "]", std::move(cause),
                std::move(hint));
}

}  // namespace

DeploySettings DeploySettings::from(const recipe::Properties& properties, host::PackageWish wish) {
    DeploySettings settings;
    settings.wish = std::move(wish);
    settings.declared = properties.truth("deploy");
    for (const auto& text : properties.texts("deploy.only_between"))
        settings.windows.push_back(DeployWindow::parse(text));
    settings.precheck = properties.texts("deploy.precheck");
    settings.allow_no_rollback = properties.truth("deploy.allow_no_rollback");
    settings.drain = properties.texts("deploy.drain");
    settings.undrain = properties.texts("deploy.undrain");
    settings.maintenance_file = properties.text_or_empty("deploy.maintenance_file");
    settings.drain_limit = properties.duration("deploy.drain_limit");
    settings.side_by_side = properties.text("deploy.strategy") == beside;
    settings.tree = properties.text_or_empty("deploy.tree");
    if (settings.tree.empty()) settings.tree = "/opt/" + settings.wish.name;
    if (settings.tree.filename().empty() || settings.tree.parent_path() == "/")
        refuse(properties, "deploy.tree", "'" + settings.tree.string() + "' is no folder of one package",
               "write it without a slash at its end, such as /opt/" + settings.wish.name);
    settings.migrate = properties.texts("deploy.migrate");
    settings.migrate_user = properties.text_or_empty("deploy.migrate_user");
    settings.migrate_directory = properties.text("deploy.migrate_directory");
    settings.migrate_limit = properties.duration("deploy.migrate_limit");
    settings.migrate_lock = properties.text_or_empty("deploy.migrate_lock");
    settings.stable_for = properties.duration("deploy.stable_for");
    settings.deadline = properties.duration("deploy.deadline");
    settings.keep = properties.integer("deploy.keep");
    if (properties.has("deploy.drained_port")) {
        const auto port = properties.integer("deploy.drained_port");
        if (port < 1 || port > std::numeric_limits<std::uint16_t>::max())
            refuse(properties, "deploy.drained_port", std::to_string(port) + " is no port",
                   "write one from 1 to 65535");
        settings.drained_port = static_cast<std::uint16_t>(port);
    }
    if (properties.has("deploy.journal_errors")) {
        settings.journal_errors = properties.integer("deploy.journal_errors");
        if (*settings.journal_errors < 0)
            refuse(properties, "deploy.journal_errors", "it is less than none", "write 0 or more");
    }
    if (settings.keep < 2)
        refuse(properties, "deploy.keep", "there is no way back without the version before the running one",
               "write 2 or more");
    if (settings.drain.empty() != settings.undrain.empty())
        refuse(properties, settings.drain.empty() ? "deploy.undrain" : "deploy.drain",
               "a host that goes out of service has to come back", "write both of drain and undrain");
    return settings;
}

std::vector<recipe::Key> deploy_keys() {
    return {
        {.name = "deploy",
         .kind = Kind::boolean,
         .doc = "Whether its changes, with the files and units of the services that restart for it, are a "
                "deploy: one set that is taken back when it fails. True when there is a table "
                "[resource.deploy].",
         .fallback = false},
        {.name = "deploy.only_between",
         .kind = Kind::texts,
         .doc = "When a deploy may begin: \"Mon-Fri 09:00-17:00 Europe/London\"; without days every day, "
                "without a time zone UTC."},
        {.name = "deploy.precheck",
         .kind = Kind::command,
         .doc = "A command that has to succeed before anything is changed."},
        {.name = "deploy.allow_no_rollback",
         .kind = Kind::boolean,
         .doc = "Go on when the running version's package file is neither kept nor to be had, or when there "
                "is no room "
                "on the disk to bring it back.",
         .fallback = false},
        {.name = "deploy.drain",
         .kind = Kind::command,
         .doc = "A command that takes the host out of service before anything that runs is touched."},
        {.name = "deploy.undrain",
         .kind = Kind::command,
         .doc = "The command that brings it back, after all gates or after a rollback. It may be run twice."},
        {.name = "deploy.maintenance_file",
         .kind = Kind::path,
         .doc = "A file that is there while the host is out of service, for nginx to see."},
        {.name = "deploy.drained_port",
         .kind = Kind::integer,
         .doc = "Once out of service, wait until nobody is connected to this TCP port."},
        {.name = "deploy.drain_limit",
         .kind = Kind::duration,
         .doc = "How long drain and undrain may take, and how long connections are waited for; those left "
                "then are cut off by the restart.",
         .fallback = "30s"},
        {.name = "deploy.strategy",
         .kind = Kind::text,
         .doc =
             "\"replace\" restarts the services from the folder in which dpkg has replaced the files. With "
             "\"side-by-side\" they run from a copy of it, which stays as it is until they are restarted: no "
             "process sees half of a new release, and a rollback has not to wait for dpkg.",
         .fallback = "replace",
         .choices = {"replace", beside}},
        {.name = "deploy.tree",
         .kind = Kind::path,
         .doc = "The package's folder that side-by-side copies; /opt/NAME of the package NAME without. The "
                "services "
                "can only read it."},
        {.name = "deploy.migrate",
         .kind = Kind::command,
         .doc = "The new version's command that brings the database to its schema: after its files are in "
                "place, before the service is restarted. After a power cut in the middle it is run again."},
        {.name = "deploy.migrate_user", .kind = Kind::text, .doc = "The user that migrates; root without."},
        {.name = "deploy.migrate_directory",
         .kind = Kind::path,
         .doc = "The folder that it works in.",
         .fallback = "/"},
        {.name = "deploy.migrate_limit",
         .kind = Kind::duration,
         .doc = "How long it may take.",
         .fallback = "15m"},
        {.name = "deploy.migrate_lock",
         .kind = Kind::text,
         .doc = "The URI of a PostgreSQL database, \"postgresql://user:password@host/name\", best as a "
                "secret: of the "
                "hosts that name it one migrates at a time, and the others wait. An advisory lock is held "
                "there by "
                "psql (package postgresql-client), as migrate_user, for as long as the migration runs.",
         .secret = true},
        {.name = "deploy.stable_for",
         .kind = Kind::duration,
         .doc = "How long the services have to stay active with the same main process, and each check with "
                "gate_for has to be right whenever it is asked, before the deploy counts.",
         .fallback = "10s"},
        {.name = "deploy.journal_errors",
         .kind = Kind::integer,
         .doc = "More lines of priority err or worse than this, of a service of the set since its start, are "
                "a failure."},
        {.name = "deploy.deadline",
         .kind = Kind::duration,
         .doc = "How long the whole way forward may take in one run.",
         .fallback = "30m"},
        {.name = "deploy.keep",
         .kind = Kind::integer,
         .doc = "How many versions' package files stay on the host, the running one's among them.",
         .fallback = 2},
    };
}

}  // namespace dray::resources
