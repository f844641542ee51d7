// Names of tables and columns are letters, digits and `_`; labels are foreign text, of which each
// language is given no more than it can hold as text.
#include "cli/catalog_diagrams.hpp"

#include "cli/catalog_links.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <set>

namespace millrace {
namespace {

/// Mermaid has no escapes, finds directives and entities inside of quotes too, and hands labels to
/// a browser: what means anything to it becomes something that looks like it.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '"':
      case '`':
        out += '\'';
        break;
      case '<':
      case '>':
      case '&':
      case '{':
      case '}':
      case '%':
      case '#':
      case ';':
      case '\\':
        out += ' ';
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// A column's place in its table. Without the prefix `n`, `e` or `c` would be sides of the box.
std::string port_of(const table_column& column) {
  return "f_" + column.name;
}

/// Columns that a diagram shows.
std::vector<std::size_t> shown_fields(const planned_collection& c, bool all_fields) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < c.what.fields.size(); ++i)
    if (all_fields || i == c.what.key || !c.what.fields[i].refers_to.empty()) shown.push_back(i);
  return shown;
}

}  // namespace

std::string catalog_mermaid(const run_plan& plan, bool all_fields) {
  std::string out = "erDiagram\n";
  for (const planned_collection& c : plan.collections) {
    out += fmt::format("  \"{}\" {{\n", mermaid_text(c.what.name));
    for (const std::size_t i : shown_fields(c, all_fields)) {
      const field& f = c.what.fields[i];
      out += fmt::format("    {} {}{} \"{}\"\n", name_of(f.type), c.table->columns[i].name,
                         i == c.what.key       ? " PK"
                         : f.refers_to.empty() ? ""
                                               : " FK",
                         mermaid_text(f.label));
    }
    out += "  }\n";
  }
  // A reference may be empty, and a record may be referred to by none.
  for (const catalog_link& link : links_of(plan)) {
    const planned_collection& from = plan.collections[link.from];
    out += fmt::format("  \"{}\" }}o--o| \"{}\" : \"{}\"\n", mermaid_text(from.what.name),
                       mermaid_text(plan.collections[link.to].what.name),
                       from.table->columns[link.field].name);
  }
  return out;
}

std::string catalog_dot(const run_plan& plan, bool all_fields) {
  std::string out = fmt::format(
      "digraph {} {{\n  rankdir=LR;\n  node [shape=plain, fontname=\"sans-serif\"];\n"
      "  edge [color=\"#5b6b7b\"];\n",
      quoted_line(plan.pipeline));
  for (const planned_collection& c : plan.collections) {
    out += fmt::format(
        "  {} [label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"4\">"
        "<TR><TD BGCOLOR=\"#dde6f0\"><B>{}</B><BR/>{}</TD></TR>",
        quoted_line(c.what.name), markup_text(c.what.name), markup_text(c.what.object));
    for (const std::size_t i : shown_fields(c, all_fields)) {
      const field& f = c.what.fields[i];
      out += fmt::format("<TR><TD ALIGN=\"LEFT\" PORT=\"{}\" TITLE=\"{}\">{} : {}</TD></TR>",
                         markup_text(port_of(c.table->columns[i])), markup_text(f.label + " "),
                         markup_text(c.table->columns[i].name), name_of(f.type));
    }
    out += "</TABLE>>];\n";
  }
  for (const catalog_link& link : links_of(plan)) {
    const planned_collection& from = plan.collections[link.from];
    const planned_collection& to = plan.collections[link.to];
    out += fmt::format("  {}:{} -> {}:{};\n", quoted_line(from.what.name),
                       quoted_line(port_of(from.table->columns[link.field])),
                       quoted_line(to.what.name),
                       quoted_line(port_of(to.table->columns[to.what.key])));
  }
  return out + "}\n";
}

std::string markup_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace millrace
