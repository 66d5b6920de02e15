// Folders with all that is below them.
#include "converging.h"

#include <doctest/doctest.h>

#include <filesystem>

using dray::test::Converging;
using dray::test::errors;
using dray::test::outcomes;

namespace {

std::string folder(const std::string& keys) {
    return "[[resource]]\ntype = \"directory\"\nname = \"/srv/x\"\n" + keys + "\n";
}

struct Tree : Converging {
    Tree() {
        memory.accounts.ensure_group({.name = "daemon"});
        memory.accounts.ensure_user({.name = "daemon", .group = "daemon"});
        file("tree/a", "one\n").file("tree/sub/b", "two\n").file("tree/sub/deep/c", "three\n");
    }
    std::string text(const std::string& below) const {
        const auto status = memory.files.status("/srv/x/" + below);
        if (!status) return "nothing";
        return status->owner + ":" + status->group + " " + dray::host::mode_text(status->mode);
    }
};

/// "name: from -> to" of each change, a line each.
std::string changes(const dray::converge::Run& run) {
    std::string text;
    for (const auto& change : run.steps.at(0).changes)
        text += change.name + ": " + change.from.value_or("(none)") + " -> " + change.to + "\n";
    return text;
}

}  // namespace

TEST_CASE("a folder of the recipe is copied with all that is in it") {
    Tree host;
    host.recipe(folder("source = \"tree\"\nmode = \"0750\"\ngroup = \"daemon\""));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.memory.files.read("/srv/x/sub/deep/c") == "three\n");
    CHECK(host.text("sub") == "root:daemon 0750");
    CHECK(host.text("a") == "root:daemon 0644");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("what is executable in the recipe is executable on the host") {
    Tree host;
    host.recipe(folder("source = \"tree\""));
    std::filesystem::permissions(host.recipe_path() / "tree/a", std::filesystem::perms(0755));
    host.converge();
    CHECK(host.text("a") == "root:root 0755");
    CHECK(host.text("sub/b") == "root:root 0644");
}

