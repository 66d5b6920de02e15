// How far a long work of apt's is, in words and back.
#include "host/apt_progress.h"

#include "host/apt.h"

#include <doctest/doctest.h>

using namespace dray::host;

TEST_CASE("a report comes out of its line as it went in") {
    const auto line =
        progress_line({.percent = 42, .words = download_words(25'200'000, 60'000'000, 12'100'000)});
    CHECK(line == "progress: 42 % downloaded: 25.2 MB of 60.0 MB, 12.1 MB/s, 3s left");
    const auto report = progress_report(line);
    REQUIRE(report);
    CHECK(report->percent == 42);
    CHECK(report->words == "downloaded: 25.2 MB of 60.0 MB, 12.1 MB/s, 3s left");
}

TEST_CASE("what is no report of progress is none") {
    for (const char* line : {"", "progress: ", "progress: x % y", "progress: 101 % y", "progress: -1 % y",
                             "progress: 1", "Setting up greeting (1) ..."}) {
        CAPTURE(line);
        CHECK_FALSE(progress_report(line));
    }
}

TEST_CASE("the words of a download leave out what is not known") {
    CHECK(download_words(0, 1000, 0) == "downloaded: 0 B of 1.00 kB");
    CHECK(download_words(1000, 1000, 500) == "downloaded: 1.00 kB of 1.00 kB, 500 B/s");
}

TEST_CASE("sizes have three digits") {
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(999) == "999 B");
    CHECK(bytes_text(1234) == "1.23 kB");
    CHECK(bytes_text(60'340'000) == "60.3 MB");
    CHECK(bytes_text(999'600) == "1.00 MB");
    CHECK(bytes_text(123'456'789'000) == "123 GB");
}

TEST_CASE("the sizes of a transaction in words") {
    CHECK(sizes_text({}).empty());
    CHECK(sizes_text({.download = 1000, .growth = 2000}) == "1.00 kB to download, 2.00 kB more on disk");
    CHECK(sizes_text({.download = 1000}) == "1.00 kB to download");
    CHECK(sizes_text({.growth = -2000}) == "2.00 kB less on disk");
}
