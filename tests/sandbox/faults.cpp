// Faults: some take the place of an answer, some spoil a real one.
#include "faults.hpp"

#include "render.hpp"
#include "schema.hpp"
#include <algorithm>
#include <array>
#include <csignal>
#include <limits>

namespace sandbox {
namespace {

/// One more than there is, in `"totalSize":12` or in the header that counts rows.
void miscount(response& r) {
  for (auto& [name, value] : r.headers)
    if (name == "Sforce-NumberOfRecords") value = std::to_string(std::stoul(value) + 1);
  constexpr std::string_view member = "{\"totalSize\":";
  if (!r.body.starts_with(member)) return;
  const std::size_t end = r.body.find(',');
  const std::size_t count = std::stoul(r.body.substr(member.size(), end - member.size()));
  r.body.replace(member.size(), end - member.size(), std::to_string(count + 1));
}

/// What `"totalSize":12` says; 0: the answer is no first page.
std::size_t total_of(const response& r) {
  constexpr std::string_view member = "{\"totalSize\":";
  if (!r.body.starts_with(member)) return 0;
  return std::stoul(r.body.substr(member.size(), r.body.find(',') - member.size()));
}

/// What was served does not reach the client, or not whole, or it does not live to read it.
void kill_later(const fault& f, response& r) {
  if (f.when == "unanswered") ::kill(f.pid, SIGKILL);
  if (f.when == "within") r.broken = cut{cut::kind::kill, f.after_bytes, f.pid};
  if (f.when == "after")
    r.broken = cut{cut::kind::kill, std::numeric_limits<std::size_t>::max(), f.pid};
}

/// The value of a header, to be read or changed; null: there is none.
std::string* header_of(response& r, const std::string& wanted) {
  for (auto& [name, value] : r.headers)
    if (name == wanted) return &value;
  return nullptr;
}

constexpr std::string_view next_mark = "\"nextRecordsUrl\":\"";
constexpr std::string_view records_mark = "\"records\":";

std::string place_after(response& r) {
  if (const std::string* locator = header_of(r, "Sforce-Locator")) return *locator;
  const std::size_t at = r.body.find(next_mark);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + next_mark.size();
  return r.body.substr(begin, r.body.find('"', begin) - begin);
}

/// The records of another page, with this one's own words on what follows.
void repeat(const std::string& before, response& r) {
  r.body = r.text();
  const std::size_t here = r.body.find(records_mark);
  const std::size_t there = before.find(records_mark);
  if (here == std::string::npos || there == std::string::npos) {
    r.body = before;
  } else {
    r.body.replace(here, std::string::npos, before, there);
  }
}

void lead_to(const std::string& place, response& r) {
  if (std::string* locator = header_of(r, "Sforce-Locator")) {
    *locator = place;
    return;
  }
  r.body = r.text();
  const std::string next = "\"done\":false," + std::string(next_mark) + place + "\",";
  const std::size_t done = r.body.find("\"done\":");
  const std::size_t records = r.body.find(records_mark);
  if (done < records) r.body.replace(done, records - done, next);
}

void edit(const fault& f, response& r) {
  r.body = f.body ? *f.body : r.text();
  r.produce = nullptr;
  if (!f.find.empty()) {
    // A fault that does nothing must not look like one that was overcome.
    std::size_t at = r.body.find(f.find);
    if (at == std::string::npos) {
      r = api_error(501, "NOTHING_TO_EDIT", f.find);
      return;
    }
    for (; at != std::string::npos; at = r.body.find(f.find, at + f.with.size()))
      r.body.replace(at, f.find.size(), f.with);
  }
  if (!f.content_type.empty()) r.type = f.content_type;
  for (const auto& [name, value] : f.headers) {
    if (std::string* known = header_of(r, name)) {
      *known = value;
    } else {
      r.headers.emplace_back(name, value);
    }
  }
}

/// Small as it is sent, and more than a client should take.
void swell(response& r) {
  constexpr std::size_t blanks = std::size_t{72} * 1024 * 1024;
  r.body = r.text();
  r.body.insert(std::min<std::size_t>(r.body.size(), 1), blanks, ' ');
}

/// A record, or all of a page, again and again; of what is no page, blanks before its end.
void never_end(response& r) {
  constexpr std::size_t piece_bytes = std::size_t{64} * 1024;
  std::string body = r.text();
  std::string unit = " ";
  const std::size_t record = body.rfind("{\"attributes\"");
  if (r.type.find("csv") != std::string::npos) {
    unit = body.substr(body.find('\n') + 1);
  } else if (record != std::string::npos) {
    const std::size_t end = body.rfind("}]");
    unit = "," + body.substr(record, end + 1 - record);
    body.resize(end + 1);
  } else {
    body.pop_back();
  }
  std::string piece;
  while (piece.size() < piece_bytes)
    piece += unit;
  r.body = std::move(body);
  r.produce = [piece](std::string& to) {
    to += piece;
    return true;
  };
}

}  // namespace

std::optional<fault> fault_list::take(const std::string& kind, const std::string& object) {
  for (auto f = faults_.begin(); f != faults_.end(); ++f) {
    if (f->kind != "any" && f->kind != kind) continue;
    if (!f->object.empty() && !same_word(f->object, object)) continue;
    if (f->skip > 0) {
      --f->skip;
      continue;
    }
    const fault out = *f;
    if (f->count > 0 && --f->count == 0) faults_.erase(f);
    return out;
  }
  return {};
}

bool is_fault_type(const std::string& type) {
  constexpr std::array<std::string_view, 21> types{
      "error",       "html",           "empty",       "truncate",    "reset",      "delay",
      "stall",       "expire_session", "wrong_count", "token_error", "job_failed", "corrupt_gzip",
      "job_aborted", "maintenance",    "too_many",    "kill",        "edit",       "repeat_page",
      "loop",        "bomb",           "endless"};
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_kill_time(const std::string& when) {
  constexpr std::array<std::string_view, 4> times{"before", "unanswered", "within", "after"};
  return std::find(times.begin(), times.end(), when) != times.end();
}

void before_serving(const fault& f) {
  if (f.type == "kill" && f.when == "before") ::kill(f.pid, SIGKILL);
}

std::optional<response> instead_of(const fault& f) {
  response r;
  if (f.type == "kill" && f.when == "before") {
    r = api_error(503, "SERVER_UNAVAILABLE", "nobody is there to read this");
  } else if (f.type == "error") {
    r = api_error(f.status, f.code, f.message);
  } else if (f.type == "html") {
    r.status = f.status;
    r.type = "text/html;charset=UTF-8";
    r.body = "<html><head><title>Sorry</title></head><body><h1>" +
             (f.message.empty() ? std::string("Down for maintenance") : f.message) +
             "</h1></body></html>";
  } else if (f.type == "maintenance") {
    // The page of a person's browser, whatever was asked for, and with any status.
    r.status = f.status;
    r.type = "text/html;charset=UTF-8";
    r.body =
        "<!DOCTYPE html>\n<html><head><title>Salesforce - Down for Maintenance</title></head>"
        "<body><h2>We are down for maintenance.</h2>"
        "<p>Sorry for the inconvenience. We&#39;ll be back shortly.</p></body></html>";
  } else if (f.type == "empty") {
    r.status = f.status;
    r.type.clear();
  } else if (f.type == "expire_session") {
    r = api_error(401, "INVALID_SESSION_ID", "Session expired or invalid");
  } else if (f.type == "token_error") {
    r = json_response(
        "{\"error\":" + json_text(f.code) +
            (f.message.empty() ? "" : ",\"error_description\":" + json_text(f.message)) + "}",
        400);
  } else {
    return {};
  }
  r.headers.insert(r.headers.end(), f.headers.begin(), f.headers.end());
  return r;
}

void fault_list::note_page(const std::string& kind, response& r) {
  if (kind != "query" && kind != "query_more" && kind != "bulk_results") return;
  const bool wanted = std::any_of(faults_.begin(), faults_.end(), [](const fault& f) {
    return f.type == "repeat_page" || f.type == "loop";
  });
  if (!wanted || r.status != 200) return;
  r.body = r.text();
  const bool first = kind == "query" || page_before_.empty();
  page_before_ = r.body;
  if (first) first_place_ = place_after(r);
}

void fault_list::spoil(const fault& f, response& r) const {
  if (f.type == "repeat_page") repeat(page_before_, r);
  if (f.type == "loop") lead_to(first_place_, r);
  if (f.type == "edit") edit(f, r);
  if (f.type == "bomb") swell(r);
  if (f.type == "endless") never_end(r);
  if (f.type == "delay") r.delay_ms += f.ms;
  if (f.type == "wrong_count") miscount(r);
  if (f.type == "too_many" && total_of(r) > f.rows) r = api_error(f.status, f.code, f.message);
  r.unframed = f.unframed;
  if (f.type == "truncate") r.broken = cut{cut::kind::close, f.after_bytes};
  if (f.type == "reset") r.broken = cut{cut::kind::reset, f.after_bytes};
  if (f.type == "stall") r.broken = cut{cut::kind::stall, f.after_bytes};
  if (f.type == "kill") kill_later(f, r);
  if (f.type == "corrupt_gzip") r.corrupt_gzip = true;
}

}  // namespace sandbox
