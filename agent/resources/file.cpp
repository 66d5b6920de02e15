// The resource types `file` and `template`.
#include "resources/file.h"

namespace dray::resources {
namespace {

using recipe::Kind;

std::vector<recipe::Key> with_ownership(std::vector<recipe::Key> keys) {
    for (const auto& common : {ownership_keys("0644"), replacement_keys()})
        keys.insert(keys.end(), common.begin(), common.end());
    return keys;
}

constexpr auto sensitive_doc = "Its content is a secret: never shown in a diff, a report or a log.";

}  // namespace

const recipe::Schema File::schema{
    .type = "file",
    .group = recipe::Group::files,
    .summary = "A file with a fixed content.",
    .source = "chmod(2), chown(2), rename(2)",
    .name_doc = "its absolute path",
    .name_kind = Kind::path,
    .keys = with_ownership({
        {.name = "content", .kind = Kind::text, .doc = "The whole content.", .secret = true},
        {.name = "source",
         .kind = Kind::file,
         .doc = "A file of the recipe's folder whose bytes become the content."},
        {.name = "sensitive", .kind = Kind::boolean, .doc = sensitive_doc, .fallback = false},
    }),
    .example = R"([[resource]]
type = "file"
name = "/etc/motd"
content = "This host is kept by dray.\n"
)"};

const recipe::Schema File::template_schema{
    .type = "template",
    .group = recipe::Group::files,
    .summary = "A file made from a mustache template, with attributes, facts and package versions.",
    .source = "mustache(5)",
    .name_doc = "the absolute path of the file that is made",
    .name_kind = Kind::path,
    .keys = with_ownership({
        {.name = "source",
         .kind = Kind::template_file,
         .doc = "The template, a file of the recipe's folder. Values come out as they are: nothing is "
                "escaped, for HTML or otherwise.",
         .required_if_present = true,
         .secret = true},
        {.name = "sensitive", .kind = Kind::boolean, .doc = sensitive_doc, .fallback = false},
    }),
    .example = R"([[resource]]
type = "template"
name = "/etc/warehouse/config.toml"
source = "templates/config.toml.mustache"
group = "warehouse"
mode = "0640"
sensitive = true
backup = 3
validate = ["/opt/warehouse/bin/warehouse", "check-config", "{path}"]
)"};

File::File(const recipe::Properties& properties) {
    file_ = {.path = properties.name(),
             .content = {},
             .ownership = {properties.text("owner"), properties.text("group"), properties.mode("mode")},
             .sensitive = properties.truth("sensitive") || properties.any_secret(),
             .present = properties.text("state") == "present",
             .replacement = Replacement::from(properties)};
    if (!file_.present) return;
    if (properties.has("content") == properties.has("source"))
        throw Error("cannot tell the content of " + properties.type() + "[" + properties.name() + "]",
                    properties.has("content") ? "it has both 'content' and 'source'"
                                              : "it has neither 'content' nor 'source'",
                    "give it one of the two");
    const auto* key = properties.has("content") ? "content" : "source";
    file_.content =
        properties.has("content") ? properties.text("content") : properties.file("source").content;
    if (properties.secret(key)) check_secret_mode(properties, key, file_.ownership.mode);
}

}  // namespace dray::resources
