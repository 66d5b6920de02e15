// Regular expressions through PCRE2, with its limits set.
#include "pattern.h"

#include "error.h"
#include "host/shared_library.h"

#include <spdlog/fmt/fmt.h>

#include <dlfcn.h>

#include <array>
#include <new>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace dray {
namespace {

// An honest expression needs some hundred steps for a line of text; this many take a hundredth of a second.
constexpr std::uint32_t step_limit = 200'000;
constexpr std::uint32_t memory_limit_kib = 8u << 10;

/// PCRE2's functions, by their names there without "pcre2_". It is loaded for the first expression: most
/// recipes have none.
class Library {
  public:
    static const Library& get() {
        static const Library library;
        return library;
    }

    decltype(&::pcre2_code_free) code_free;
    decltype(&::pcre2_compile) compile;
    decltype(&::pcre2_get_error_message) get_error_message;
    decltype(&::pcre2_match) match;
    decltype(&::pcre2_match_context_create) match_context_create;
    decltype(&::pcre2_match_context_free) match_context_free;
    decltype(&::pcre2_match_data_create) match_data_create;
    decltype(&::pcre2_match_data_free) match_data_free;
    decltype(&::pcre2_set_heap_limit) set_heap_limit;
    decltype(&::pcre2_set_match_limit) set_match_limit;

  private:
    Library() : library_("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL, "libpcre2-8-0") {
        // The library has each function for code units of 8 bits by a name of its own.
        code_free = library_.function("pcre2_code_free_8");
        compile = library_.function("pcre2_compile_8");
        get_error_message = library_.function("pcre2_get_error_message_8");
        match = library_.function("pcre2_match_8");
        match_context_create = library_.function("pcre2_match_context_create_8");
        match_context_free = library_.function("pcre2_match_context_free_8");
        match_data_create = library_.function("pcre2_match_data_create_8");
        match_data_free = library_.function("pcre2_match_data_free_8");
        set_heap_limit = library_.function("pcre2_set_heap_limit_8");
        set_match_limit = library_.function("pcre2_set_match_limit_8");
    }

    host::SharedLibrary library_;
};

const Library& pcre2() {
    return Library::get();
}

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2().code_free(code); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2().match_context_free(context); }
};
struct FreeMatch {
    void operator()(pcre2_match_data* match) const { pcre2().match_data_free(match); }
};

std::string message(int code) {
    std::array<PCRE2_UCHAR, 256> text{};  // longer than any of PCRE2's
    pcre2().get_error_message(code, text.data(), text.size());
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
    compiled_->code.reset(pcre2().compile(
        reinterpret_cast<PCRE2_SPTR>(expression_.data()), expression_.size(),
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset, nullptr));
    if (!compiled_->code)
        throw Error(
            fmt::format("cannot understand the regular expression '{}'", expression_),
            fmt::format("{} (at character {})", message(code), offset),
            "a character that is meant as it stands needs a backslash before it, see pcre2pattern(3)");
    compiled_->context.reset(pcre2().match_context_create(nullptr));
    // The place of the match alone, not those of its groups: one pair.
    compiled_->match.reset(pcre2().match_data_create(1, nullptr));
    if (!compiled_->context || !compiled_->match) throw std::bad_alloc();
    pcre2().set_match_limit(compiled_->context.get(), step_limit);
    pcre2().set_heap_limit(compiled_->context.get(), memory_limit_kib);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
    // An empty view may have no address at all, which PCRE2 refuses.
    const char* const begin = text.empty() ? "" : text.data();
    const int result = pcre2().match(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(begin), text.size(),
                                     0, 0, compiled_->match.get(), compiled_->context.get());
    if (result >= 0) return true;
    if (result == PCRE2_ERROR_NOMATCH) return false;
    throw Error(fmt::format("cannot match the regular expression '{}'", expression_),
                fmt::format("{} on a text of {} bytes", message(result), text.size()),
                "write it without a repetition inside a repetition");
}

}  // namespace dray
