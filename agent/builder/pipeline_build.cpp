// How dray-build's verbs make the products of a release.
#include "builder/backend_environment.h"
#include "builder/buildinfo.h"
#include "builder/confinement.h"
#include "builder/deb.h"
#include "builder/distribution_checks.h"
#include "builder/distributions.h"
#include "builder/environment.h"
#include "builder/pipeline.h"
#include "builder/pyproject.h"
#include "builder/recipes_package.h"
#include "builder/root_tree.h"
#include "builder/side_by_side.h"
#include "builder/unsure.h"
#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <exception>
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
        refuse_other_encodings(source.folder);
        commit_files_ = files_below(source.folder);
        builder::build_distributions(machine_.processes, machine_.files, settings_, interpreter(), source,
                                     scratch_, cache(), products_);
        return products_.sdist + ", " + products_.wheel;
    });
}

void Pipeline::check_metadata(const Products& distributions) {
    for (const std::string& note : looked_over(machine_.processes, distributions, interpreter(), cache()))
        progress_.note(note);
}

std::vector<std::string> Pipeline::looked_over(const host::Processes& processes,
                                               const Products& distributions, const Interpreter& interpreter,
                                               const BuildCache& cache) const {
    // Once more from git: the export is the backend's by now.
    return check_distributions(
        processes, machine_.files, settings_, interpreter, commit_files_,
        [&](const fs::path& folder) {
            fs::create_directories(folder.parent_path());
            git_->export_tree(commit_.id, folder);
            return Source{folder, commit_.time, now()};
        },
        scratch_ / "checked", cache, distributions);
}

std::vector<BuildRoot> Pipeline::take_roots(const host::Processes& processes,
                                            const std::function<void(const std::string&)>& say) const {
    if (settings_.deb.targets.empty()) return {BuildRoot()};
    std::vector<BuildRoot> roots;
    const RootTrees trees(processes, machine_.clock, RunState::base(settings_.host.state) / "roots", say);
    for (const std::string& target : settings_.deb.targets) {
        roots.emplace_back(trees.take(settings_, target));
        // What fails from here on is the commit's fault; that a tree cannot be entered is not.
        nobodys_fault([&] {
            processes.check(confined({.argv = {"true"}}, roots.back().confinement(settings_)),
                            fmt::format("cannot enter the root tree of {}", target));
        });
    }
    return roots;
}

std::vector<BuildRoot> Pipeline::build_roots(const host::Processes& processes) {
    if (!prepared_roots_.empty()) return std::exchange(prepared_roots_, {});
    std::vector<BuildRoot> roots;
    std::vector<std::string> notes;
    const auto take = [&] {
        roots = take_roots(processes, [&](const std::string& text) { notes.push_back(text); });
        return fmt::format("{}", fmt::join(settings_.deb.targets, ", "));
    };
    if (settings_.deb.targets.empty())
        take();
    else
        progress_.step("targets", take);
    for (const std::string& text : notes)
        progress_.note(text);
    return roots;
}

