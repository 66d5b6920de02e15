// What a run says on the terminal while it works.
#include "builder/progress.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {

void Progress::step(std::string_view name, const std::function<std::string()>& work) {
    const std::string opening = fmt::format("  {:<14} ", name);
    const bool alone = !side_by_side_;
    if (alone) {
        begun_ = opening;
        sink_(begun_);
    }
    const auto begin = clock_.steady();
    const auto end = [&](const std::string& how) {
        const std::lock_guard guard(mutex_);
        begun_.clear();
        const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - begin);
        steps_.push_back({std::string(name), time});
        sink_(fmt::format("{}{:5.1f} s{}\n", alone ? "" : opening, std::chrono::duration<double>(time).count(),
                          how));
    };
    std::string result;
    try {
        result = work();
    } catch (...) {
        end("  failed");
        throw;
    }
    end(result.empty() ? "" : "  " + result);
}

void Progress::note(std::string_view text) {
    const std::lock_guard guard(mutex_);
    sink_(fmt::format("{}{}\n{}", begun_.empty() ? "" : "\n", text, begun_));
}

}  // namespace dray::builder
