// How dray-build's verbs make the products of a release.
#include "builder/buildinfo.h"
#include "builder/deb.h"
#include "builder/distributions.h"
#include "builder/environment.h"
#include "builder/pipeline.h"
#include "builder/recipes_package.h"
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
    if (!interpreter_) interpreter_ = find_interpreter(machine_.processes, settings_);
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
        builder::build_distributions(machine_.processes, machine_.files, settings_, interpreter(), source,
                                     scratch_, cache(), products_);
        return products_.sdist + ", " + products_.wheel;
    });
}

void Pipeline::check_metadata(const Products& distributions) const {
    // Of the commit: the export is the backend's by now.
    const auto pyproject = git_->file(commit_.id, "pyproject.toml");
    if (pyproject) run_twine_check(machine_.processes, settings_, *pyproject, distributions);
}

void Pipeline::make_deb() {
    // Its own export: what a build left in the other must not reach the lock.
    const Source source{scratch_ / "locked-source", commit_.time, now()};
    const fs::path tree = scratch_ / "package";
    std::vector<PythonFile> installed_from;
    progress_.step("environment", [&] {
        git_->export_tree(commit_.id, source.folder);
        installed_from = build_environment(machine_.processes, settings_, interpreter(), source, products_,
                                           scratch_, cache(), tree / settings_.deb.prefix.relative_path());
        return settings_.deb.prefix.string();
    });
    progress_.step("package", [&] {
        builder::build_deb(machine_.processes, settings_, interpreter(), source, scratch_, tree, products_);
        const auto size = static_cast<double>(fs::file_size(products_.folder / products_.deb));
        write_buildinfo(machine_.processes, settings_, interpreter(), installed_from,
                        python_environment(settings_.python, scratch_, commit_.time), now(), products_);
        return fmt::format("{}, {:.1f} MB", products_.deb, size / 1e6);
    });
    progress_.step("checks", [&] {
        // Each takes a processor for seconds.
        auto looked_over = std::async(
            std::launch::async, [&] { run_lintian(machine_.processes, settings_, scratch_, products_); });
        smoke_test(machine_.processes, settings_, interpreter(), scratch_, products_);
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
        write_buildinfo(machine_.processes, settings_, {}, {}, {{"SOURCE_DATE_EPOCH", epoch}}, now(),
                        products_);
        return products_.deb;
    });
    std::vector<std::string> notes;
    progress_.step("checks", [&] {
        const auto names = check_recipes(machine_.processes, settings_, scratch_, products_,
                                         [&](const std::string& text) { notes.push_back(text); });
        run_lintian(machine_.processes, settings_, scratch_, products_);
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
    auto looked_over =
        std::async(std::launch::async, [this, distributions = products_] { check_metadata(distributions); });
    make_deb();
    looked_over.get();
}

}  // namespace dray::builder
