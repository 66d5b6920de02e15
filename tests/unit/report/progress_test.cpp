// How far a download is: a bar on a terminal, a few lines elsewhere.
#include "report/progress.h"

#include "report/terminal.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

using dray::host::progress_line;
using dray::report::progress_bar;
using dray::report::ProgressLines;

TEST_CASE("a log gets a line for each tenth of the way, and of each work anew") {
    ProgressLines lines;
    CHECK(lines.line("Setting up greeting (1) ...") == "Setting up greeting (1) ...");
    CHECK(lines.line(progress_line({.percent = 3, .words = "downloaded: a"})) == "3 % downloaded: a");
    CHECK_FALSE(lines.line(progress_line({.percent = 9, .words = "downloaded: b"})));
    CHECK(lines.line(progress_line({.percent = 12, .words = "downloaded: c"})) == "12 % downloaded: c");
    CHECK(lines.line(progress_line({.percent = 13, .words = "dpkg: d"})) == "13 % dpkg: d");
}

TEST_CASE("a bar is as long as its share") {
    CHECK(progress_bar(0, 4) == "[    ]");
    CHECK(progress_bar(50, 4) == "[##  ]");
    CHECK(progress_bar(99, 4) == "[### ]");
    CHECK(progress_bar(100, 4) == "[####]");
}

TEST_CASE("a terminal draws one bar and wipes it, where a file gets lines") {
    const dray::converge::Run run;
    const auto report = [&](bool is_terminal) {
        std::ostringstream text;
        dray::report::Terminal terminal(text, is_terminal);
        terminal.progress(run, "package[a]", progress_line({.percent = 40, .words = "downloaded: a"}));
        terminal.progress(run, "package[a]", progress_line({.percent = 41, .words = "downloaded: b"}));
        terminal.repaired(run, "done");
        return text.str();
    };
    CHECK(report(false) == "  │ 40 % downloaded: a\nrepaired: done\n");
    CHECK(report(true) ==
          "  [####      ] 40 % downloaded: a\r\x1b[K"
          "  [####      ] 41 % downloaded: b\r\x1b[K"
          "\x1b[33mrepaired: \x1b[0mdone\n");
}

TEST_CASE("beside a bar there is room for the time left") {
    const dray::converge::Run run;
    std::ostringstream text;
    dray::report::Terminal terminal(text, true);
    const auto words = dray::host::download_words(123'000'000, 999'000'000, 123'000);
    terminal.progress(run, "package[a]", progress_line({.percent = 12, .words = words}));
    CHECK(text.str() == "  [#         ] 12 % downloaded: 123 MB of 999 MB, 123 kB/s, 1h58m42s left");
}

TEST_CASE("what an earlier run had begun, and what a dry run would cost, stand at the end") {
    dray::converge::Run run;
    run.dry_run = true;
    run.adopted = {"take greeting from 1 to 2"};
    run.sizes = {.download = 1000, .growth = 2000};
    std::ostringstream text;
    dray::report::Terminal(text, false).finished(run);
    CHECK(
        text.str().starts_with("of an earlier run: take greeting from 1 to 2\n"
                               "1.00 kB to download, 2.00 kB more on disk\n"));
}
