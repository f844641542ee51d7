// The page is whole without its script: links are plain links, so that only the search needs it.
#include "cli/catalog_page.hpp"

#include "cli/catalog_diagrams.hpp"
#include "cli/catalog_links.hpp"
#include "cli/catalog_page_parts.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace millrace {
namespace {

std::string link_to(std::string_view place, std::string_view text) {
  return fmt::format("<a href=\"#{}\">{}</a>", markup_text(place), markup_text(text));
}

std::string place_of(const planned_collection& c) {
  return "t-" + c.what.name;
}

std::string place_of(const planned_collection& c, std::size_t field) {
  return fmt::format("f-{}-{}", c.what.name, c.table->columns[field].name);
}

/// Objects that a field refers to; those of the plan are links.
std::string references(const run_plan& plan, const std::map<std::string, std::size_t>& places,
                       const field& f) {
  std::string out;
  for (const std::string& object : f.refers_to) {
    if (!out.empty()) out += ", ";
    const auto found = places.find(object);
    out += found == places.end() ? markup_text(object)
                                 : link_to(place_of(plan.collections[found->second]),
                                           plan.collections[found->second].what.name);
  }
  return out;
}

std::string back_links(const run_plan& plan, const std::vector<catalog_link>& links,
                       std::size_t to) {
  std::size_t count = 0;
  std::string list;
  for (const catalog_link& link : links) {
    if (link.to != to) continue;
    const planned_collection& from = plan.collections[link.from];
    list += (count++ == 0 ? "" : ", ") +
            link_to(place_of(from, link.field),
                    from.what.name + "." + from.table->columns[link.field].name);
  }
  if (count == 0) return {};
  return fmt::format("<details{}><summary>referred to by {}</summary>{}</details>\n",
                     count <= 12 ? " open" : "", counted(count, "column", "columns"), list);
}

std::string facts_of(const planned_collection& c) {
  std::string out;
  if (c.records) out += counted(*c.records, "record", "records") + " · ";
  out += c.what.version ? "cursor " + markup_text(c.what.fields[*c.what.version].name)
                        : "no cursor: read in full";
  if (!c.what.left_out.empty()) {
    out += " · not read:";
    for (const std::string& name : c.what.left_out)
      out += " " + markup_text(name);
  }
  return out;
}

std::string section_of(const run_plan& plan, const std::map<std::string, std::size_t>& places,
                       const std::vector<catalog_link>& links, std::size_t index) {
  const planned_collection& c = plan.collections[index];
  std::string out = fmt::format(
      "<section id=\"{}\">\n<h2>{} <small>{} · {}</small></h2>\n<p class=\"facts\">{}</p>\n{}"
      "<table>\n<thead><tr><th>column</th><th>field</th><th>type</th><th>in the org</th>"
      "<th>refers to</th><th>label</th></tr></thead>\n<tbody>\n",
      markup_text(place_of(c)), markup_text(c.what.name), markup_text(c.what.object),
      markup_text(c.what.label), facts_of(c), back_links(plan, links, index));
  for (std::size_t i = 0; i < c.what.fields.size(); ++i) {
    const field& f = c.what.fields[i];
    out += fmt::format(
        "<tr id=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td><td>{}</td><td>{}</td></tr>\n",
        markup_text(place_of(c, i)), markup_text(c.table->columns[i].name), markup_text(f.name),
        name_of(f.type), markup_text(f.source_type), f.calculated ? ", formula" : "",
        references(plan, places, f), markup_text(f.label));
  }
  return out + "</tbody>\n</table>\n</section>\n";
}

}  // namespace

std::string catalog_page(const run_plan& plan) {
  const auto places = places_of(plan);
  const std::vector<catalog_link> links = links_of(plan);
  std::vector<std::size_t> order(plan.collections.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return plan.collections[a].what.name < plan.collections[b].what.name;
  });
  std::size_t fields = 0;
  for (const planned_collection& c : plan.collections)
    fields += c.what.fields.size();

  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
      "form-action 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}: the catalog</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<header><h1>{}</h1><input id=\"search\" type=\"search\" placeholder=\"table or field\" "
      "aria-label=\"search tables and fields\" autocomplete=\"off\">"
      "<small>{}, {}, {}</small><small id=\"found\" role=\"status\"></small></header>\n<nav><ul>\n",
      page_style_digest, page_script_digest, markup_text(plan.pipeline), page_style,
      markup_text(plan.pipeline), counted(plan.collections.size(), "table", "tables"),
      counted(fields, "field", "fields"), counted(links.size(), "link", "links"));
  for (const std::size_t i : order) {
    const planned_collection& c = plan.collections[i];
    out += fmt::format("<li id=\"n-{}\">{}</li>\n", markup_text(place_of(c)),
                       link_to(place_of(c), c.what.name));
  }
  out += "</ul></nav>\n<main>\n";
  for (const std::size_t i : order)
    out += section_of(plan, places, links, i);
  if (!plan.notices.empty()) out += "<h2>Notices</h2>\n<ul>\n";
  for (const notice& n : plan.notices)
    out +=
        fmt::format("<li>{}{}</li>\n", n.collection.empty() ? "" : markup_text(n.collection) + ": ",
                    markup_text(n.text));
  if (!plan.notices.empty()) out += "</ul>\n";
  return out + fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", page_script);
}

}  // namespace millrace
