// libcurl, loaded when somebody first needs it.
#include "host/curl_library.h"

#include "error.h"

#include <dlfcn.h>

#include <array>

namespace dray::host {
namespace {

/// Large libraries that it brings in Debian and Ubuntu, and that bind all their functions when they are
/// loaded. One that is loaded before it, by itself, has its functions looked for among its own few libraries,
/// and not among the thirty. Where one has another name, or is not there, that is lost and nothing else.
constexpr std::array brought = {"libssl.so.3", "libgnutls.so.30"};

/// What libcurl's thirty libraries want of each other is looked for among them first, and not among dray's:
/// that saves a part of the time, as it does to look for functions when they are called. Sanitizers refuse
/// it, as they have taken malloc(3) over. Source: dlopen(3).
int load_flags() {
    const bool sanitized = ::dlsym(RTLD_DEFAULT, "__sanitizer_set_report_path") != nullptr;
    return RTLD_LAZY | RTLD_LOCAL | (sanitized ? 0 : RTLD_DEEPBIND);
}

SharedLibrary load() {
    for (const auto* const each : brought)
        ::dlopen(each, load_flags());
    // The name that all its versions since 2006 have.
    return SharedLibrary("libcurl.so.4", load_flags(), "libcurl4");
}

}  // namespace

CurlLibrary::CurlLibrary() : library_(load()) {
    const auto symbol = [this](const char* name) { return library_.function(name); };
    easy_init = symbol("curl_easy_init");
    easy_cleanup = symbol("curl_easy_cleanup");
    easy_setopt = symbol("curl_easy_setopt");
    easy_perform = symbol("curl_easy_perform");
    easy_getinfo = symbol("curl_easy_getinfo");
    easy_strerror = symbol("curl_easy_strerror");
    easy_nextheader = symbol("curl_easy_nextheader");
    multi_init = symbol("curl_multi_init");
    multi_cleanup = symbol("curl_multi_cleanup");
    multi_setopt = symbol("curl_multi_setopt");
    multi_add_handle = symbol("curl_multi_add_handle");
    multi_remove_handle = symbol("curl_multi_remove_handle");
    multi_perform = symbol("curl_multi_perform");
    multi_poll = symbol("curl_multi_poll");
    multi_info_read = symbol("curl_multi_info_read");
    multi_strerror = symbol("curl_multi_strerror");
    slist_append = symbol("curl_slist_append");
    slist_free_all = symbol("curl_slist_free_all");
    url = symbol("curl_url");
    url_cleanup = symbol("curl_url_cleanup");
    url_set = symbol("curl_url_set");
    url_get = symbol("curl_url_get");
    free = symbol("curl_free");
    const decltype(&::curl_global_init) set_up = symbol("curl_global_init");
    const CURLcode result = set_up(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK) throw Error("cannot set up libcurl", easy_strerror(result));
}

const CurlLibrary& CurlLibrary::get() {
    static const CurlLibrary library;
    return library;
}

}  // namespace dray::host
