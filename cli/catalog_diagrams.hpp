// The tables of a catalog and their links, in the languages of two drawing programs.
#pragma once

#include "engine/model/run_report.hpp"

#include <string>
#include <string_view>

namespace millrace {

/// An `erDiagram` of Mermaid. `all_fields`: every column; otherwise keys and references.
std::string catalog_mermaid(const run_plan& plan, bool all_fields);
/// A `digraph` of Graphviz.
std::string catalog_dot(const run_plan& plan, bool all_fields);

/// Text between tags of XML and HTML, and between the quotes of an attribute: valid UTF-8 without
/// control characters, and nothing in it is markup.
std::string markup_text(std::string_view text);

}  // namespace millrace
