// Unit tests of indices that memory has in compressed pieces: the same bytes as of the whole text, and no
// more of it.
#include "builder/packed_text.h"

#include "builder/apt_index.h"
#include "builder/apt_repository.h"
#include "builder/compressed.h"
#include "builder/packed_stanzas.h"
#include "builder/scratch.h"
#include "digest.h"
#include "error.h"
#include "host/clock_memory.h"
#include "host/process.h"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace dray::builder;

// Of a sanitizer's library; null without one. Source: sanitizer/allocator_interface.h.
extern "C" [[gnu::weak]] int __sanitizer_install_malloc_and_free_hooks(
    void (*)(const volatile void* begin, std::size_t size), void (*)(const volatile void* begin));
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_allocated_size(const volatile void* begin);

namespace {

std::string entry(const std::string& package, const std::string& version, const std::string& rest = "") {
    return "Package: " + package + "\nArchitecture: amd64\nVersion: " + version + "\n" + rest;
}

std::string joined(const std::vector<std::string_view>& parts) {
    std::string whole;
    for (const std::string_view part : parts)
        whole += part;
    return whole;
}

std::string plain(const PackedText& text) {
    std::string whole;
    PackedReader reader(text);
    while (const auto piece = reader.next())
        whole += *piece;
    return whole;
}

/// An index as one string, changed and compressed as a whole: what the pieces must agree with.
class WholeIndex {
  public:
    std::string text;

    void add(const std::string& stanza) {
        for (const std::string_view other : parse_stanzas(text))
            if (same(other, stanza)) {
                text.replace(static_cast<std::size_t>(other.data() - text.data()), other.size(), stanza);
                return;
            }
        text += stanza + "\n";
    }

    /// Both files: gzip's and zstd's.
    std::pair<std::string, std::string> files() {
        std::pair<std::string, std::string> whole;
        std::string_view left = text;
        do {
            std::size_t length = left.size();
            if (length > piece_length) {
                const std::size_t end = left.rfind("\n\n", piece_length - 2);
                length = end == left.npos ? piece_length : end + 2;
            }
            const auto& [gzip, zstd] = compressed(std::string(left.substr(0, length)));
            whole.first += gzip;
            whole.second += zstd;
            left.remove_prefix(length);
        } while (!left.empty());
        return whole;
    }

  private:
    static bool same(std::string_view a, std::string_view b) {
        return std::ranges::all_of(std::vector{"Package", "Version", "Architecture"}, [&](const char* field) {
            return stanza_field(a, field) == stanza_field(b, field);
        });
    }

    const std::pair<std::string, std::string>& compressed(const std::string& piece) {
        auto& known = known_[piece];
        if (known.first.empty()) known = {gzip_of(piece), zstd_of(piece)};
        return known;
    }

    std::map<std::string, std::pair<std::string, std::string>> known_;
};

/// A field of this process's status, in KiB (proc(5)).
long status_kib(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::stol(line.substr(field.size() + 1));
    return 0;
}

/// The heap that is in use, and the most of it since that was set to it.
std::atomic<long> heap = 0;
std::atomic<long> most_heap = 0;

void taken(const volatile void* /*begin*/, std::size_t size) {
    const long now = heap += static_cast<long>(size);
    long most = most_heap;
    while (most < now && !most_heap.compare_exchange_weak(most, now)) {
    }
}

void given_back(const volatile void* begin) {
    if (begin != nullptr) heap -= static_cast<long>(__sanitizer_get_allocated_size(begin));
}

/// By how much the peak of this process's memory grows while something is done, in KiB. A sanitizer's own is
/// many times as much, so of its heap only what was asked for counts.
long growth_kib(const std::function<void()>& act) {
    if (__sanitizer_install_malloc_and_free_hooks != nullptr) {
        static const int installed = __sanitizer_install_malloc_and_free_hooks(taken, given_back);
        REQUIRE(installed > 0);
        const long before = heap;
        most_heap = before;
        act();
        return (most_heap - before) >> 10;
    }
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // proc(5): the peak begins anew
    const long before = status_kib("VmHWM");
    act();
    return status_kib("VmHWM") - before;
}

}  // namespace

TEST_CASE("packages are added behind those that are there, and each stands there once") {
    const PackedText first = with_stanzas({}, {entry("w", "1", "Size: 1\n")});
    CHECK(plain(first) == entry("w", "1", "Size: 1\n") + "\n");
    CHECK(plain(with_stanzas(first, {entry("w", "2"), entry("x", "1")})) ==
          entry("w", "1", "Size: 1\n") + "\n" + entry("w", "2") + "\n" + entry("x", "1") + "\n");
    CHECK(plain(with_stanzas(first, {entry("x", "1"), entry("w", "1"), entry("x", "1", "Size: 3\n")})) ==
          entry("w", "1") + "\n" + entry("x", "1", "Size: 3\n") + "\n");
    CHECK(with_stanzas(first, {entry("w", "1", "Size: 1\n")}) == first);
    CHECK(with_stanzas(first, {entry("w", "1", "Size: 2\n")}) != first);
}

