// libcurl, loaded when somebody first needs it.
#include "host/curl_library.h"

#include "error.h"

#include <dlfcn.h>

#include <string>

namespace dray::host {
namespace {

constexpr auto loading = "cannot load libcurl";
constexpr auto file = "libcurl.so.4";  // the name that all its versions since 2006 have

/// What libcurl's thirty libraries want of each other is looked for among them first, and not among dray's:
/// that saves a part of the time, as it does to look for functions when they are called. Sanitizers refuse
/// it, as they have taken malloc(3) over. Source: dlopen(3).
int load_flags() {
    const bool sanitized = ::dlsym(RTLD_DEFAULT, "__sanitizer_set_report_path") != nullptr;
    return RTLD_LAZY | RTLD_LOCAL | (sanitized ? 0 : RTLD_DEEPBIND);
}

void* load() {
    void* const library = ::dlopen(file, load_flags());
    if (library == nullptr) throw Error(loading, ::dlerror(), "install the package libcurl4");
    return library;
}

/// Stands for the function in a member's initialisation, whose type says which one it is.
class Symbol {
  public:
    Symbol(void* library, const char* name) : address_(::dlsym(library, name)) {
        if (address_ == nullptr) throw Error(loading, std::string(file) + " has no function " + name);
    }

    template <typename Function>
    operator Function*() const {
        return reinterpret_cast<Function*>(address_);  // POSIX allows it, for dlsym's sake
    }

  private:
    void* address_;
};

}  // namespace

CurlLibrary::CurlLibrary() : library_(load()) {
    const auto symbol = [this](const char* name) { return Symbol(library_, name); };
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
