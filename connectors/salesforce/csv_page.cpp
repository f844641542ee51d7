// The CSV decoder scans for the next byte that means something and copies the run before it.
#include "connectors/salesforce/csv_page.hpp"

#include "connectors/salesforce/values.hpp"

#include <fmt/format.h>

#include <cstring>

namespace millrace::salesforce {
namespace {

constexpr std::size_t header_cells_max = 10'000;
constexpr std::size_t name_bytes_max = 4'096;
constexpr std::size_t cell_bytes_max = std::size_t{64} << 20U;
constexpr std::size_t shown_bytes_max = 40;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

csv_page_decoder::csv_page_decoder(const collection& what,
                                   const std::vector<std::uint32_t>& selected)
    : fields_(what, selected), object_(what.object), version_(what.version) {}

bool csv_page_decoder::fail(std::string message, retry again) {
  fault_ = error{
      errc::page_malformed, std::move(message), "Run again; if it stays, report it", again, {}, {}};
  return false;
}

result<void> csv_page_decoder::feed(std::string_view bytes, batch_builder& rows) {
  rows_ = &rows;
  std::size_t at = 0;
  while (!fault_ && at < bytes.size()) {
    switch (place_) {
      case place::begin:
        if (bytes[at] == '"') {
          line_empty_ = false;
          if (!start_data_row()) break;
          place_ = place::quoted;
          ++at;
          break;
        }
        if (bytes[at] != '\n' && bytes[at] != '\r') {
          line_empty_ = false;
          if (!start_data_row()) break;
        }
        place_ = place::plain;
        [[fallthrough]];
      case place::plain:
        at = take_plain(bytes, at);
        break;
      case place::quoted:
        at = take_quoted(bytes, at);
        break;
      case place::after_quote:
        if (bytes[at] == '"') {
          append("\"");
          place_ = place::quoted;
          ++at;
        } else if (bytes[at] == ',' || bytes[at] == '\n' || bytes[at] == '\r') {
          at = take_plain(bytes, at);
        } else {
          fail(fmt::format("record {} of a Bulk result of {} has text after a closing quote",
                           records_ + 1, object_));
        }
        break;
      case place::after_return:
        if (bytes[at] != '\n') {
          fail(fmt::format("record {} of a Bulk result of {} has a lone carriage return",
                           records_ + 1, object_));
          break;
        }
        ++at;
        end_line();
        break;
    }
  }
  if (fault_) return failure(*fault_);
  return {};
}

/// At the first byte of a cell: where its bytes go.
bool csv_page_decoder::start_data_row() {
  direct_ = false;
  if (!header_done_) return true;
  if (cell_ >= header_.size())
    return fail(fmt::format("record {} of a Bulk result of {} has more than {} cells", records_ + 1,
                            object_, header_.size()));
  direct_ = header_[cell_].type == value_type::text;
  return true;
}

void csv_page_decoder::append(std::string_view piece) {
  std::string& to = direct_ ? rows_->at(header_[cell_].column).open_cell() : scratch_;
  to.append(piece);
}

std::size_t csv_page_decoder::take_quoted(std::string_view bytes, std::size_t at) {
  const char* begin = bytes.data() + at;
  const auto* quote = static_cast<const char*>(std::memchr(begin, '"', bytes.size() - at));
  const std::size_t run =
      quote != nullptr ? static_cast<std::size_t>(quote - begin) : bytes.size() - at;
  append({begin, run});
  if (scratch_.size() > cell_bytes_max) fail("a cell of a Bulk result is beyond all bounds");
  if (quote == nullptr) return bytes.size();
  place_ = place::after_quote;
  return at + run + 1;
}

std::size_t csv_page_decoder::take_plain(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && bytes[end] != ',' && bytes[end] != '\n' && bytes[end] != '\r' &&
         bytes[end] != '"')
    ++end;
  if (end > at) append(bytes.substr(at, end - at));
  if (end == bytes.size()) return end;
  switch (bytes[end]) {
    case ',':
      line_empty_ = false;
      if (place_ == place::plain && end == at && scratch_.empty() && !direct_) start_data_row();
      end_cell();
      break;
    case '\n':
      end_line();
      break;
    case '\r':
      place_ = place::after_return;
      break;
    default:
      fail(fmt::format("record {} of a Bulk result of {} has a quote inside a plain cell",
                       records_ + 1, object_));
  }
  return end + 1;
}

bool csv_page_decoder::end_cell() {
  place_ = place::begin;
  if (!header_done_) {
    std::string name = std::exchange(scratch_, {});
    if (header_.empty() && name.starts_with(byte_order_mark)) name.erase(0, byte_order_mark.size());
    if (header_.size() >= header_cells_max || name.size() > name_bytes_max)
      return fail("the header of a Bulk result is beyond all bounds");
    const auto* known = fields_.find(name);
    if (known == nullptr)
      return fail(fmt::format("a Bulk result of {} holds a column {} that was not asked for",
                              object_, name.substr(0, shown_bytes_max)));
    for (const target_column& c : header_)
      if (c.column == known->column)
        return fail(fmt::format("a Bulk result of {} holds the column {} twice", object_, name));
    header_.push_back({known->column, known->type});
    ++cell_;
    return true;
  }
  if (cell_ >= header_.size())
    return fail(fmt::format("record {} of a Bulk result of {} has more than {} cells", records_ + 1,
                            object_, header_.size()));
  const target_column& to = header_[cell_++];
  column& c = rows_->at(to.column);
  if (to.type == value_type::text) {
    close_text(c, *rows_);
    direct_ = false;
    return true;
  }
  if (scratch_.empty()) {
    c.append_null();
    return true;
  }
  const bool good = append_value(c, to.type, scratch_, *rows_);
  if (!good)
    return fail(fmt::format("record {} of a Bulk result of {}: the value '{}' is not a {}",
                            records_ + 1, object_, scratch_.substr(0, shown_bytes_max),
                            name_of(to.type)));
  scratch_.clear();
  return true;
}

bool csv_page_decoder::end_line() {
  if (line_empty_ && cell_ == 0) {
    place_ = place::begin;  // an empty line, such as after the last record
    return true;
  }
  if (!end_cell()) return false;
  const std::size_t cells = std::exchange(cell_, 0);
  line_empty_ = true;
  if (!header_done_) {
    header_done_ = true;
    if (const auto* lost = fields_.missing())
      return fail(fmt::format("a Bulk result of {} lacks the column {}", object_, lost->name));
    return true;
  }
  if (cells != header_.size())
    return fail(fmt::format("record {} of a Bulk result of {} has {} cells instead of {}",
                            records_ + 1, object_, cells, header_.size()));
  if (version_) {
    const column& c = rows_->at(*version_);
    const std::string_view value = c.value(c.size() - 1);
    if (value > version_max_) version_max_ = value;
  }
  ++records_;
  rows_->end_row();
  return true;
}

result<page_facts> csv_page_decoder::finish(batch_builder& rows) {
  rows_ = &rows;
  if (!fault_ && place_ == place::quoted)
    fail(fmt::format("a Bulk result of {} ends within a record", object_), retry::later);
  if (!fault_ && place_ == place::after_return)
    fail(fmt::format("a Bulk result of {} ends within a line break", object_), retry::later);
  if (!fault_ && !(line_empty_ && cell_ == 0)) {
    // No line break at the end: the last record is whole only if it has all its cells.
    if (header_done_ && cell_ + 1 != header_.size()) {
      fail(fmt::format("a Bulk result of {} ends within a record", object_), retry::later);
    } else {
      end_line();
    }
  }
  if (fault_) return failure(*fault_);
  page_facts facts;
  facts.records = records_;
  if (!version_max_.empty()) facts.version_max = parse_timestamp(version_max_);
  return facts;
}

}  // namespace millrace::salesforce
