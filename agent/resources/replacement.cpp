// How a new content takes a file's place.
#include "resources/replacement.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dray::resources {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view placeholder = "{path}";
const fs::path state_folder = "/var/lib/dray";
constexpr std::int64_t most_backups = 1000;   // a number beyond is a slip of the finger
constexpr std::size_t file_name_limit = 255;  // NAME_MAX of every file system that Debian installs on

bool has_placeholder(const std::string& word) {
    return word.find(placeholder) != std::string::npos;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// A place for `path` in a folder of dray's state that only root can enter; that folder is made.
fs::path place_in(host::Host& host, const char* kind, const fs::path& path) {
    const auto top = state_folder / kind;
    host.files().make_directory(top, {.owner = {}, .group = {}, .mode = 0700}, true);
    const auto place = top / path.relative_path();
    if (place.parent_path() != top)
        host.files().make_directory(place.parent_path(), {.owner = {}, .group = {}, .mode = 0700}, true);
    return place;
}

fs::path numbered(const fs::path& place, std::uint64_t number) {
    return place.string() + ".~" + std::to_string(number) + "~";
}

/// The numbers of the contents kept of a file, ascending.
std::vector<std::uint64_t> kept_numbers(const host::Host& host, const fs::path& place) {
    const std::string prefix = place.filename().string() + ".~";
    std::vector<std::uint64_t> numbers;
    for (const auto& name : host.files().list(place.parent_path())) {
        if (!name.starts_with(prefix) || !name.ends_with("~")) continue;
        const char* const end = name.data() + name.size() - 1;
        std::uint64_t number = 0;
        const auto parsed = std::from_chars(name.data() + prefix.size(), end, number);
        if (parsed.ec == std::errc{} && parsed.ptr == end) numbers.push_back(number);
    }
    std::ranges::sort(numbers);
    return numbers;
}

void keep(host::Host& host, const fs::path& path, const std::optional<std::string>& content,
          std::int64_t backups) {
    if (backups <= 0 || !content) return;
    const auto place = place_in(host, "backups", path);
    auto numbers = kept_numbers(host, place);
    numbers.push_back(numbers.empty() ? 1 : numbers.back() + 1);
    host.files().write(numbered(place, numbers.back()), *content, {.owner = {}, .group = {}, .mode = 0600});
    for (std::size_t i = 0; i + static_cast<std::size_t>(backups) < numbers.size(); ++i)
        host.files().remove(numbered(place, numbers[i]));
}

/// What there is at a path, to be put back.
struct Before {
    std::optional<host::FileStatus> status;  ///< nothing when there was nothing
    std::optional<std::string> content;      ///< of a file
    fs::path target;                         ///< of a link

    host::Ownership ownership() const { return {status->owner, status->group, status->mode}; }
};

Before look(const host::Host& host, const fs::path& path) {
    Before before{.status = host.files().status(path), .content = {}, .target = {}};
    if (!before.status) return before;
    if (before.status->type == host::FileType::regular) before.content = host.files().read(path);
    if (before.status->type == host::FileType::link)
        before.target = host.files().read_link(path).value_or("");
    return before;
}

void put(host::Host& host, const fs::path& path, const Before& before) {
    if (!before.status)
        host.files().remove(path);
    else if (before.content)
        host.files().write(path, *before.content, before.ownership());
    else
        host.files().make_link(path, before.target, before.ownership());
}

/// A record on disk of what was there before a content that is not checked yet: a copy, or a mark for
/// nothing.
class Record {
  public:
    explicit Record(const fs::path& path) {
        const auto place = state_folder / "unchecked" / path.relative_path();
        copy_ = place.string() + ".~was~";
        none_ = place.string() + ".~none~";
    }

    bool exists(const host::Host& host) const {
        return host.files().status(copy_).has_value() || host.files().status(none_).has_value();
    }
    Before read(const host::Host& host) const { return look(host, copy_); }
    void write(host::Host& host, const Before& before) const {
        if (before.status)
            put(host, copy_, before);
        else
            host.files().write(none_, "", {.owner = {}, .group = {}, .mode = 0600});
    }
    void remove(host::Host& host) const {
        host.files().remove(copy_);
        host.files().remove(none_);
    }

  private:
    fs::path copy_;
    fs::path none_;
};

/// A file beside `path` that a check can look at; removed again with this object. Its name is one that dray's
/// own unfinished files have, so that the next write of `path` removes it should this run be killed.
class Trial {
  public:
    Trial(host::Host& host, const fs::path& path, std::string_view content, const host::Ownership& ownership)
        : host_(host) {
        constexpr std::string_view suffix = ".dray-verify";
        const auto name = path.filename().string().substr(0, file_name_limit - 1 - suffix.size());
        path_ = path.parent_path() / ("." + name + std::string(suffix));
        host_.files().write(path_, content, ownership);
    }
    ~Trial() {
        try {
            host_.files().remove(path_);
        } catch (const Error&) {
            // It harms nobody, and the next write of the file tries again.
        }
    }
    Trial(const Trial&) = delete;
    Trial& operator=(const Trial&) = delete;
    const fs::path& path() const { return path_; }

  private:
    host::Host& host_;
    fs::path path_;
};

/// The check, with `file` in the placeholder's place.
host::Command check_of(const Replacement& replacement, const fs::path& file) {
    host::Command command{.argv = replacement.validate};
    for (auto& word : command.argv)
        replace_all(word, placeholder, file.native());
    return command;
}

/// Lets it look at `checked`, which stands for the file at `path`.
void check(host::Host& host, const Replacement& replacement, const fs::path& path, const fs::path& checked) {
    const auto command = check_of(replacement, checked);
    const std::string attempt = "the new content of " + path.string() + " does not pass its check `" +
                                check_of(replacement, path).text() + "`";
    const std::string hint = "what was there before is in place";
    try {
        if (!replacement.sensitive) {
            static_cast<void>(host.processes().check(command, attempt));
            return;
        }
        const auto result = host.processes().run(command);
        if (!result.ok())
            throw Error(attempt, command.argv.front() + ": " + result.outcome() +
                                     ", in words that may hold the secret");
    } catch (const Error& error) {
        auto parts = error.parts();
        replace_all(parts.cause, checked.native(), path.native());
        if (parts.hint.empty()) parts.hint = hint;
        throw Error(std::move(parts));
    }
}

}  // namespace

