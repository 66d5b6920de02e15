// Telling a web server what a run came to.
#pragma once

#include "host/http.h"

#include <filesystem>
#include <string>

namespace dray::builder {

/// Posts `json` to the http: or https: URL that stands in `url_file`. Throws Error when others than its owner
/// may read or write that file, when it holds no such URL, and when the server does not take it within ten
/// seconds (a status other than 2xx, a redirect too). No message has the URL, which is a secret: who knows a
/// webhook's may use it.
void post_result(const host::Http& http, const std::filesystem::path& url_file, const std::string& json);

}  // namespace dray::builder
