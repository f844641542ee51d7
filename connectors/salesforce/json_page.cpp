// Boost.JSON's event parser, fed piece by piece. Why it and no scanner of our own: docs/decisions,
// decoding.
#include "connectors/salesforce/json_page.hpp"

#include "connectors/salesforce/json_page_events.hpp"
#include "connectors/salesforce/surrogate_mender.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 32;

json::parse_options options() {
  json::parse_options o;
  o.max_depth = depth_max;
  o.allow_invalid_utf8 = true;  // mended and counted by us (I9), not a reason to lose a page
  return o;
}

bool is_blank(std::string_view bytes) {
  return bytes.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

class json_page_decoder::parser {
 public:
  parser(const collection& what, const std::vector<std::uint32_t>& selected)
      : events(options(), what, selected) {}
  json::basic_parser<json_page_events> events;
  surrogate_mender mender;
};

json_page_decoder::json_page_decoder(const collection& what,
                                     const std::vector<std::uint32_t>& selected)
    : parser_(std::make_unique<parser>(what, selected)) {}
json_page_decoder::~json_page_decoder() = default;

result<void> json_page_decoder::feed(std::string_view piece, batch_builder& rows) {
  auto& events = parser_->events;
  json_page_events& page = events.handler();
  if (page.fault()) return failure(*page.fault());
  const std::string_view bytes = parser_->mender.mend(piece);
  for (std::uint64_t i = parser_->mender.mended(); i > 0; --i)
    rows.count_adjusted();
  page.write_to(rows);
  json::error_code ec;
  std::size_t taken = 0;
  // A parser that is done would begin a second document.
  if (!events.done()) taken = events.write_some(true, bytes.data(), bytes.size(), ec);
  if (!ec && events.done() && !is_blank(bytes.substr(taken)))
    ec = make_error_code(json::error::extra_data);
  auto fault = bounds_.crossed(piece.size(), page.records(), page.total(), page.object());
  if (ec)
    fault = error{errc::page_malformed,
                  fmt::format("a page of {} is not valid JSON: {}", page.object(), ec.message()),
                  "Run again; if it stays, report it",
                  retry::later,
                  {},
                  {}};
  if (!fault) return {};
  page.fail(ec, std::move(*fault));
  rows.drop_row();
  return failure(*page.fault());
}

result<page_facts> json_page_decoder::finish(batch_builder& rows) {
  const auto& events = parser_->events;
  const json_page_events& page = events.handler();
  if (page.fault()) return failure(*page.fault());
  if (events.done()) return page.facts();
  rows.drop_row();
  return failure(errc::page_malformed, fmt::format("a page of {} ends too early", page.object()),
                 "The connection may have been cut: run again", retry::later);
}

}  // namespace millrace::salesforce
