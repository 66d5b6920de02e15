// What a Python package index answers about a project.
#pragma once

#include "builder/python_index.h"

#include <string_view>

namespace dray::builder {

/// The files that a project's page in HTML links to (PEP 503, "Simple Repository API"), those without a
/// `#sha256=` fragment with an empty hash. The file's name is the last part of the link's path.
ProjectFiles read_project_page(std::string_view page);

/// The same of the JSON form (PEP 691). Throws Error when it is none.
ProjectFiles read_project_json(std::string_view text);

/// The media types that are asked for, and whether an answer's `Content-Type` is that of the JSON form.
constexpr auto accepted_pages = "application/vnd.pypi.simple.v1+json, text/html;q=0.5";
bool is_project_json(std::string_view content_type);

}  // namespace dray::builder
