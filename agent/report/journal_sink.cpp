// Diagnostics in the journal.
#include "report/journal_sink.h"

#include "host/systemd_library.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/base_sink.h>

#include <sys/syslog.h>

#include <array>
#include <mutex>
#include <string>

namespace dray::report {
namespace {

int priority_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::critical:
            return LOG_CRIT;
        case spdlog::level::err:
            return LOG_ERR;
        case spdlog::level::warn:
            return LOG_WARNING;
        case spdlog::level::debug:
        case spdlog::level::trace:
            return LOG_DEBUG;
        default:
            return LOG_INFO;
    }
}

class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit JournalSink(const host::SystemdLibrary& library) : library_(library) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        auto text =
            fmt::format("MESSAGE={}", std::string_view(message.payload.data(), message.payload.size()));
        auto priority = fmt::format("PRIORITY={}", priority_of(message.level));
        std::string identifier = "SYSLOG_IDENTIFIER=dray";
        const std::array<iovec, 3> fields = {iovec{text.data(), text.size()},
                                             iovec{priority.data(), priority.size()},
                                             iovec{identifier.data(), identifier.size()}};
        // A journal that does not take it has nobody to tell.
        library_.journal_sendv(fields.data(), static_cast<int>(fields.size()));
    }
    void flush_() override {}

    const host::SystemdLibrary& library_;
};

}  // namespace

std::shared_ptr<spdlog::sinks::sink> journal_sink() {
    return std::make_shared<JournalSink>(host::sd());
}

}  // namespace dray::report