TEST_CASE("stanzas are read as of the whole text, however the text is cut") {
    std::string text;
    SUBCASE("nothing") {}
    SUBCASE("empty lines between them, and none at the end") {
        text = "\n\n\nPackage: a\n\n\n\nPackage: b\n";
    }
    SUBCASE("many, and one that is longer than pieces") {
        for (int i = 0; i < 3000; ++i)
            text += entry("p" + std::to_string(i), "1") + "\n";
        text += entry("long", "1", "Depends: " + std::string(3 * piece_length, 'x') + "\n") + "\n";
        text += entry("last", "1") + "\n";
    }
    const PackedText packed(text);
    CHECK(plain(packed) == text);
    CHECK(packed.size() == text.size());
    CHECK(packed.sha256() == dray::sha256(text));
    std::vector<std::string> read;
    StanzaReader stanzas(packed);
    while (const auto stanza = stanzas.next())
        read.emplace_back(*stanza);
    CHECK(!stanzas.next());
    const auto whole = parse_stanzas(text);
    CHECK(read == std::vector<std::string>(whole.begin(), whole.end()));
}

TEST_CASE("an index that is changed has the bytes of one that was compressed as a whole") {
    std::mt19937 random(26);
    const auto any = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const auto some_entry = [&] {
        return entry(fmt::format("p{}", any(700)), fmt::format("{}", any(2)),
                     "Description: " + std::string(1, static_cast<char>('a' + any(26))) +
                         std::string(any(60) == 0 ? 2 * piece_length : any(500), 'x') + "\n");
    };
    WholeIndex whole;
    PackedText packed;
    for (int step = 0; step < 120; ++step) {
        if (any(4) == 0) {
            const std::string gone = fmt::format("p{}", any(700));
            const auto unwanted = [&](std::string_view stanza) {
                return stanza_field(stanza, "Package") == gone;
            };
            whole.text = without_stanzas(whole.text, unwanted);
            packed = without_stanzas(packed, unwanted);
        } else {
            std::vector<std::string> added(step == 0 ? 600 : 1 + any(3));
            std::ranges::generate(added, some_entry);
            for (const std::string& stanza : added)
                whole.add(stanza);
            packed = with_stanzas(packed, {added.begin(), added.end()});
        }
        const auto [gzip, zstd] = whole.files();
        REQUIRE(joined(packed.zstd()) == zstd);
        REQUIRE(joined(packed.gzip()) == gzip);
        REQUIRE(packed.sha256() == dray::sha256(whole.text));
        REQUIRE(packed.size() == whole.text.size());
        if (any(3) != 0) continue;
        const auto read = PackedText::of_files(gzip, zstd, packed.table());
        REQUIRE(read);
        REQUIRE(*read == packed);
        packed = *read;
    }
}

TEST_CASE("pieces that stay are not compressed again, and what does not belong together is not taken over") {
    std::string text;
    for (int i = 0; i < 9000; ++i)
        text += entry("package" + std::to_string(i), "1") + "\n";
    const PackedText first(text);
    REQUIRE(first.pieces().size() > 3);
    const std::string gzip = joined(first.gzip());
    const std::string zstd = joined(first.zstd());
    const auto again = PackedText::of_files(gzip, zstd, first.table());
    REQUIRE(again);
    const PackedText more = with_stanzas(*again, {entry("new", "1")});
    REQUIRE(more.pieces().size() >= first.pieces().size());
    for (std::size_t i = 0; i + 1 < first.pieces().size(); ++i)
        CHECK(more.pieces()[i] == again->pieces()[i]);
    const PackedText less = without_stanzas(
        *again, [](std::string_view stanza) { return stanza_field(stanza, "Package") == "no"; });
    CHECK(less.pieces() == again->pieces());

    const std::string table = first.table();
    CHECK(!PackedText::of_files(gzip + "x", zstd, table));
    CHECK(!PackedText::of_files(gzip, zstd + "x", table));
    CHECK(!PackedText::of_files(gzip, zstd, table.substr(0, table.find('\n'))));
    CHECK(!PackedText::of_files(gzip, zstd, fmt::format("{} {}\n", gzip.size(), zstd.size())));
    CHECK(!PackedText::of_files(gzip, zstd, ""));
    CHECK(!PackedText::of_files(gzip, zstd, "-1 5\n"));
    CHECK(!PackedText::of_files(zstd, gzip, table));
    // Another text's.
    CHECK(!PackedText::of_files(joined(PackedText(text + entry("x", "1") + "\n").gzip()), zstd, table));
}

