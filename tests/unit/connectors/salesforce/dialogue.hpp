// For tests of conversations: what is asked and what is answered, without I/O.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"
#include "tests/unit/connectors/salesforce/page_decoding.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::dialogues {

inline const time_point noon = parse_timestamp("2024-06-01T12:00:00Z").value();
inline constexpr const char* noon_date = "Sat, 01 Jun 2024 12:00:00 GMT";
inline constexpr const char* host = "https://acme.my.salesforce.com";

inline session_ptr session_of(std::string token = "token-1", std::string url = host) {
  auto made = std::make_shared<salesforce::org_session>();
  made->access_token = std::move(token);
  made->instance_url = std::move(url);
  made->api_version = "62.0";
  made->org_id = "00D000000000001AAA";
  return made;
}

/// The collection `leads` of Lead: Id, Name, IsDeleted, SystemModstamp.
inline collection leads() {
  collection what = decoding::collection_of({{"Id", value_type::text},
                                             {"Name", value_type::text},
                                             {"IsDeleted", value_type::boolean},
                                             {"SystemModstamp", value_type::timestamp}});
  what.name = "leads";
  what.object = "Lead";
  what.has_deleted_rows = true;
  return what;
}

inline read_order order_of(const collection& what, window range = {}) {
  return {what, decoding::table_of(what), range, read_method::rest};
}

/// A record of `leads`; `stamp` is a time of day of 2024-05-01.
inline std::string lead(std::string_view id, std::string_view stamp = "10:00:00") {
  return fmt::format(R"({{"attributes":{{"type":"Lead"}},"Id":"{}","Name":"n","IsDeleted":false,)"
                     R"("SystemModstamp":"2024-05-01T{}.000+0000"}})",
                     id, stamp);
}

inline http_head head_of(int status, std::string type, std::vector<http_header> more = {}) {
  more.push_back({"Content-Type", std::move(type)});
  return {status, std::move(more)};
}
inline http_head json_head(const std::string& date = noon_date) {
  std::vector<http_header> dated;
  if (!date.empty()) dated.push_back({"Date", date});
  return head_of(200, "application/json;charset=UTF-8", std::move(dated));
}
inline http_response json_answer(std::string body, int status = 200,
                                 const std::string& date = noon_date) {
  http_response r{json_head(date), std::move(body)};
  r.head.status = status;
  return r;
}
inline http_response refusal(int status, std::string_view code, std::string_view text = "no") {
  return json_answer(fmt::format(R"([{{"errorCode":"{}","message":"{}"}}])", code, text), status);
}

/// A page of a REST query. `next` empty: the last one. `total` none: it is not said.
inline std::string rest_page(std::optional<std::uint64_t> total,
                             const std::vector<std::string>& records,
                             const std::string& next = {}) {
  std::string body = "{";
  if (total) body += fmt::format(R"("totalSize":{},)", *total);
  body += fmt::format(R"("done":{},)", next.empty());
  if (!next.empty()) body += fmt::format(R"("nextRecordsUrl":"{}",)", next);
  return body + fmt::format(R"("records":[{}]}})", fmt::join(records, ","));
}

inline ask next_ask(conversation& talk, time_point now = noon) {
  const next_step step = talk.next(now);
  REQUIRE(std::holds_alternative<ask>(step));
  return std::get<ask>(step);
}
inline bool is_finished(conversation& talk, time_point now = noon) {
  return std::holds_alternative<finished>(talk.next(now));
}
inline bool waits(conversation& talk) {
  return std::holds_alternative<wait_for_answer>(talk.next(noon));
}

/// The statement in the URL of a query.
inline std::string statement_of(const ask& a) {
  const std::string& url = a.request.url;
  std::string out;
  for (std::size_t i = url.find("?q=") + 3; i < url.size(); ++i) {
    if (url[i] == '%') {
      out += static_cast<char>(std::stoi(url.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += url[i] == '+' ? ' ' : url[i];
    }
  }
  return out;
}

inline std::string header_of(const http_request& request, std::string_view name) {
  for (const http_header& h : request.headers)
    if (h.name == name) return h.value;
  return {};
}

/// What became of a page: its rows and what the reader says, or why it could not be decoded.
struct page_end {
  std::string rows;
  std::optional<error> undecoded;
  std::optional<verdict> then;
};

/// Answers a page ask as the actors do. The head must be one of data.
inline page_end give_page(reader& pages, const read_order& order, const ask& a,
                          const http_head& head, std::string_view body) {
  REQUIRE(a.use == body_use::page);
  const auto decoder = pages.open_page(a.id, head);
  REQUIRE(decoder != nullptr);
  batch_builder rows(order.table, {100'000, std::size_t{1} << 30U});
  page_end out;
  const auto fed = decoder->feed(body, rows);
  const auto facts = fed ? decoder->finish(rows) : failure(fed.error());
  out.rows = decoding::text_of(*rows.take_rest());
  if (facts) {
    out.then = pages.page_done(a.id, head, *facts, noon);
  } else {
    out.undecoded = facts.error();
  }
  return out;
}

inline bool proceeds(const verdict& v) {
  return std::holds_alternative<proceed>(v);
}
inline bool proceeds(const page_end& end) {
  return end.then && proceeds(*end.then);
}
inline error again(const verdict& v) {
  REQUIRE(std::holds_alternative<ask_again>(v));
  return std::get<ask_again>(v).why;
}
inline error gives_up(const verdict& v) {
  REQUIRE(std::holds_alternative<give_up>(v));
  const error& why = std::get<give_up>(v).why;
  CHECK_FALSE(why.message.empty());
  CHECK_FALSE(why.advice.empty());
  return why;
}
inline error gives_up(const page_end& end) {
  REQUIRE(end.then);
  return gives_up(*end.then);
}

}  // namespace millrace::dialogues
