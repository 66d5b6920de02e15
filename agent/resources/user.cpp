// The resource type `user`.
#include "resources/user.h"

#include "resources/account_id.h"
#include "resources/authorized_keys.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace dray::resources {

using recipe::Kind;

namespace {

constexpr auto keys_entry = "authorized_keys";
constexpr auto access_entry = "access to authorized_keys";
constexpr auto locked_entry = "password";

std::string locked_text(bool locked) {
    return locked ? "locked" : "in use";
}

std::string group_list(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// "2027-01-31" or "never", or an empty text when the key is not written.
std::string checked_expiry(const recipe::Properties& properties) {
    const auto text = properties.text_or_empty("expires");
    if (text.empty() || text == "never") return text;
    const auto number = [&](std::size_t begin, std::size_t count) {
        int value = -1;
        std::from_chars(text.data() + begin, text.data() + begin + count, value);
        return value;
    };
    const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                        std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) == 8;
    const auto date = std::chrono::year(shaped ? number(0, 4) : 0) /
                      std::chrono::month(static_cast<unsigned>(shaped ? number(5, 2) : 0)) /
                      std::chrono::day(static_cast<unsigned>(shaped ? number(8, 2) : 0));
    if (!date.ok() || date < std::chrono::year(1970) / 1 / 1)
        throw Error("bad value for 'expires' of user[" + properties.name() + "]", "'" + text + "' is no date",
                    "write it like \"2027-01-31\", or \"never\"");
    return text;
}

std::vector<std::string> checked_keys(const recipe::Properties& properties) {
    auto lines = properties.texts("authorized_keys");
    std::string faults;
    std::size_t number = 0;
    for (const auto& line : lines) {
        ++number;
        if (const auto fault = fault_of(line); !fault.empty())
            faults += (faults.empty() ? "" : "; ") + ("entry " + std::to_string(number) + ": ") + fault;
    }
    if (!faults.empty())
        throw Error("bad value for 'authorized_keys' of user[" + properties.name() + "]", faults,
                    "write each as in a .pub file: \"ssh-ed25519 AAAA… somebody\"");
    return lines;
}

}  // namespace

const recipe::Schema User::schema{
    .type = "user",
    .group = recipe::Group::accounts,
    .summary = "A user account; a new one's password is locked.",
    .source = "passwd(5), shadow(5), useradd(8), usermod(8), sshd(8)",
    .name_doc = "its login name",
    .name_kind = Kind::text,
    .keys = {{.name = "uid", .kind = Kind::integer, .doc = "Its number; left to the system when not given."},
             {.name = "group", .kind = Kind::text, .doc = "Primary group, by name or number; must exist."},
             {.name = "groups",
              .kind = Kind::texts,
              .doc = "Groups that it must be in besides, by name or number."},
             {.name = "groups_exclusive",
              .kind = Kind::boolean,
              .doc = "Take it out of all groups but these and its primary one.",
              .fallback = false},
             {.name = "home", .kind = Kind::path, .doc = "Home folder."},
             {.name = "create_home",
              .kind = Kind::boolean,
              .doc = "Make the home folder of a new user.",
              .fallback = false},
             {.name = "shell", .kind = Kind::path, .doc = "Login shell."},
             {.name = "comment", .kind = Kind::text, .doc = "Full name, or what it is for."},
             {.name = "system",
              .kind = Kind::boolean,
              .doc = "A new user gets a number of the system range.",
              .fallback = false},
             {.name = "locked",
              .kind = Kind::boolean,
              .doc =
                  "Whether no password lets anybody in; keys do. Left alone when not given; a new user has "
                  "no password, and so none that could be unlocked."},
             {.name = "expires",
              .kind = Kind::text,
              .doc = "The day from which on nobody can log in, as \"2027-01-31\", or \"never\"."},
             {.name = "authorized_keys",
              .kind = Kind::texts,
              .doc = "Public keys, one line each with options and comment, that have to be in "
                     "HOME/.ssh/authorized_keys."},
             {.name = "authorized_keys_exclusive",
              .kind = Kind::boolean,
              .doc = "Keep no other lines in that file.",
              .fallback = false},
             {.name = "state",
              .kind = Kind::text,
              .doc = "Whether it is to be there at all; its files stay.",
              .fallback = "present",
              .choices = {"present", "absent"}}},
    .example = R"([[resource]]
type = "user"
name = "warehouse"
group = "warehouse"
home = "/var/lib/warehouse"
shell = "/usr/sbin/nologin"
system = true
)"};

User::User(const recipe::Properties& properties)
    : wish_{.name = properties.name(),
            .system = properties.truth("system"),
            .uid = account_id(properties, "uid"),
            .group = properties.text_or_empty("group"),
            .groups = properties.texts("groups"),
            .groups_exclusive = properties.truth("groups_exclusive"),
            .home = properties.text_or_empty("home"),
            .create_home = properties.truth("create_home"),
            .shell = properties.text_or_empty("shell"),
            .comment = properties.text_or_empty("comment"),
            .locked = {},
            .expires = checked_expiry(properties)},
      present_(properties.text("state") == "present"),
      keys_exclusive_(properties.truth("authorized_keys_exclusive")) {
    if (properties.has("locked")) wish_.locked = properties.truth("locked");
    if (properties.has("authorized_keys")) keys_ = checked_keys(properties);
    if (keys_exclusive_ && !keys_)
        throw Error("bad value for 'authorized_keys_exclusive' of user[" + wish_.name + "]",
                    "there is no 'authorized_keys'", "write authorized_keys = [] for an empty file");
}