Replacement Replacement::from(const recipe::Properties& properties) {
    Replacement replacement{.backups = properties.integer("backup"),
                            .validate = properties.texts("validate"),
                            .sensitive = properties.truth("sensitive") || properties.any_secret()};
    if (replacement.backups < 0 || replacement.backups > most_backups)
        throw Error("bad value for 'backup' of " + properties.type() + "[" + properties.name() + "]",
                    std::to_string(replacement.backups) + " is no number of earlier contents",
                    "write one from 0 to " + std::to_string(most_backups));
    return replacement;
}

void Replacement::write(host::Host& host, const fs::path& path, std::string_view content,
                        const host::Ownership& ownership) const {
    const bool looks_at_copy = std::ranges::any_of(validate, has_placeholder);
    if (validate.empty() || looks_at_copy) {
        const bool looks_back = backups > 0 || looks_at_copy;
        const Before before = looks_back ? look(host, path) : Before();
        if (looks_at_copy) {
            host::Ownership final = ownership;
            if (final.owner.empty() && before.content) final.owner = before.status->owner;
            if (final.group.empty() && before.content) final.group = before.status->group;
            const Trial trial(host, path, content, final);
            check(host, *this, path, trial.path());
        }
        keep(host, path, before.content, backups);
        host.files().write(path, content, ownership);
        return;
    }
    const Record record(path);
    const Before before = record.exists(host) ? record.read(host) : look(host, path);
    if (before.status && before.status->type != host::FileType::regular &&
        before.status->type != host::FileType::link)
        return host.files().write(path, content, ownership);  // which says why that cannot be
    place_in(host, "unchecked", path);
    if (!record.exists(host)) record.write(host, before);
    try {
        host.files().write(path, content, ownership);
        check(host, *this, path, path);
    } catch (...) {
        put(host, path, before);
        record.remove(host);
        throw;
    }
    keep(host, path, before.content, backups);
    record.remove(host);
}

void Replacement::remove(host::Host& host, const fs::path& path) const {
    if (backups > 0) keep(host, path, look(host, path).content, backups);
    host.files().remove(path);
    if (!validate.empty()) Record(path).remove(host);
}

bool Replacement::unchecked(const host::Host& host, const fs::path& path) const {
    return !validate.empty() && Record(path).exists(host);
}

std::vector<std::string> Replacement::notes() const {
    if (validate.empty()) return {};
    return {"checked by `" + host::Command{.argv = validate}.text() + "` before it stays"};
}

std::vector<recipe::Key> replacement_keys() {
    using recipe::Kind;
    return {
        {.name = "backup",
         .kind = Kind::integer,
         .doc = "How many earlier contents are kept, as /var/lib/dray/backups/PATH.~N~; the highest N is the "
                "latest.",
         .fallback = 0},
        {.name = "validate",
         .kind = Kind::command,
         .doc =
             "A command that has to accept a new content. {path} in it, also within a word, is a copy beside "
             "the "
             "file, looked at before the file is touched. Without {path} the new file is put in place first, "
             "and "
             "the old one comes back when the command fails: that is for a part of what a program reads as a "
             "whole, such as validate = [\"nginx\", \"-t\"] for a site, whose link in sites-enabled then "
             "stands "
             "above it. A dry run does not run the command."}};
}

}  // namespace dray::resources
