// Answers are told apart by the name that each request was given, not by their place.
#include "connectors/salesforce/composite.hpp"

#include "connectors/salesforce/json_slices.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// A name in the words that Salesforce takes: a letter, then letters and digits.
std::string name_of_request(std::size_t index) {
  return fmt::format("r{}", index);
}

auto malformed(std::string_view what) {
  return failure(errc::page_malformed, fmt::format("the answer to a composite request {}", what),
                 "Run again; if it stays, report it", retry::later);
}

struct part {
  std::string_view body;
  std::string_view headers;
  std::string_view status;
  std::string_view name;
};

/// The answer that comes next; none: there is none, or it lacks what it must have.
std::optional<part> next_part(json_slicer& from) {
  part out;
  const bool whole = from.members([&](std::string_view name) {
    const auto value = from.value();
    if (!value) return false;
    std::string_view* to = nullptr;
    if (name == "body") to = &out.body;
    if (name == "httpHeaders") to = &out.headers;
    if (name == "httpStatusCode") to = &out.status;
    if (name == "referenceId") to = &out.name;
    if (to == nullptr) return true;
    if (!to->empty()) return false;
    *to = *value;
    return true;
  });
  if (!whole || out.body.empty() || out.status.empty() || out.name.empty()) return {};
  return out;
}

/// All of them; one that is none ends it. None: the text holds no answers.
std::optional<std::vector<std::optional<part>>> parts_of(std::string_view text) {
  json_slicer from(text);
  std::optional<std::vector<std::optional<part>>> parts;
  const bool whole = from.members([&](std::string_view name) {
    if (name != "compositeResponse" || parts) return from.value().has_value();
    parts.emplace();
    return from.elements([&] {
      parts->push_back(next_part(from));
      return parts->back().has_value();
    });
  });
  // Where the reading stopped at a part, that is what is told.
  const bool stopped = parts && !parts->empty() && !parts->back();
  if (!stopped && (!whole || !from.at_end())) return {};
  return parts;
}

std::optional<int> status_of(std::string_view text) {
  int status = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, status);
  if (read.ec != std::errc{} || read.ptr != end || status < 100 || status > 599) return {};
  return status;
}

/// Which request it answers.
std::optional<std::size_t> index_of(std::string_view name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (name == fmt::format("\"{}\"", name_of_request(i))) return i;
  return {};
}

void add_headers(std::string_view text, http_head& to) {
  json::error_code failed;
  const json::value parsed = json::parse(text, failed);
  const json::object* headers = failed ? nullptr : parsed.if_object();
  if (headers == nullptr) return;
  for (const auto& [name, value] : *headers)
    if (value.is_string())
      to.headers.push_back({std::string(name), std::string(value.get_string())});
}

}  // namespace

std::string composite_body(std::span<const std::string> paths) {
  json::array requests;
  for (std::size_t i = 0; i < paths.size(); ++i)
    requests.push_back(
        json::object{{"method", "GET"}, {"url", paths[i]}, {"referenceId", name_of_request(i)}});
  return json::serialize(
      json::object{{"allOrNone", false}, {"compositeRequest", std::move(requests)}});
}

result<std::vector<http_response>> composite_answers(const http_response& whole,
                                                     std::size_t count) {
  const auto parts = parts_of(whole.body);
  if (!parts) return malformed("holds no answers");
  if (parts->size() != count) return malformed(fmt::format("holds {} of {}", parts->size(), count));
  std::vector<http_response> answers(count);
  const auto date = whole.head.find("Date");
  for (const std::optional<part>& found : *parts) {
    const auto status = found ? status_of(found->status) : std::nullopt;
    const auto index = found ? index_of(found->name, count) : std::nullopt;
    if (!status || !index) return malformed("holds one that answers nothing");
    http_response& answer = answers[*index];
    if (answer.head.status != 0) return malformed("answers a request twice");
    answer.head.status = *status;
    answer.head.headers.push_back({"Content-Type", "application/json;charset=UTF-8"});
    if (date) answer.head.headers.push_back({"Date", std::string(*date)});
    add_headers(found->headers, answer.head);
    answer.body = found->body;
  }
  return answers;
}

}  // namespace millrace::salesforce