host::UserWish User::named_wish(const host::Host& host) const {
    auto wish = wish_;
    wish.group = host.accounts().group_name(wish.group);
    for (auto& group : wish.groups)
        group = host.accounts().group_name(group);
    std::ranges::sort(wish.groups);
    wish.groups.erase(std::unique(wish.groups.begin(), wish.groups.end()), wish.groups.end());
    return wish;
}

std::string User::home_of(const host::Host& host) const {
    if (!wish_.home.empty()) return wish_.home;
    const auto user = host.accounts().user(wish_.name);
    return user ? user->home : std::string();
}

std::optional<User::KeyFile> User::key_file(const host::Host& host) const {
    const auto path = std::filesystem::path(home_of(host)) / ".ssh/authorized_keys";
    const auto status = host.files().status(path);
    if (!status) return std::nullopt;
    const auto access = status->owner + ":" + status->group + " " + host::mode_text(status->mode);
    if (status->type == host::FileType::regular && status->owner == wish_.name)
        return KeyFile{host.files().read(path).value_or(""), access};
    // Its owner could have it lead to a secret, which would end up in a file of theirs.
    if (!keys_exclusive_)
        throw Error("cannot keep the other lines of " + path.string(),
                    status->type == host::FileType::regular ? "it belongs to " + status->owner
                                                            : "it is no regular file",
                    "look at it; authorized_keys_exclusive = true replaces it");
    return KeyFile{"(not a file of " + wish_.name + ")", access};
}

State User::inspect(const host::Host& host) const {
    const auto user = host.accounts().user(wish_.name);
    if (!user) return {{"state", "absent"}};
    // Unless `groups` is all, only the wanted ones count: others are somebody else's business.
    std::vector<std::string> groups;
    const auto wish = named_wish(host);
    for (const auto& group : wish.groups)
        if (std::ranges::find(user->groups, group) != user->groups.end() || group == user->group)
            groups.push_back(group);
    for (const auto& group : user->groups)
        if (wish_.groups_exclusive && std::ranges::find(groups, group) == groups.end())
            groups.push_back(group);
    std::ranges::sort(groups);
    State state{{"state", "present"},      {"uid", std::to_string(user->uid)},
                {"group", user->group},    {"groups", group_list(groups)},
                {"home", user->home},      {"shell", user->shell},
                {"comment", user->comment}};
    if (!present_) return state;
    if (wish_.locked || !wish_.expires.empty()) {
        const auto password = host.accounts().password(wish_.name).value_or(host::PasswordStatus{});
        state.set(locked_entry, locked_text(password.locked)).set("expires", password.expires);
    }
    if (!keys_) return state;
    if (const auto file = key_file(host))
        state.set(keys_entry, file->text, Display::content).set(access_entry, file->access);
    return state;
}

State User::wanted(const host::Host& host) const {
    if (!present_) return {{"state", "absent"}};
    State state{{"state", "present"}};
    const auto wish = named_wish(host);
    if (wish_.uid) state.set("uid", std::to_string(*wish_.uid));
    if (!wish.group.empty()) state.set("group", wish.group);
    if (!wish.groups.empty() || wish.groups_exclusive) state.set("groups", group_list(wish.groups));
    if (!wish_.home.empty()) state.set("home", wish_.home);
    if (!wish_.shell.empty()) state.set("shell", wish_.shell);
    if (!wish_.comment.empty()) state.set("comment", wish_.comment);
    if (wish_.locked) state.set(locked_entry, locked_text(*wish_.locked));
    if (!wish_.expires.empty()) state.set("expires", wish_.expires);
    if (!keys_) return state;
    const auto user = host.accounts().user(wish_.name);
    const auto file = user ? key_file(host) : std::nullopt;
    if (!file && keys_->empty()) return state;  // no file is as good as an empty one
    state.set(keys_entry, with_keys(file ? file->text : "", *keys_, keys_exclusive_), Display::content);
    const auto group = !wish.group.empty() ? wish.group : user ? user->group : wish_.name;
    return state.set(access_entry, wish_.name + ":" + group + " 0600");
}

void User::apply(host::Host& host, const State& now, const Progress&) {
    if (!present_) return host.accounts().remove_user(wish_.name);
    host.accounts().ensure_user(named_wish(host));
    const auto wish = wanted(host);
    const bool keys =
        wish.find(keys_entry) != nullptr && (now.value(keys_entry) != wish.value(keys_entry) ||
                                             now.value(access_entry) != wish.value(access_entry));
    if (keys) write_keys(host);
}

void User::write_keys(host::Host& host) const {
    const auto user = host.accounts().user(wish_.name);
    if (!user) throw Error("cannot write the keys of " + wish_.name, "there is no such user");
    const std::filesystem::path home = user->home;
    const auto folder = home / ".ssh";
    if (!host.files().status(home))
        throw Error(
            "cannot write the keys of " + wish_.name, "its home folder " + home.string() + " is not there",
            "create_home = true makes it with a new user; else declare directory[" + home.string() + "]");
    const host::Ownership ownership{wish_.name, user->group, 0700};
    if (!host.files().status(folder)) host.files().make_directory(folder, ownership);
    const auto file = key_file(host);
    host.files().write(folder / "authorized_keys", with_keys(file ? file->text : "", *keys_, keys_exclusive_),
                       {wish_.name, user->group, 0600});
}

}  // namespace dray::resources
