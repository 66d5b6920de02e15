// The resource type `apt_source`.
#include "resources/apt_source.h"

#include "resources/apt_name.h"
#include "resources/apt_source_text.h"

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr auto no_proxy = "none";
constexpr auto other_proxy = "other settings";

}  // namespace

const recipe::Schema AptSource::schema{
    .type = "apt_source",
    .group = recipe::Group::packages,
    .summary = "A signed apt repository; one without a key cannot be declared.",
    .source = "sources.list(5), deb822(5), apt-transport-http(1)",
    .name_doc = "a short name; the file is /etc/apt/sources.list.d/NAME.sources",
    .name_kind = Kind::text,
    .keys =
        {{.name = "uri",
          .kind = Kind::text,
          .doc = "Base URI of the repository.",
          .required_if_present = true},
         {.name = "suites",
          .kind = Kind::texts,
          .doc = "Suites, or paths that end in '/' for a flat repository.",
          .required_if_present = true},
         {.name = "components",
          .kind = Kind::texts,
          .doc = "Components; \"main\" when not given, and none for a flat repository."},
         {.name = "architectures",
          .kind = Kind::texts,
          .doc = "Only these architectures; the host's own when not given."},
         {.name = "signed_by",
          .kind = Kind::file,
          .doc = "The armoured OpenPGP key that signs it; compared by content, so that a renewed key is "
                 "taken up.",
          .required_if_present = true},
         {.name = "proxy",
          .kind = Kind::text,
          .doc =
              "Reach the repository's host through this proxy (http://host:port, https://host:port, "
              "socks5h://host:port), or with \"DIRECT\" through none. It holds for all of apt's requests to "
              "that host; the file is /etc/apt/apt.conf.d/90dray-NAME.conf."},
         {.name = "check_valid_until",
          .kind = Kind::boolean,
          .doc = "Refuse lists whose Valid-Until has passed; apt's own setting (yes) when not given."},
         {.name = "valid_until_min",
          .kind = Kind::duration,
          .doc = "Lists are valid for at least this long after they were made."},
         {.name = "valid_until_max",
          .kind = Kind::duration,
          .doc = "Lists are valid for at most this long after they were made, also when the repository sets "
                 "no limit itself."},
         {.name = "max_age",
          .kind = Kind::duration,
          .doc = "Warn when the repository was published last longer ago than this and sets no Valid-Until: "
                 "then "
                 "nothing else tells that nobody keeps it up, or that somebody keeps news from this host.",
          .fallback = "14d"},
         {.name = "check_date",
          .kind = Kind::boolean,
          .doc = "Trust the host's clock; false gives up all checks of dates, Valid-Until too."},
         {.name = "by_hash",
          .kind = Kind::text,
          .doc = "Fetch lists by their hash: when the repository offers it, never, or always.",
          .choices = {"yes", "no", "force"}},
         {.name = "languages",
          .kind = Kind::texts,
          .doc = "Fetch translations of descriptions for these languages; [\"none\"] for none."},
         {.name = "targets",
          .kind = Kind::texts,
          .doc = "Fetch only these kinds of lists, such as Packages and Translations."},
         {.name = "pdiffs", .kind = Kind::boolean, .doc = "Fetch differences to the last lists, if offered."},
         {.name = "state",
          .kind = Kind::text,
          .doc = "Whether it is to be there at all.",
          .fallback = "present",
          .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "apt_source"
name = "internal"
uri = "{{attribute.repository}}"
suites = ["stable"]
components = ["main"]
signed_by = "files/internal.asc"
)"};

AptSource::AptSource(const recipe::Properties& properties)
    : name_(checked_apt_name(properties)),
      proxy_(properties.text_or_empty("proxy")),
      max_age_(std::chrono::duration_cast<std::chrono::seconds>(properties.duration("max_age"))) {
    const bool present = properties.text("state") == "present";
    file_ = {.path = "/etc/apt/sources.list.d/" + name_ + ".sources",
             .content = present ? source_text(properties) : "",
             .ownership = {"root", "root", 0644},
             .sensitive = false,
             .present = present};
    proxy_file_ = {.path = "/etc/apt/apt.conf.d/90dray-" + name_ + ".conf",
                   .content = proxy_.empty() || !present ? "" : proxy_text(properties, proxy_),
                   .ownership = {"root", "root", 0644},
                   .sensitive = false,
                   .present = present && !proxy_.empty()};
}

void AptSource::expect(host::Host& host) const {
    if (!file_.present) return;
    host.apt().expect_source(name_, max_age_);
    host.http().prepare();
}

State AptSource::inspect(const host::Host& host) const {
    State state = file_.inspect(host);
    const State proxy = proxy_file_.inspect(host);
    const bool none = proxy.value("type") == "absent";
    const bool same = differences(proxy, proxy_file_.wanted(host)).empty();
    return state.set("proxy", none ? no_proxy : same ? proxy_ : other_proxy);
}

State AptSource::wanted(const host::Host& host) const {
    return file_.wanted(host).set("proxy", proxy_file_.present ? proxy_ : no_proxy);
}

void AptSource::apply(host::Host& host, const State& now, const Progress&) {
    const auto proxy = proxy_file_.inspect(host);
    // Without its proxy a source may not be reachable, so that comes first and goes last.
    if (proxy_file_.present && !differences(proxy, proxy_file_.wanted(host)).empty())
        proxy_file_.apply(host, proxy);
    if (!differences(now, file_.wanted(host)).empty()) file_.apply(host, now);
    if (!proxy_file_.present && proxy.value("type") != "absent") proxy_file_.apply(host, proxy);
    host.apt().file_changed(proxy_file_.path, proxy_file_.present ? proxy_file_.content : "");
    host.apt().file_changed(file_.path, file_.present ? file_.content : "");
}

}  // namespace dray::resources
