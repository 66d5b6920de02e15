// The resource type `line`.
#include "resources/line.h"

#include "resources/managed_file.h"

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr std::uint64_t size_limit = 4u << 20;  // configuration that people edit; a line in more is no line
constexpr host::Mode new_mode = 0644;
constexpr host::Mode new_secret_mode = 0600;

std::optional<Pattern> pattern(const recipe::Properties& properties, std::string_view key) {
    if (!properties.has(key)) return std::nullopt;
    return Pattern(properties.text(key));
}

std::vector<recipe::Key> with_replacement(std::vector<recipe::Key> keys) {
    const auto more = replacement_keys();
    keys.insert(keys.end(), more.begin(), more.end());
    return keys;
}

}  // namespace

const recipe::Schema Line::schema{
    .type = "line",
    .group = recipe::Group::files,
    .summary = "One line in a file that somebody else owns; the file's other lines, owner and mode stay.",
    .source = "pcre2pattern(3)",
    .name_doc = "a name of your choice",
    .name_kind = Kind::text,
    .keys = with_replacement(
        {{.name = "path",
          .kind = Kind::path,
          .doc = "The file. It has to be the file itself: a symbolic link is not followed.",
          .required = true},
         {.name = "line",
          .kind = Kind::text,
          .doc = "The line as it is to stand there, without its end.",
          .secret = true},
         {.name = "match",
          .kind = Kind::text,
          .doc = "A regular expression: the last line in which it is found becomes 'line'. Others that match "
                 "stay. With state = \"absent\" all that match go."},
         {.name = "after",
          .kind = Kind::text,
          .doc = "A regular expression: a new line goes behind the last line in which it is found; the end "
                 "of the file when neither this nor 'before' is given."},
         {.name = "before",
          .kind = Kind::text,
          .doc = "A regular expression: a new line goes before the last line in which it is found."},
         {.name = "create",
          .kind = Kind::boolean,
          .doc = "Make a missing file, owned by root with mode 0644; otherwise it is an error.",
          .fallback = false},
         {.name = "sensitive",
          .kind = Kind::boolean,
          .doc = "The file holds secrets: its content is never shown in a diff, a report or a log.",
          .fallback = false},
         {.name = "state",
          .kind = Kind::text,
          .doc = "Whether the line is to be there at all.",
          .fallback = "present",
          .choices = {"present", "absent"}}}),
    .example = R"([[resource]]
type = "line"
name = "no login as root"
path = "/etc/ssh/sshd_config"
match = '^#?PermitRootLogin\b'
line = "PermitRootLogin no"
validate = ["sshd", "-t", "-f", "{path}"]
)"};

Line::Line(const recipe::Properties& properties)
    : path_(properties.text("path")),
      edit_{.line = properties.text_or_empty("line"),
            .match = pattern(properties, "match"),
            .after = pattern(properties, "after"),
            .before = pattern(properties, "before"),
            .present = properties.text("state") == "present"},
      create_(properties.truth("create")),
      secret_(properties.secret("line")),
      replacement_(Replacement::from(properties)) {
    const std::string attempt = "cannot tell what line[" + properties.name() + "] wants";
    if (edit_.line.find_first_of("\r\n") != std::string::npos)
        throw Error(attempt, "its 'line' is more than one line", "write a resource for each line");
    if (edit_.present && edit_.line.empty())
        throw Error(attempt, "it has no 'line'", "write line = \"…\", or state = \"absent\"");
    if (edit_.line.empty() && !edit_.match)
        throw Error(attempt, "it has neither 'line' nor 'match'", "say which lines are to go");
    if (edit_.after && edit_.before)
        throw Error(attempt, "it has both 'after' and 'before'", "keep one of the two");
}

std::optional<std::string> Line::read(const host::Host& host) const {
    const auto status = host.files().status(path_);
    if (!status) return std::nullopt;
    if (status->type == host::FileType::link)
        throw Error("cannot edit " + path_.string(),
                    "it is a symbolic link to " + host.files().read_link(path_).value_or("?").string(),
                    "name the file that it leads to");
    constexpr host::Mode all_users = 0007;
    if (secret_ && (status->mode & all_users) != 0)
        throw Error("cannot put a secret into " + path_.string(),
                    "all users may read it (mode " + host::mode_text(status->mode) + ")",
                    "take that away by a resource above this one");
    return host.files().read(path_, size_limit);
}

State Line::state_of(std::string content, bool unchecked) const {
    State state{{"content", std::move(content), replacement_.sensitive ? Display::secret : Display::content}};
    if (!replacement_.validate.empty()) state.set("check", unchecked ? "cut short" : "passed");
    return state;
}

State Line::inspect(const host::Host& host) const {
    auto content = read(host);
    if (!content) return {};
    return state_of(std::move(*content), replacement_.unchecked(host, path_));
}

State Line::wanted(const host::Host& host) const {
    const auto content = read(host);
    if (!content && !edit_.present) return {};
    if (!content && !create_)
        throw Error("cannot put a line into " + path_.string(), "there is no such file",
                    "write create = true to have it made, or declare what makes it above this resource");
    try {
        return state_of(edit_.applied_to(content.value_or(""), host.clock()), false);
    } catch (const Error& error) {
        throw error.during("cannot edit " + path_.string());
    }
}

void Line::apply(host::Host& host, const State& now, const Progress& progress) {
    const auto content = now.value("content");
    const auto matches = edit_.present ? edit_.matches(content, host.clock()) : std::vector<std::size_t>();
    if (matches.size() > 1) {
        std::string numbers;
        for (const auto number : matches)
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
        progress("lines " + numbers + " match; the last of them is the one that counts");
    }
    const auto status = host.files().status(path_);
    replacement_.write(host, path_, edit_.applied_to(content, host.clock()),
                       {.owner = {},
                        .group = {},
                        .mode = status    ? status->mode
                                : secret_ ? new_secret_mode
                                          : new_mode});
}

}  // namespace dray::resources
