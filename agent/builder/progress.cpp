// What a run says on the terminal while it works.
#include "builder/progress.h"

#include <spdlog/fmt/fmt.h>

namespace dray::builder {

void Progress::step(std::string_view name, const std::function<std::string()>& work) {
    begun_ = fmt::format("  {:<14} ", name);
    sink_(begun_);
    const auto begin = clock_.steady();
    const auto took = [&] {
        begun_.clear();
        const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - begin);
        steps_.push_back({std::string(name), time});
        return fmt::format("{:5.1f} s", std::chrono::duration<double>(time).count());
    };
    try {
        const std::string result = work();
        sink_(fmt::format("{}{}{}\n", took(), result.empty() ? "" : "  ", result));
    } catch (...) {
        sink_(fmt::format("{}  failed\n", took()));
        throw;
    }
}

void Progress::note(std::string_view text) {
    sink_(fmt::format("{}{}\n{}", begun_.empty() ? "" : "\n", text, begun_));
}

}  // namespace dray::builder
