// One screen: a head with what is taken of the host, then as many pipelines as find room.
#include "cli/render_top.hpp"

#include "cli/status_fields.hpp"
#include "cli/text.hpp"
#include "engine/time.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace millrace {
namespace {

namespace json = boost::json;

constexpr std::size_t name_width = 24;

std::optional<time_point> time_in(const json::object& o, std::string_view key) {
  return parse_timestamp(text_in(o, key));
}

/// What needs eyes comes first.
int rank_of(const json::object& p) {
  const std::string state = text_in(p, "state");
  if (state == "running") return 0;
  if (number_in(p, "failures") > 0) return 1;
  if (state == "queued") return 2;
  return state == "paused" ? 4 : 3;
}

std::string head_of(const json::object& root, const std::vector<const json::object*>& pipelines) {
  std::map<std::string, std::size_t> states;
  std::size_t failing = 0;
  for (const json::object* p : pipelines) {
    ++states[text_in(*p, "state")];
    if (number_in(*p, "failures") > 0) ++failing;
  }
  std::string out = counted(pipelines.size(), "pipeline", "pipelines");
  for (const char* state : {"running", "queued", "waiting", "paused"})
    if (states[state] > 0) out += fmt::format(", {} {}", grouped(states[state]), state);
  if (failing > 0) out += fmt::format("; {} failing", grouped(failing));
  if (const json::object* runs = object_in(root, "runs"))
    out += fmt::format("   places {}/{}", number_in(*runs, "running"), number_in(*runs, "at_once"));
  if (const json::object* memory = object_in(root, "memory"))
    out += fmt::format("   in flight {} of {}", spoken_bytes(number_in(*memory, "in_flight")),
                       spoken_bytes(number_in(*memory, "bound")));
  return out;
}

std::string what_of(const json::object& p, std::optional<time_point> now) {
  if (const json::object* run = object_in(p, "run")) {
    std::string out = fmt::format(
        "{}, {}/{} collections, {}", text_in(*run, "stage"), number_in(*run, "collections_done"),
        number_in(*run, "collections"), counted(number_in(*run, "rows_written"), "row", "rows"));
    if (const auto began = time_in(*run, "started_at"); began && now)
      out += ", " + spoken(*now - *began);
    return out;
  }
  if (std::string why = text_in(p, "because"); !why.empty()) return why;
  if (const json::object* last = object_in(p, "last"))
    return fmt::format("{} written in {}", counted(number_in(*last, "rows_written"), "row", "rows"),
                       spoken(milliseconds{number_in(*last, "duration_ms")}));
  return "never ran";
}

std::string line_of(const json::object& p, std::optional<time_point> now) {
  const json::object* last = object_in(p, "last");
  const std::string lag =
      p.contains("lag_ms") ? spoken(milliseconds{number_in(p, "lag_ms")}) : std::string("-");
  const auto due = time_in(p, "next_due");
  const std::string next =
      due && now ? spoken(std::max(milliseconds{0}, *due - *now)) : std::string("-");
  return fmt::format("{} {:<8} {:<9} {:>8} {:>8}  {}",
                     fitted(printable(text_in(p, "pipeline")), name_width), text_in(p, "state"),
                     last != nullptr ? text_in(*last, "outcome") : "-", lag, next,
                     printable(what_of(p, now)));
}

std::string cut(const std::string& line, std::size_t width) {
  return width_of(line) > width ? fitted(line, width) : line;
}

}  // namespace

std::string render_top(const std::string& status, std::size_t width, std::size_t height,
                       bool color) {
  const json::object root = parsed_status(status);
  const auto now = time_in(root, "now");
  std::vector<const json::object*> pipelines;
  for (const json::value& p : list_in(root, "pipelines"))
    if (p.is_object()) pipelines.push_back(&p.get_object());
  std::stable_sort(pipelines.begin(), pipelines.end(),
                   [](const auto* a, const auto* b) { return rank_of(*a) < rank_of(*b); });
  std::string title = "millrace " + printable(text_in(root, "version"));
  if (now) title += "   " + time_text(text_in(root, "now"));
  std::vector<std::string> lines{
      toned(cut(title, width), tone::strong, color), cut(head_of(root, pipelines), width), "",
      toned(cut(fmt::format("{:<{}} {:<8} {:<9} {:>8} {:>8}", "pipeline", name_width, "state",
                            "last", "age", "next in"),
                width),
            tone::dim, color)};
  std::size_t shown = 0;
  for (; shown < pipelines.size(); ++shown) {
    const std::size_t rest = pipelines.size() - shown;
    if (lines.size() + 1 > height || (rest > 1 && lines.size() + 2 > height)) break;
    const json::object& p = *pipelines[shown];
    const tone how = rank_of(p) == 1 ? tone::bad : rank_of(p) == 0 ? tone::good : tone::plain;
    lines.push_back(toned(cut(line_of(p, now), width), how, color));
  }
  if (shown < pipelines.size())
    lines.push_back(toned(cut(fmt::format("and {} more", grouped(pipelines.size() - shown)), width),
                          tone::dim, color));
  lines.resize(std::min(lines.size(), height));
  std::string out;
  for (const std::string& line : lines)
    out += line + '\n';
  return out;
}

}  // namespace millrace
