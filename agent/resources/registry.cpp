// All resource types of this program.
#include "resources/registry.h"

#include "resources/apt_pin.h"
#include "resources/apt_source.h"
#include "resources/directory.h"
#include "resources/execute.h"
#include "resources/file.h"
#include "resources/group.h"
#include "resources/http_check.h"
#include "resources/line.h"
#include "resources/link.h"
#include "resources/package.h"
#include "resources/service.h"
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

const std::vector<Type>& types() {
    static const std::vector<Type> all = {
        {&AptPin::schema, make_one<AptPin>},       {&AptSource::schema, make_one<AptSource>},
        {&Directory::schema, make_one<Directory>}, {&Execute::schema, make_one<Execute>},
        {&File::schema, make_one<File>},           {&Group::schema, make_one<Group>},
        {&HttpCheck::schema, make_one<HttpCheck>}, {&Line::schema, make_one<Line>},
        {&Link::schema, make_one<Link>},           {&Package::schema, make_one<Package>},
        {&Service::schema, make_one<Service>},     {&File::template_schema, make_one<File>},
        {&Timer::schema, make_one<Timer>},         {&Unit::schema, make_one<Unit>},
        {&User::schema, make_one<User>},
    };
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