TEST_CASE("compressed files are read whatever they were made of, and broken ones are refused") {
    std::string text;
    for (int i = 0; i < 9000; ++i)
        text += entry("package" + std::to_string(i), "1") + "\n";
    const PackedText packed(text);
    std::string read;
    const auto take = [&](std::string_view part) { read += part; };
    const auto reads = [&](auto decompress, const std::string& bytes) {
        read.clear();
        decompress(bytes, take);
        return read == text;
    };
    CHECK(reads(decompress_gzip, joined(packed.gzip())));
    CHECK(reads(decompress_zstd, joined(packed.zstd())));
    CHECK(reads(decompress_gzip, gzip_of(text)));
    CHECK(reads(decompress_zstd, zstd_of(text)));
    text.clear();
    CHECK(reads(decompress_gzip, joined(PackedText().gzip())));
    CHECK(reads(decompress_zstd, joined(PackedText().zstd())));
    CHECK_THROWS_AS(decompress_zstd("no zstd", take), dray::Error);
    CHECK_THROWS_AS(decompress_zstd(joined(packed.zstd()).substr(0, 100), take), dray::Error);
    CHECK_THROWS_AS(decompress_gzip("no gzip", take), dray::Error);
    CHECK_THROWS_AS(decompress_gzip("", take), dray::Error);
    CHECK_THROWS_AS(decompress_gzip(joined(packed.gzip()).substr(0, 100), take), dray::Error);
}

TEST_CASE("a package for all architectures stands in the index of each, and opens one where there is none") {
    const std::string all = "Package: w\nArchitecture: all\nVersion: 1\n";
    SuiteContent content = with_packages({}, "main", {all}, "amd64");
    CHECK(plain(content.packages.at("main/binary-amd64")) == all + "\n");
    const std::string arm = "Package: x\nArchitecture: arm64\nVersion: 1\n";
    const std::string later = "Package: y\nArchitecture: all\nVersion: 1\n";
    SUBCASE("one after another") {
        content = with_packages(content, "main", {arm}, "amd64");
        content = with_packages(content, "main", {later}, "amd64");
    }
    SUBCASE("in one go") {
        content = with_packages(content, "main", {arm, later}, "amd64");
    }
    CHECK(plain(content.packages.at("main/binary-arm64")) == all + "\n" + arm + "\n" + later + "\n");
    CHECK(plain(content.packages.at("main/binary-amd64")) == all + "\n" + later + "\n");
    content = with_packages(content, "contrib", {arm}, "amd64");
    CHECK(plain(content.packages.at("contrib/binary-amd64")).empty());
    CHECK(content.packages.size() == 4);
    CHECK(with_packages(content, "other", {}, "amd64").components == content.components);
}

TEST_CASE("one more package beside thousands takes less memory than their index is long") {
    const Scratch scratch;
    const dray::host::SystemProcesses processes;
    dray::host::ManualClock clock;
    Settings::Publish settings;
    settings.apt = scratch.path();
    settings.signing_command = {"sh", "-c", "cat"};  // the text itself will do
    const auto publish = [&](const std::vector<std::string>& stanzas) {
        AptSuite suite(processes, clock, settings, "stable");
        suite.flip(suite.stage(with_packages(suite.content(), "main", stanzas, "amd64")));
    };
    std::size_t length = 0;
    {
        std::vector<std::string> many;
        for (int i = 0; i < 5000; ++i) {
            std::string text = "Description: some\n";
            for (int line = 0; line < 10; ++line)
                text +=
                    fmt::format(" Line {} of what package{} says of itself, as long as such are.\n", line, i);
            many.push_back(entry(fmt::format("package{}", i), "1", text));
            length += many.back().size() + 1;
        }
        publish(many);
    }
    publish({entry("first", "1")});  // what is there once counts no more
    const long grown = growth_kib([&] { publish({entry("second", "1")}); });
    MESSAGE(grown, " KiB for an index of ", length >> 10);
    CHECK(grown > 0);
    CHECK(static_cast<std::size_t>(grown) < length >> 10);
    const SuiteContent content = AptSuite(processes, clock, settings, "stable").content();
    const std::string text = plain(content.packages.at("main/binary-amd64"));
    CHECK(text.size() > length);
    CHECK(text.ends_with(entry("first", "1") + "\n" + entry("second", "1") + "\n"));
}
