// From the JSON of the host: what this command prints and what a monitor reads are the same.
#include "cli/render_status.hpp"

#include "cli/status_fields.hpp"
#include "cli/text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cstdint>

namespace millrace {
namespace {

namespace json = boost::json;

std::string line_of(const json::object& p) {
  std::string last = "never ran";
  if (const json::object* run = object_in(p, "last")) {
    last = fmt::format("{} at {}, {} written", text_in(*run, "outcome"),
                       time_text(text_in(*run, "started_at")),
                       counted(number_in(*run, "rows_written"), "row", "rows"));
  }
  std::string out =
      fmt::format("{} {:<8} next {:<20} {}\n", fitted(printable(text_in(p, "pipeline")), 24),
                  text_in(p, "state"), time_text(text_in(p, "next_due")), last);
  if (const json::object* run = object_in(p, "run"))
    out += fmt::format("    {}: {} of {} collections done, {} read, {} written\n",
                       text_in(*run, "stage"), number_in(*run, "collections_done"),
                       number_in(*run, "collections"),
                       counted(number_in(*run, "records"), "record", "records"),
                       counted(number_in(*run, "rows_written"), "row", "rows"));
  if (const std::string why = text_in(p, "because"); !why.empty())
    out += fmt::format("    {}\n", printable(why));
  if (const std::uint64_t skipped = number_in(p, "skipped_ticks"); skipped > 0)
    out += fmt::format("    {} without a run of their own\n", counted(skipped, "tick", "ticks"));
  return out;
}

std::string collections_of(const json::object& p) {
  std::string out;
  for (const json::value& value : list_in(p, "collections")) {
    const json::object* c = value.if_object();
    if (c == nullptr) continue;
    const std::string lag =
        c->contains("lag_ms") ? spoken(milliseconds{number_in(*c, "lag_ms")}) + " old" : "";
    out += fmt::format("  {} {:<9} {:>10} read {:>10} written {:>5} calls  {}\n",
                       fitted(printable(text_in(*c, "collection")), 28), text_in(*c, "outcome"),
                       grouped(number_in(*c, "records")), grouped(number_in(*c, "rows_written")),
                       number_in(*c, "requests"), lag);
    if (const std::string why = text_in(*c, "error"); !why.empty())
      out += fmt::format("      {}\n", printable(why));
  }
  return out;
}

}  // namespace

std::string render_status(const std::string& status) {
  const json::object root = parsed_status(status);
  const json::array& pipelines = list_in(root, "pipelines");
  std::string out;
  for (const json::value& p : pipelines)
    if (p.is_object()) out += line_of(p.get_object());
  if (pipelines.size() == 1 && pipelines[0].is_object())
    out += collections_of(pipelines[0].get_object());
  return out;
}

last_run last_run_of(const std::string& status) {
  const json::object root = parsed_status(status);
  const json::array& pipelines = list_in(root, "pipelines");
  last_run out;
  if (pipelines.empty() || !pipelines[0].is_object()) return out;
  const json::object* run = object_in(pipelines[0].get_object(), "last");
  if (run == nullptr) return out;
  out.started_at = text_in(*run, "started_at");
  out.outcome = text_in(*run, "outcome");
  out.exit_code = static_cast<int>(number_in(*run, "exit_code"));
  return out;
}

}  // namespace millrace
