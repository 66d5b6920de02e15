// What is looked at in an sdist and a wheel before anybody gets them.
#include "builder/confinement.h"
#include "builder/distributions.h"
#include "builder/pyproject.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <filesystem>

namespace dray::builder {
namespace {

constexpr auto twine = "/usr/bin/twine";
constexpr auto twine_timeout = std::chrono::minutes(2);

}  // namespace

void run_twine_check(const host::Processes& processes, const Settings& settings, const std::string& pyproject,
                     const Products& products) {
    if (!settings.python.twine_check || !std::filesystem::exists(twine) || !has_description(pyproject))
        return;
    const auto sdist = products.folder / products.sdist;
    const auto wheel = products.folder / products.wheel;
    processes.check(
        confined({.argv = {twine, "--no-color", "check", sdist.string(), wheel.string()},
                  .environment = {{"HOME", "/tmp"}},
                  .timeout = twine_timeout},
                 build_confinement(settings).with(sdist).with(wheel)),
        fmt::format("twine finds errors in the metadata of {} and {}", products.sdist, products.wheel));
}

}  // namespace dray::builder
