// The resource type `directory`.
#include "resources/directory.h"

#include "resources/managed_file.h"

namespace dray::resources {
namespace {

using recipe::Kind;

constexpr host::Mode plain_mode = 0644;
constexpr host::Mode executable_mode = 0755;

std::vector<recipe::Key> all_keys() {
    auto keys = ownership_keys("0755");
    const std::vector<recipe::Key> own = {
        {.name = "parents",
         .kind = Kind::boolean,
         .doc = "Make missing folders above it too, owned by root with mode 0755.",
         .fallback = false},
        {.name = "source",
         .kind = Kind::folder,
         .doc =
             "A folder of the recipe's: all that is in it is put into this one, with this owner and group. "
             "Symbolic links in it are an error."},
        {.name = "purge",
         .kind = Kind::boolean,
         .doc = "Remove what is in the folder and not in 'source'.",
         .fallback = false},
        {.name = "recursive",
         .kind = Kind::boolean,
         .doc = "Give all below it the same owner and group, and folders the same mode; links below are not "
                "followed. With state = \"absent\": remove it with all that is in it.",
         .fallback = false},
        {.name = "file_mode",
         .kind = Kind::mode,
         .doc =
             "Permission bits of files below it. When not given, files from 'source' get 0644, or 0755 where "
             "they are executable in the recipe, and others keep theirs."},
        {.name = "sensitive",
         .kind = Kind::boolean,
         .doc = "The files from 'source' are secrets: never shown in a diff, a report or a log.",
         .fallback = false},
    };
    keys.insert(keys.end(), own.begin(), own.end());
    return keys;
}

/// Not to be taken for the folder's own "mode", were that the name of a file.
std::string shown(const TreeDeviation& deviation) {
    return "./" + deviation.below;
}

std::string content_name(const TreeDeviation& deviation) {
    return "content of " + shown(deviation);
}

}  // namespace

const recipe::Schema Directory::schema{.type = "directory",
                                       .group = recipe::Group::files,
                                       .summary = "A folder, and if wished all that is below it.",
                                       .source = "mkdir(2), chmod(2), chown(2)",
                                       .name_doc = "its absolute path",
                                       .name_kind = Kind::path,
                                       .keys = all_keys(),
                                       .example = R"([[resource]]
type = "directory"
name = "/etc/nginx/snippets"
source = "files/snippets"
purge = true
)"};

Directory::Directory(const recipe::Properties& properties)
    : path_(properties.name()),
      ownership_{properties.text("owner"), properties.text("group"), properties.mode("mode")},
      parents_(properties.truth("parents")),
      present_(properties.text("state") == "present"),
      sensitive_(properties.truth("sensitive")),
      tree_{.path = path_, .purge = properties.truth("purge"), .recursive = properties.truth("recursive")} {
    const std::string attempt = "cannot tell what directory[" + path_.string() + "] is to hold";
    if (tree_.purge && !properties.has("source"))
        throw Error(attempt, "it has 'purge' and no 'source'", "name the folder whose content is to stay");
    if (properties.has("file_mode") && !properties.has("source") && !tree_.recursive)
        throw Error(attempt, "it has 'file_mode', and neither 'source' nor 'recursive'",
                    "add recursive = true, or remove it");
    tree_.other_folders = ownership_;
    tree_.other_files = ownership_;
    tree_.files_keep_mode = !properties.has("file_mode");
    if (!tree_.files_keep_mode) tree_.other_files.mode = properties.mode("file_mode");
    if (properties.has("source")) take_source(properties.folder("source"), properties);
}

void Directory::take_source(const recipe::FolderText& folder, const recipe::Properties& properties) {
    for (const auto& below : folder.folders)
        tree_.entries[below] = {.content = std::nullopt, .ownership = ownership_};
    for (const auto& [below, file] : folder.files) {
        host::Ownership ownership = ownership_;
        ownership.mode = file.executable ? executable_mode : plain_mode;
        if (properties.has("file_mode")) ownership.mode = properties.mode("file_mode");
        tree_.entries[below] = {.content = file.content, .ownership = ownership};
    }
}

State Directory::inspect(const host::Host& host) const {
    State state = status_state(host, path_);
    deviations_.clear();
    if (present_) deviations_ = tree_.deviations(host);
    for (const auto& deviation : deviations_) {
        state.set(shown(deviation), deviation.now);
        if (deviation.content)
            state.set(content_name(deviation), *deviation.content,
                      sensitive_ ? Display::secret : Display::content);
    }
    return state;
}

State Directory::wanted(const host::Host& host) const {
    if (!present_) return {{"type", "absent"}};
    State state{{"type", "directory"}};
    const auto owners = named(host, ownership_);
    if (!owners.owner.empty()) state.set("owner", owners.owner);
    if (!owners.group.empty()) state.set("group", owners.group);
    state.set("mode", host::mode_text(ownership_.mode));
    for (const auto& deviation : deviations_) {
        state.set(shown(deviation), deviation.wanted);
        if (deviation.content)
            state.set(content_name(deviation), tree_.entries.at(deviation.below).content.value_or(""),
                      sensitive_ ? Display::secret : Display::content);
    }
    return state;
}

void Directory::apply(host::Host& host, const State& now, const Progress&) {
    const auto type = now.value("type");
    if (!present_ && tree_.recursive && type == "directory") return remove_tree(host.files(), path_);
    if (!present_) return host.files().remove(path_);
    if (type != "directory" && type != "absent")
        throw Error("cannot make the folder " + path_.string(), "a " + type + " is in its place",
                    "look at it, and move it away");
    // Of a folder that is there this sets the ownership.
    host.files().make_directory(path_, named(host, ownership_), parents_);
    for (const auto& deviation : deviations_)
        tree_.correct(host.files(), deviation);
}

}  // namespace dray::resources
