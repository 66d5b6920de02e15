// libcurl, loaded when somebody first needs it: it and the thirty libraries it brings cost a program
// milliseconds at its start, and most runs without a repository make no request.
#pragma once

#include "host/shared_library.h"

#include <curl/curl.h>

namespace dray::host {

/// libcurl's functions, by their names there without "curl_".
class CurlLibrary {
  public:
    /// Loads the library and sets it up (it reads TLS configuration), once in the life of the program. Throws
    /// Error when it is not installed.
    static const CurlLibrary& get();

    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_perform) easy_perform;
    decltype(&::curl_easy_getinfo) easy_getinfo;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_easy_nextheader) easy_nextheader;
    decltype(&::curl_multi_init) multi_init;
    decltype(&::curl_multi_cleanup) multi_cleanup;
    decltype(&::curl_multi_setopt) multi_setopt;
    decltype(&::curl_multi_add_handle) multi_add_handle;
    decltype(&::curl_multi_remove_handle) multi_remove_handle;
    decltype(&::curl_multi_perform) multi_perform;
    decltype(&::curl_multi_poll) multi_poll;
    decltype(&::curl_multi_info_read) multi_info_read;
    decltype(&::curl_multi_strerror) multi_strerror;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;
    decltype(&::curl_url) url;
    decltype(&::curl_url_cleanup) url_cleanup;
    decltype(&::curl_url_set) url_set;
    decltype(&::curl_url_get) url_get;
    decltype(&::curl_free) free;

  private:
    CurlLibrary();

    SharedLibrary library_;
};

}  // namespace dray::host
