// All resource types of this program.
#include "resources/registry.h"

#include "resources/apt_pin.h"
#include "resources/apt_source.h"
#include "resources/directory.h"
#include "resources/execute.h"
#include "resources/file.h"
#include "resources/group.h"
#include "resources/hostname.h"
#include "resources/http_check.h"
#include "resources/line.h"
#include "resources/link.h"
#include "resources/package.h"
#include "resources/postgresql_database.h"
#include "resources/postgresql_role.h"
#include "resources/service.h"
#include "resources/sysctl.h"
#include "resources/tcp_check.h"
#include "resources/timer.h"
#include "resources/unit.h"
#include "resources/user.h"

#include <stdexcept>
#include <vector>

namespace dray::resources {
namespace {

struct Type {
    const recipe::Schema* schema;
    std::unique_ptr<Resource> (*make)(const recipe::Properties&);
};

template <typename T>
std::unique_ptr<Resource> make_one(const recipe::Properties& properties) {
    return std::make_unique<T>(properties);
}

template <typename T>
void add(std::vector<Type>& types, const recipe::Schema& schema = T::schema) {
    types.push_back({&schema, make_one<T>});
}

const std::vector<Type>& types() {
    static const std::vector<Type> all = [] {
        std::vector<Type> list;
        add<AptPin>(list);
        add<AptSource>(list);
        add<Directory>(list);
        add<Execute>(list);
        add<File>(list);
        add<Group>(list);
        add<Hostname>(list);
        add<HttpCheck>(list);
        add<Line>(list);
        add<Link>(list);
        add<Package>(list);
        add<PostgresqlDatabase>(list);
        add<PostgresqlRole>(list);
        add<Service>(list);
        add<Sysctl>(list);
        add<TcpCheck>(list);
        add<File>(list, File::template_schema);
        add<Timer>(list);
        add<Unit>(list);
        add<User>(list);
        return list;
    }();
    return all;
}

}  // namespace

const recipe::Catalogue& catalogue() {
    static const recipe::Catalogue all = [] {
        std::vector<const recipe::Schema*> schemas;
        for (const auto& type : types())
            schemas.push_back(type.schema);
        return recipe::Catalogue(std::move(schemas));
    }();
    return all;
}

std::unique_ptr<Resource> make(const recipe::Properties& properties) {
    for (const auto& type : types()) {
        if (type.schema->type != properties.type()) continue;
        try {
            return type.make(properties);
        } catch (const Error& error) {
            throw error.at(properties.where());
        }
    }
    throw std::logic_error("no resource type " + properties.type());
}

}  // namespace dray::resources
