// What the fuzz targets share: a small host's values, and promises that are held.
#pragma once

#include "value.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace dray::fuzz {

inline std::string text(const std::uint8_t* data, std::size_t size) {
    return {data, data + size};
}

/// Ends the program, which is how libFuzzer learns of a failure, unless the promise holds.
inline void hold(bool promise, const char* words) {
    if (promise) return;
    std::fprintf(stderr, "broken: %s\n", words);
    std::abort();
}

inline Value::Table attributes() {
    return {{"port", 9000},
            {"name", "warehouse"},
            {"sites", Value::List{"a.example", "b.example"}},
            {"database", Value::Table{{"url", "postgresql://db/warehouse"}, {"pool", 5}}},
            {"debug", false}};
}

inline Value facts() {
    return Value::Table{
        {"cores", 2}, {"os", Value::Table{{"id", "debian"}, {"codename", "bookworm"}}}, {"memory_mb", 2048}};
}

}  // namespace dray::fuzz