TEST_CASE("what was changed below by hand comes back, and each difference is told") {
    Tree host;
    host.recipe(folder("source = \"tree\"")).converge();
    host.memory.files.put("/srv/x/a", "by hand\n", {.owner = {}, .group = {}, .mode = 0600});
    host.memory.files.remove("/srv/x/sub/b");
    host.memory.files.put("/srv/x/stranger", "stays");
    const auto foretold = host.dry_run();
    CHECK(changes(foretold) ==
          "./a: file root:root 0600 -> file root:root 0644\n"
          "content of ./a: by hand\n -> one\n\n"
          "./sub/b: absent -> file root:root 0644\n"
          "content of ./sub/b:  -> two\n\n");
    CHECK(changes(host.converge()) == changes(foretold));
    CHECK(host.memory.files.read("/srv/x/stranger") == "stays");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("purge removes strangers with all that is in them, and follows no link") {
    Tree host;
    host.recipe(folder("source = \"tree\"\npurge = true")).converge();
    host.memory.files.put("/srv/elsewhere/f", "precious");
    host.memory.files.put("/srv/x/old/deep/f", "");
    host.memory.files.put("/srv/x/sub/old", "");
    host.memory.files.plant_link("/srv/x/link", "/srv/elsewhere", "root");
    CHECK(changes(host.converge()) ==
          "./link: link -> absent\n"
          "./old: directory root:root 0755 -> absent\n"
          "./sub/old: file root:root 0644 -> absent\n");
    CHECK(host.memory.files.list("/srv/x") == std::vector<std::string>{"a", "sub"});
    CHECK(host.memory.files.read("/srv/elsewhere/f") == "precious");
}

TEST_CASE("nothing is looked for or written behind a link in a folder's place") {
    Tree host;
    host.recipe(folder("source = \"tree\"")).converge();
    host.memory.files.put("/srv/elsewhere/b", "precious");
    for (const char* const path : {"/srv/x/sub/deep/c", "/srv/x/sub/deep", "/srv/x/sub/b", "/srv/x/sub"})
        host.memory.files.remove(path);
    host.memory.files.plant_link("/srv/x/sub", "/srv/elsewhere", "root");
    CHECK(errors(host.converge()).find("a link is there") != std::string::npos);
    CHECK(host.memory.files.list("/srv/elsewhere") == std::vector<std::string>{"b"});
    CHECK(outcomes(host.recipe(folder("source = \"tree\"\npurge = true")).converge()) == "changed");
    CHECK(host.memory.files.read("/srv/x/sub/b") == "two\n");
    CHECK(host.memory.files.read("/srv/elsewhere/b") == "precious");
}

TEST_CASE("a folder in a file's place goes only when strangers may") {
    Tree host;
    host.memory.files.put("/srv/x/a/f", "");
    CHECK(errors(host.recipe(folder("source = \"tree\"")).converge()).find("a directory is there") !=
          std::string::npos);
    CHECK(outcomes(host.recipe(folder("source = \"tree\"\npurge = true")).converge()) == "changed");
    CHECK(host.memory.files.read("/srv/x/a") == "one\n");
}

TEST_CASE(
    "recursive gives all below its owner, folders the mode, and files only when they have one of their own") {
    Tree host;
    host.memory.files.put("/srv/x/a", "", {.owner = {}, .group = {}, .mode = 0640});
    host.memory.files.put("/srv/x/sub/b", "", {.owner = {}, .group = {}, .mode = 0755});
    host.memory.files.plant_link("/srv/x/link", "/etc", "root");
    host.recipe(folder("recursive = true\nowner = \"daemon\"\nmode = \"0700\""));
    CHECK(outcomes(host.converge()) == "changed");
    CHECK(host.text("a") == "daemon:root 0640");
    CHECK(host.text("sub") == "daemon:root 0700");
    CHECK(host.text("sub/b") == "daemon:root 0755");
    CHECK(host.text("link") == "root:root 0777");
    CHECK(host.memory.files.status("/etc")->owner == "root");
    CHECK(outcomes(host.converge()) == "unchanged");
    host.recipe(folder("recursive = true\nowner = \"daemon\"\nmode = \"0700\"\nfile_mode = \"0600\""))
        .converge();
    CHECK(host.text("a") == "daemon:root 0600");
    CHECK(host.text("sub/b") == "daemon:root 0600");
}

TEST_CASE("a program with set-id bits loses them with its owner") {
    Tree host;
    host.memory.files.put("/srv/x/a", "", {.owner = "daemon", .group = "daemon", .mode = 06755});
    host.recipe(folder("recursive = true")).converge();
    CHECK(host.text("a") == "root:root 0755");
    host.memory.files.put("/srv/x/b", "", {.owner = "root", .group = "root", .mode = 04755});
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("recursive without an owner keeps everybody's") {
    Tree host;
    host.memory.files.put("/srv/x/a", "", {.owner = "daemon", .group = "daemon", .mode = 0640});
    host.recipe(folder("recursive = true\nowner = \"\"\ngroup = \"\"")).converge();
    CHECK(host.text("a") == "daemon:daemon 0640");
    CHECK(outcomes(host.converge()) == "unchanged");
}

TEST_CASE("a folder with something in it goes only when that may") {
    Tree host;
    host.memory.files.put("/srv/x/sub/b", "");
    host.memory.files.put("/srv/elsewhere/f", "precious");
    host.memory.files.plant_link("/srv/x/link", "/srv/elsewhere", "root");
    CHECK(errors(host.recipe(folder("state = \"absent\"")).converge()).find("files that dray did not make") !=
          std::string::npos);
    CHECK(outcomes(host.recipe(folder("state = \"absent\"\nrecursive = true")).converge()) == "changed");
    CHECK_FALSE(host.memory.files.status("/srv/x"));
    CHECK(host.memory.files.read("/srv/elsewhere/f") == "precious");
}

TEST_CASE("a link in the recipe's folder is a mistake, with its place") {
    Tree host;
    host.recipe(folder("source = \"tree\""));
    std::filesystem::create_symlink("/etc/shadow", host.recipe_path() / "tree/link");
    CHECK(host.mistakes().find("'link' in it is neither a file nor a folder") != std::string::npos);
    CHECK(host.mistakes().find("recipe.toml:") != std::string::npos);
}

TEST_CASE("files named like the folder's own values are told apart from them") {
    Tree host;
    host.file("tree/mode", "m").file("tree/type", "t");
    CHECK(outcomes(host.recipe(folder("source = \"tree\"")).converge()) == "changed");
    CHECK(outcomes(host.converge()) == "unchanged");
    host.memory.files.put("/srv/x/mode", "by hand");
    CHECK(outcomes(host.converge()) == "changed");
}

TEST_CASE("a secret tree is not shown") {
    Tree host;
    const auto run = host.recipe(folder("source = \"tree\"\nsensitive = true")).dry_run();
    for (const auto& change : run.steps.at(0).changes)
        if (change.name.starts_with("content")) CHECK(change.display == dray::resources::Display::secret);
}
