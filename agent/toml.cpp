// TOML texts read safely, with the line on which each key stands.
#include "toml.h"

#include "toml_lines.h"

#include <cpptoml.h>
#include <spdlog/fmt/fmt.h>

#include <cctype>
#include <cstdlib>
#include <limits>  // cpptoml.h forgets it
#include <memory>
#include <sstream>

namespace dray {
namespace {

Value convert(const std::shared_ptr<cpptoml::base>& node);

template <typename T>
Value dated(const T& date) {
    std::ostringstream text;
    text << date;
    return Value(text.str());
}

Value convert_table(const cpptoml::table& table) {
    Value::Table out;
    for (const auto& [key, node] : table)
        out.emplace(key, convert(node));
    return Value(std::move(out));
}

Value convert(const std::shared_ptr<cpptoml::base>& node) {
    if (const auto text = node->as<std::string>()) return Value(text->get());
    if (const auto integer = node->as<std::int64_t>()) return Value(integer->get());
    if (const auto truth = node->as<bool>()) return Value(truth->get());
    if (const auto number = node->as<double>()) return Value(number->get());
    if (const auto date = node->as<cpptoml::local_date>()) return dated(date->get());
    if (const auto time = node->as<cpptoml::local_time>()) return dated(time->get());
    if (const auto moment = node->as<cpptoml::local_datetime>()) return dated(moment->get());
    if (const auto moment = node->as<cpptoml::offset_datetime>()) return dated(moment->get());
    if (const auto table = node->as_table()) return convert_table(*table);
    Value::List list;
    if (const auto tables = node->as_table_array()) {
        for (const auto& table : *tables)
            list.push_back(convert_table(*table));
    } else if (const auto array = node->as_array()) {
        for (const auto& item : *array)
            list.push_back(convert(item));
    }
    return Value(std::move(list));
}

/// cpptoml's messages end in " at line N" or " on line N"; the line is taken out of them.
Error syntax_error(const std::string& file, const std::string& message) {
    int line = 0;
    std::string cause = message;
    if (const auto at = message.rfind("line "); at != std::string::npos) {
        line = std::atoi(message.c_str() + at + 5);
        const auto end = message.substr(0, at).find_last_not_of(" \n");
        if (line > 0) cause = message.substr(0, end + 1);
        for (const std::string_view word : {" at", " on"})
            if (cause.ends_with(word)) cause.resize(cause.size() - word.size());
    }
    const bool mixed =
        cause.find("homogeneous") != std::string::npos || cause == "Unexpected character in array";
    return Error(Error::Parts{"cannot read " + file,
                              cause,
                              mixed ? "all entries of a list are of one kind here: texts only, or tables only"
                                    : "see https://toml.io for the rules of TOML",
                              {file, line}});
}

}  // namespace

Toml Toml::parse(std::string_view text, const std::string& file) {
    if (text.size() > toml_size_limit)
        throw Error(Error::Parts{"cannot read " + file,
                                 fmt::format("it has {} bytes, more than {}", text.size(), toml_size_limit),
                                 "split it into smaller files",
                                 {file, 0}});
    Toml toml;
    toml.file_ = file;
    toml.lines_ = toml_lines(text, file);
    std::istringstream stream{std::string(text)};
    try {
        toml.root_ = convert_table(*cpptoml::parser(stream).parse());
    } catch (const cpptoml::parse_exception& error) {
        throw syntax_error(file, error.what());
    }
    return toml;
}

Location Toml::where(std::string path) const {
    while (true) {
        if (const auto found = lines_.find(path); found != lines_.end()) return {file_, found->second};
        const auto dot = path.rfind('.');
        if (dot == std::string::npos) return {file_, 0};
        path.resize(dot);
    }
}

}  // namespace dray
