// How dray-build's verbs make the products of a release.
#include "builder/buildinfo.h"
#include "builder/confinement.h"
#include "builder/deb.h"
#include "builder/distribution_checks.h"
#include "builder/distributions.h"
#include "builder/environment.h"
#include "builder/pipeline.h"
#include "builder/recipes_package.h"
#include "builder/root_tree.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <future>
#include <utility>

namespace dray::builder {
namespace fs = std::filesystem;

std::chrono::sys_seconds Pipeline::now() const {
    return std::chrono::floor<std::chrono::seconds>(machine_.clock.now());
}

const Interpreter& Pipeline::interpreter() {
    if (!interpreter_) interpreter_ = find_interpreter(machine_.processes, settings_, BuildRoot());
    return *interpreter_;
}

BuildCache Pipeline::cache() {
    state_.prepare();  // nobody else gets at what is kept there
    return BuildCache((uncached_ ? scratch_ : state_.folder()) / "cache");
}

void Pipeline::make_distributions() {
    progress_.step("distributions", [&] {
        const Source source{scratch_ / "source", commit_.time, now()};
        git_->export_tree(commit_.id, source.folder);
        commit_files_ = files_below(source.folder);
        builder::build_distributions(machine_.processes, machine_.files, settings_, interpreter(), source,
                                     scratch_, cache(), products_);
        return products_.sdist + ", " + products_.wheel;
    });
}

void Pipeline::check_metadata(const Products& distributions) {
    for (const std::string& note : looked_over(distributions, interpreter(), cache()))
        progress_.note(note);
}

std::vector<std::string> Pipeline::looked_over(const Products& distributions, const Interpreter& interpreter,
                                               const BuildCache& cache) const {
    // Once more from git: the export is the backend's by now.
    return check_distributions(
        machine_.processes, machine_.files, settings_, interpreter, commit_files_,
        [&](const fs::path& folder) {
            fs::create_directories(folder.parent_path());
            git_->export_tree(commit_.id, folder);
            return Source{folder, commit_.time, now()};
        },
        scratch_ / "checked", cache, distributions);
}

std::vector<BuildRoot> Pipeline::build_roots() {
    if (settings_.deb.targets.empty()) return {BuildRoot()};
    std::vector<BuildRoot> roots;
    std::vector<std::string> notes;
    progress_.step("targets", [&] {
        const RootTrees trees(machine_.processes, machine_.clock,
                              RunState::base(settings_.host.state) / "roots",
                              [&](const std::string& text) { notes.push_back(text); });
        for (const std::string& target : settings_.deb.targets) {
            roots.emplace_back(trees.take(settings_, target));
            // What fails from here on is the commit's fault; that a tree cannot be entered is not.
            nobodys_fault([&] {
                machine_.processes.check(confined({.argv = {"true"}}, roots.back().confinement(settings_)),
                                         fmt::format("cannot enter the root tree of {}", target));
            });
        }
        return fmt::format("{}", fmt::join(settings_.deb.targets, ", "));
    });
    for (const std::string& text : notes)
        progress_.note(text);
    return roots;
}

void Pipeline::make_debs() {
    products_.debs.clear();
    const std::vector<BuildRoot> roots = build_roots();
    // Its own export: what a build left in the other must not reach the lock.
    const Source source{scratch_ / "locked-source", commit_.time, now()};
    git_->export_tree(commit_.id, source.folder);
    for (const BuildRoot& root : roots)
        make_deb(root, root.is_host() ? interpreter() : find_interpreter(machine_.processes, settings_, root),
                 source);
}

void Pipeline::make_deb(const BuildRoot& root, const Interpreter& interpreter, const Source& source) {
    const std::string suffix = root.is_host() ? "" : " " + root.target();
    const fs::path tree = scratch_ / ("package" + root.target());
    Products installed = products_;
    PackageBuild build{.root = root,
                       .interpreter = interpreter,
                       .built_with = products_.built_with,
                       .own_wheel = !root.is_host() && !is_pure_wheel(products_.wheel),
                       .environment = python_environment(settings_.python, scratch_, commit_.time)};
    build.environment.merge(
        version_variables(git_->file(commit_.id, "pyproject.toml").value_or(""), products_.version.text()));
    if (build.own_wheel)
        progress_.step("wheel" + suffix, [&] {
            BuiltWheel wheel = build_wheel(machine_.processes, machine_.files, settings_, root, interpreter,
                                           source, scratch_, cache(), products_);
            build.built_with = std::move(wheel.built_with);
            installed.folder = wheel.folder;
            installed.wheel = wheel.file;
            return wheel.file;
        });
    progress_.step("environment" + suffix, [&] {
        build.installed_from =
            build_environment(machine_.processes, settings_, root, interpreter, source, installed, scratch_,
                              cache(), tree / settings_.deb.prefix.relative_path());
        return settings_.deb.prefix.string();
    });
    fs::path deb;
    progress_.step("package" + suffix, [&] {
        BuiltPackage package = builder::build_deb(machine_.processes, settings_, root, interpreter, source,
                                                  scratch_, tree, products_);
        deb = products_.folder / package.file;
        const auto size = static_cast<double>(fs::file_size(deb));
        write_buildinfo(machine_.processes, settings_, build, now(), products_, package);
        products_.debs.push_back(std::move(package));
        return fmt::format("{}, {:.1f} MB", deb.filename().string(), size / 1e6);
    });
    progress_.step("checks" + suffix, [&] {
        // Each takes a processor for seconds.
        auto looked_over = std::async(std::launch::async,
                                      [&] { run_lintian(machine_.processes, settings_, scratch_, deb); });
        smoke_test(machine_.processes, settings_, root, interpreter, scratch_, deb);
        looked_over.get();
        return std::string();
    });
}

/// What a repository of recipes becomes.
void Pipeline::make_recipes() {
    const Source source{scratch_ / "source", commit_.time, now()};
    progress_.step("package", [&] {
        git_->export_tree(commit_.id, source.folder);
        build_recipes_deb(machine_.processes, settings_, source, scratch_ / "package", products_);
        const auto epoch = std::to_string(source.time.time_since_epoch().count());
        const BuildRoot root;
        write_buildinfo(machine_.processes, settings_,
                        {.root = root, .environment = {{"SOURCE_DATE_EPOCH", epoch}}}, now(), products_,
                        products_.debs.front());
        return products_.debs.front().file;
    });
    std::vector<std::string> notes;
    progress_.step("checks", [&] {
        const auto names = check_recipes(machine_.processes, settings_, scratch_, products_,
                                         [&](const std::string& text) { notes.push_back(text); });
        run_lintian(machine_.processes, settings_, scratch_, products_.folder / products_.debs.front().file);
        return fmt::format("{}", fmt::join(names, ", "));
    });
    for (const std::string& text : notes)
        progress_.note("note: " + text);
}

void Pipeline::make_products() {
    if (settings_.service.recipes) {
        make_recipes();
        return;
    }
    make_distributions();
    // Takes as long as an environment whose parts are cached.
    auto notes = std::async(std::launch::async,
                            [this, distributions = products_, python = interpreter(), cache = cache()] {
                                return looked_over(distributions, python, cache);
                            });
    make_debs();
    for (const std::string& note : notes.get())
        progress_.note(note);
}

}  // namespace dray::builder
