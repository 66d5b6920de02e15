// Regular expressions through PCRE2, with its limits set.
#include "pattern.h"

#include "error.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <new>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace dray {
namespace {

// An honest expression needs some hundred steps for a line of text; this many take a hundredth of a second.
constexpr std::uint32_t step_limit = 200'000;
constexpr std::uint32_t memory_limit_kib = 8u << 10;

struct FreeCode {
    void operator()(pcre2_code* code) const { ::pcre2_code_free(code); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { ::pcre2_match_context_free(context); }
};
struct FreeMatch {
    void operator()(pcre2_match_data* match) const { ::pcre2_match_data_free(match); }
};

std::string message(int code) {
    std::array<PCRE2_UCHAR, 256> text{};  // longer than any of PCRE2's
    ::pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct Pattern::Compiled {
    std::unique_ptr<pcre2_code, FreeCode> code;
    std::unique_ptr<pcre2_match_context, FreeContext> context;
    std::unique_ptr<pcre2_match_data, FreeMatch> match;
};

Pattern::Pattern(std::string expression)
    : expression_(std::move(expression)), compiled_(std::make_unique<Compiled>()) {
    int code = 0;
    PCRE2_SIZE offset = 0;
    compiled_->code.reset(::pcre2_compile(
        reinterpret_cast<PCRE2_SPTR>(expression_.data()), expression_.size(),
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, nullptr));
    if (!compiled_->code)
        throw Error(
            fmt::format("cannot understand the regular expression '{}'", expression_),
            fmt::format("{} (at character {})", message(code), offset),
            "a character that is meant as it stands needs a backslash before it, see pcre2pattern(3)");
    compiled_->context.reset(::pcre2_match_context_create(nullptr));
    // The place of the match alone, not those of its groups: one pair.
    compiled_->match.reset(::pcre2_match_data_create(1, nullptr));
    if (!compiled_->context || !compiled_->match) throw std::bad_alloc();
    ::pcre2_set_match_limit(compiled_->context.get(), step_limit);
    ::pcre2_set_heap_limit(compiled_->context.get(), memory_limit_kib);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
    // An empty view may have no address at all, which PCRE2 refuses.
    const char* const begin = text.empty() ? "" : text.data();
    const int result = ::pcre2_match(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(begin), text.size(),
                                     0, 0, compiled_->match.get(), compiled_->context.get());
    if (result >= 0) return true;
    if (result == PCRE2_ERROR_NOMATCH) return false;
    throw Error(fmt::format("cannot match the regular expression '{}'", expression_),
                fmt::format("{} on a text of {} bytes", message(result), text.size()),
                "write it without a repetition inside a repetition");
}

}  // namespace dray
