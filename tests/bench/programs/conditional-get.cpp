// The floor of each poll over HTTP: what one conditional GET costs a program that does nothing else.
//
// usage: conditional-get URL LAST-MODIFIED ETAG
// Ends with 0 when the server says that nothing has changed (304), else with 1.
#include <curl/curl.h>

#include <cstdio>
#include <memory>
#include <string>

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: conditional-get URL LAST-MODIFIED ETAG\n", stderr);
        return 64;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    long status = 0;
    {
        const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
        curl_slist* lines = curl_slist_append(nullptr, ("If-Modified-Since: " + std::string(argv[2])).c_str());
        lines = curl_slist_append(lines, ("If-None-Match: " + std::string(argv[3])).c_str());
        const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(lines, &curl_slist_free_all);
        curl_easy_setopt(curl.get(), CURLOPT_URL, argv[1]);
        curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
        const CURLcode result = curl_easy_perform(curl.get());
        if (result != CURLE_OK) std::fprintf(stderr, "%s: %s\n", argv[1], curl_easy_strerror(result));
        curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    }
    curl_global_cleanup();
    std::printf("%ld\n", status);
    return status == 304 ? 0 : 1;
}