void Pipeline::test_and_prepare() {
    // Processes are counted by their user, and what is made ready must not take those that the tests may
    // have.
    const bool in_the_way =
        settings_.test.user == settings_.build.user && settings_.test.processes < settings_.build.processes;
    if (settings_.test.command.empty() || settings_.service.recipes || in_the_way) {
        test();
        return;
    }
    const StoppableProcesses processes(machine_.processes);
    auto prepared = std::async(std::launch::async, [&] {
        try {
            prepare(processes);
        } catch (const std::exception&) {  // the step that needs it does it again, and says what is wrong
        }
    });
    try {
        test();
    } catch (...) {
        processes.stop();
        throw;
    }
    if (prepared.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
        prepared.get();
    else
        progress_.step("preparation", [&] {
            prepared.get();
            return std::string("begun beside the tests");
        });
    for (const std::string& text : std::exchange(said_ahead_, {}))
        progress_.note(text);
}

/// What a release does not need its number for: root trees, what builds the wheel, and what the lock
/// installs.
void Pipeline::prepare(const host::Processes& processes) {
    const fs::path folder = scratch_ / "ahead";
    prepared_roots_ = take_roots(processes, [&](const std::string& text) { said_ahead_.push_back(text); });
    const Source source{folder / "source", commit_.time, now()};
    fs::create_directories(folder);
    git_->export_tree(commit_.id, source.folder);
    const auto pyproject = git_->file(commit_.id, "pyproject.toml");
    const BuildCache kept = cache();
    const Interpreter& own_interpreter = interpreter();
    side_by_side(prepared_roots_.size() + 1, processes, [&](std::size_t number, const host::Processes& how) {
        const fs::path own = folder / std::to_string(number);
        if (number < prepared_roots_.size()) {
            const BuildRoot& root = prepared_roots_[number];
            prepare_environment(how, settings_, root,
                                root.is_host() ? own_interpreter : find_interpreter(how, settings_, root),
                                source, own, kept);
        } else if (pyproject) {
            backend_environment(how, settings_, BuildRoot(), own_interpreter, build_requirements(*pyproject),
                                {source.time, source.now}, own, kept);
        }
    });
}

void Pipeline::make_debs(const host::Processes& processes) {
    products_.debs.clear();
    const std::vector<BuildRoot> roots = build_roots(processes);
    // Its own export: what a build left in the other must not reach the lock.
    const Source source{scratch_ / "locked-source", commit_.time, now()};
    git_->export_tree(commit_.id, source.folder);
    // What was released is compared as it is, whatever dray says of its recipe by now.
    if (!uncached_) refuse_overlaid_recipes(settings_, source);
    if (!settings_.deb.recipe.empty() && !uncached_) {
        std::string said;
        progress_.step("recipe", [&] {
            said = check_own_recipe(processes, settings_, source, scratch_);
            return settings_.deb.recipe.string();
        });
        if (!said.empty()) progress_.note("note: " + said);
    }
    const BuildCache kept = cache();
    std::vector<BuiltPackage> debs(roots.size());
    const Progress::SideBySide lines(progress_, roots.size() > 1);
    side_by_side(roots.size(), processes, [&](std::size_t number, const host::Processes& how) {
        const BuildRoot& root = roots[number];
        debs[number] = make_deb(
            how, root, root.is_host() ? interpreter() : find_interpreter(how, settings_, root), source, kept);
    });
    products_.debs = std::move(debs);
    if (const std::string text = lintian_note(settings_); !text.empty()) progress_.note("note: " + text);
}

BuiltPackage Pipeline::make_deb(const host::Processes& processes, const BuildRoot& root,
                                const Interpreter& interpreter, const Source& source,
                                const BuildCache& cache) {
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
            BuiltWheel wheel = build_wheel(processes, machine_.files, settings_, root, interpreter, source,
                                           scratch_, cache, products_);
            build.built_with = std::move(wheel.built_with);
            installed.folder = wheel.folder;
            installed.wheel = wheel.file;
            return wheel.file;
        });
    progress_.step("environment" + suffix, [&] {
        build.installed_from =
            build_environment(processes, settings_, root, interpreter, source, installed, scratch_, cache,
                              tree / settings_.deb.prefix.relative_path());
        return settings_.deb.prefix.string();
    });
    BuiltPackage package;
    fs::path deb;
    progress_.step("package" + suffix, [&] {
        package =
            builder::build_deb(processes, settings_, root, interpreter, source, scratch_, tree, products_);
        deb = products_.folder / package.file;
        const auto size = static_cast<double>(fs::file_size(deb));
        write_buildinfo(processes, settings_, build, now(), products_, package);
        return fmt::format("{}, {:.1f} MB", deb.filename().string(), size / 1e6);
    });
    progress_.step("checks" + suffix, [&] {
        // Each takes a processor for seconds.
        side_by_side(2, processes, [&](std::size_t number, const host::Processes& how) {
            if (number == 0)
                smoke_test(how, settings_, root, interpreter, scratch_, deb);
            else
                run_lintian(how, settings_, scratch_, deb);
        });
        return std::string();
    });
    return package;
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
        if (std::string text = lintian_note(settings_); !text.empty()) notes.push_back(std::move(text));
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
    const Products distributions = products_;
    const Interpreter python = interpreter();
    const BuildCache kept = cache();
    std::vector<std::string> notes;
    side_by_side(2, machine_.processes, [&](std::size_t number, const host::Processes& processes) {
        if (number == 0)
            notes = looked_over(processes, distributions, python, kept);
        else
            make_debs(processes);
    });
    for (const std::string& note : notes)
        progress_.note(note);
}

Products Pipeline::build_distributions() {
    attempt([&] {
        open(Need::dist);
        if (settings_.service.recipes)
            throw Error("cannot build distributions", "a repository of recipes has none",
                        "dray-build deb builds its package");
        choose_version();
        make_distributions();
        check_metadata(products_);
        products_.save(machine_.files);
    });
    return products_;
}

Products Pipeline::build_deb() {
    attempt([&] {
        open(Need::nothing);  // of what kind it is
        if (settings_.service.recipes) {
            open(Need::deb);
            choose_version();
            make_recipes();
        } else {
            products_ = take_products(Need::deb);
            make_debs(machine_.processes);
        }
        products_.save(machine_.files);
    });
    return products_;
}

}  // namespace dray::builder
