// From the JSON of the host: what this command prints and what a monitor reads are the same.
#include "cli/render_status.hpp"

#include "cli/text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cstdint>

namespace millrace {
namespace {

namespace json = boost::json;

std::string text_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

std::uint64_t number_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  if (v == nullptr) return 0;
  if (v->is_uint64()) return v->get_uint64();
  return v->is_int64() && v->get_int64() > 0 ? static_cast<std::uint64_t>(v->get_int64()) : 0;
}

const json::object* object_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v == nullptr ? nullptr : v->if_object();
}

const json::array& list_in(const json::object& o, std::string_view key) {
  static const json::array none;
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_array() ? v->get_array() : none;
}

/// "2026-11-30T10:00:00.000Z" -> "2026-11-30 10:00:00".
std::string time_of(std::string iso) {
  if (iso.size() < 19) return iso.empty() ? "-" : iso;
  iso.resize(19);
  iso[10] = ' ';
  return iso;
}

std::string line_of(const json::object& p) {
  std::string last = "never ran";
  if (const json::object* run = object_in(p, "last")) {
    std::uint64_t written = 0;
    for (const json::value& c : list_in(*run, "collections"))
      if (c.is_object()) written += number_in(c.get_object(), "rows_written");
    last = fmt::format("{} at {}, {} written", text_in(*run, "outcome"),
                       time_of(text_in(*run, "started_at")), counted(written, "row", "rows"));
  }
  std::string out =
      fmt::format("{} {:<8} next {:<20} {}\n", fitted(printable(text_in(p, "pipeline")), 24),
                  text_in(p, "state"), time_of(text_in(p, "next_due")), last);
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
  const json::object* run = object_in(p, "last");
  if (run == nullptr) return out;
  for (const json::value& value : list_in(*run, "collections")) {
    const json::object* c = value.if_object();
    if (c == nullptr) continue;
    out += fmt::format("  {} {:<9} {:>10} read {:>10} written {:>5} calls\n",
                       fitted(printable(text_in(*c, "collection")), 28), text_in(*c, "outcome"),
                       grouped(number_in(*c, "records")), grouped(number_in(*c, "rows_written")),
                       number_in(*c, "requests"));
    if (const std::string why = text_in(*c, "error"); !why.empty())
      out += fmt::format("      {}\n", printable(why));
  }
  return out;
}

json::object parsed(const std::string& status) {
  json::error_code failed;
  json::value value = json::parse(status, failed);
  return failed || !value.is_object() ? json::object() : std::move(value.get_object());
}

}  // namespace

std::string render_status(const std::string& status) {
  const json::object root = parsed(status);
  const json::array& pipelines = list_in(root, "pipelines");
  std::string out;
  for (const json::value& p : pipelines)
    if (p.is_object()) out += line_of(p.get_object());
  if (pipelines.size() == 1 && pipelines[0].is_object())
    out += collections_of(pipelines[0].get_object());
  return out;
}

last_run last_run_of(const std::string& status) {
  const json::object root = parsed(status);
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
