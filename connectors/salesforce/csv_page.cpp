// The CSV decoder has two ways. Nearly every cell stands between quotes and is whole within the
// piece: `take_whole_cells` finds its end 32 bytes at a time and hands its bytes on as they stand.
// All other cells, and the header, go through the places of `take_some` and are put together.
#include "connectors/salesforce/csv_page.hpp"

#include "connectors/salesforce/values.hpp"
#include "engine/model/utf8.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace millrace::salesforce {
namespace {

constexpr std::size_t header_cells_max = 10'000;
constexpr std::size_t name_bytes_max = 4'096;
constexpr std::size_t cell_bytes_max = std::size_t{64} << 20U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The bytes before a quote.
struct quoted_run {
  std::size_t length = 0;  ///< up to the quote, or to the end when there is none
  bool closed = false;
};

quoted_run find_quote(const char* bytes, std::size_t size) {
  quoted_run run;
  std::size_t i = 0;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const auto quotes_at = [&](std::size_t at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, quote)));
  };
  for (; i + 32 <= size; i += 32) {
    const unsigned quotes = quotes_at(i) | (quotes_at(i + 16) << 16U);
    if (quotes != 0) {
      run.length = i + static_cast<unsigned>(std::countr_zero(quotes));
      run.closed = true;
      return run;
    }
  }
#endif
  while (i < size && bytes[i] != '"')
    ++i;
  run.length = i;
  run.closed = i < size;
  return run;
}

std::size_t plain_cell_length(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size() && bytes[i] != ',' && bytes[i] != '\n' && bytes[i] != '\r' &&
         bytes[i] != '"')
    ++i;
  return i;
}

}  // namespace

csv_page_decoder::csv_page_decoder(const collection& what,
                                   const std::vector<std::uint32_t>& selected,
                                   std::optional<std::uint64_t> announced)
    : fields_(what, selected),
      object_(what.object),
      key_(key_among(what, selected)),
      version_(what.version),
      announced_(announced) {}

result<void> csv_page_decoder::feed(std::string_view bytes, batch_builder& rows) {
  rows_ = &rows;
  clean_ = is_clean_piece(bytes);
  std::size_t at = skip_mark(bytes);
  while (!fault_ && at < bytes.size()) {
    at = take_whole_cells(bytes, at);
    if (!fault_ && at < bytes.size()) at = take_some(bytes, at);
  }
  if (!fault_) fault_ = bounds_.crossed(bytes.size(), records_, announced_, object_);
  if (!fault_) return {};
  rows.drop_row();
  return failure(*fault_);
}

/// A byte order mark may precede the header; it too may be cut.
std::size_t csv_page_decoder::skip_mark(std::string_view bytes) {
  std::size_t at = 0;
  while (mark_ < byte_order_mark.size() && at < bytes.size()) {
    if (bytes[at] != byte_order_mark[mark_]) {
      if (mark_ > 0) fail_record("begins with half a byte order mark");
      mark_ = byte_order_mark.size();
      break;
    }
    ++mark_;
    ++at;
  }
  return at;
}

/// Cells of records that are whole, between quotes and without quotes; stops before any other.
std::size_t csv_page_decoder::take_whole_cells(std::string_view bytes, std::size_t at) {
  if (!header_done_) return at;
  if (place_ != place::line_begin && place_ != place::cell_begin) return at;
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* cell = begin + at;
  // A cell's two quotes and what ends it must be there.
  while (end - cell > 2 && *cell == '"') {
    const quoted_run run = find_quote(cell + 1, static_cast<std::size_t>(end - cell) - 1);
    const char* after = cell + run.length + 2;
    if (!run.closed || after >= end || run.length > cell_bytes_max) break;
    const std::string_view text(cell + 1, run.length);
    const bool padded = static_cast<std::size_t>(end - text.data()) >= cell_bytes::step;
    const auto take = [&] {
      return padded && clean_ ? take_padded_cell(text) : take_cell(text, clean_);
    };
    if (*after == ',') {
      if (!take()) break;
      place_ = place::cell_begin;
    } else {
      if (*after == '\r' && end - after > 1) ++after;
      if (*after != '\n' || !take() || !end_line()) break;
    }
    cell = after + 1;
  }
  return static_cast<std::size_t>(cell - begin);
}

/// Any bytes, one step at a time.
std::size_t csv_page_decoder::take_some(std::string_view bytes, std::size_t at) {
  const std::string_view rest = bytes.substr(at);
  switch (place_) {
    case place::line_begin:
    case place::cell_begin:
      return take_begin(bytes, at);
    case place::plain: {
      const std::size_t run = plain_cell_length(rest);
      if (run > 0) return take_run(bytes, at, run);
      if (rest[0] == '"') {
        fail_record("has a quote inside a plain cell");
        return at;
      }
      return take_after_quote(bytes, at);
    }
    case place::quoted: {
      const quoted_run run = find_quote(rest.data(), rest.size());
      if (run.length > 0) return take_run(bytes, at, run.length);
      place_ = place::after_quote;
      return at + 1;
    }
    case place::after_quote:
      return take_after_quote(bytes, at);
    case place::after_return:
    case place::blank_return:
      if (rest[0] != '\n') {
        fail_record("has a lone carriage return");
      } else if (place_ == place::blank_return) {
        place_ = place::line_begin;
      } else if (end_cell()) {
        end_line();
      }
      return at + 1;
  }
  return at;
}

std::size_t csv_page_decoder::take_begin(std::string_view bytes, std::size_t at) {
  if (bytes[at] == '"') {
    place_ = place::quoted;
    return at + 1;
  }
  if (place_ == place::line_begin) {
    if (bytes[at] == '\n') return at + 1;
    if (bytes[at] == '\r') {
      place_ = place::blank_return;
      return at + 1;
    }
  }
  place_ = place::plain;
  return at;
}

/// After a cell's last byte: what ends it.
std::size_t csv_page_decoder::take_after_quote(std::string_view bytes, std::size_t at) {
  switch (bytes[at]) {
    case '"':
      scratch_ += '"';
      place_ = place::quoted;
      break;
    case ',':
      if (end_cell()) place_ = place::cell_begin;
      break;
    case '\n':
      if (end_cell()) end_line();
      break;
    case '\r':
      place_ = place::after_return;
      break;
    default:
      fail_record("has text after a closing quote");
  }
  return at + 1;
}

std::size_t csv_page_decoder::take_run(std::string_view bytes, std::size_t at, std::size_t run) {
  if (scratch_.size() + run > (header_done_ ? cell_bytes_max : name_bytes_max)) {
    fail_record("has a cell beyond all bounds");
  } else {
    scratch_.append(bytes, at, run);
  }
  return at + run;
}

// -- cells and lines --

bool csv_page_decoder::end_cell() {
  if (!header_done_) return take_name();
  const bool good = take_cell(scratch_, false);
  scratch_.clear();
  return good;
}

/// `clean`: known to be valid UTF-8 without NUL.
bool csv_page_decoder::take_cell(std::string_view text, bool clean) {
  if (cell_ >= header_.size()) return fail_record("has more cells than the header");
  const target_column& to = header_[cell_++];
  column& c = rows_->at(to.column);
  if (text.empty()) {
    c.append_null();
    return true;
  }
  if (clean && to.type == value_type::text) {
    c.append(text);
    return true;
  }
  if (append_value(c, to.type, text, *rows_)) return true;
  fault_ = misfit(object_, to.field->name, to.type, to.field->hashed ? hidden_value : text);
  fault_->with("record", std::to_string(records_ + 1));
  return false;
}

/// A clean one behind which more bytes can be read: nearly all are texts.
bool csv_page_decoder::take_padded_cell(std::string_view text) {
  if (cell_ >= header_.size() || header_[cell_].type != value_type::text)
    return take_cell(text, true);
  rows_->at(header_[cell_++].column).append_padded_or_null(text);
  return true;
}

bool csv_page_decoder::take_name() {
  std::string name = std::exchange(scratch_, {});
  if (header_.size() >= header_cells_max) return fail("the header of a Bulk result has no end");
  const auto* known = fields_.find(name);
  if (known == nullptr)
    return fail(fmt::format("a Bulk result of {} holds a column {} that was not asked for", object_,
                            mended_text(std::string_view{name}.substr(0, shown_bytes_max))));
  for (const target_column& c : header_)
    if (c.column == known->column)
      return fail(fmt::format("a Bulk result of {} holds the column {} twice", object_, name));
  header_.push_back({known->column, known->type, known});
  return true;
}

bool csv_page_decoder::end_line() {
  place_ = place::line_begin;
  if (!header_done_) return end_header();
  if (cell_ != header_.size())
    return fail_record(fmt::format("has {} cells instead of {}", cell_, header_.size()));
  cell_ = 0;
  if (key_ && !has_own_key(*rows_, *key_)) {
    fault_ = keyless(object_);
    return false;
  }
  if (version_ && rows_->has_cell(*version_)) {
    const column& c = rows_->at(*version_);
    const std::string_view value = c.value(c.size() - 1);
    if (!value.empty() && (version_min_.empty() || value < version_min_)) version_min_ = value;
  }
  if (records_ == 0) first_key_ = first_key(*rows_, key_);
  ++records_;
  rows_->end_row();
  return true;
}

bool csv_page_decoder::end_header() {
  header_done_ = true;
  if (const auto* lost = fields_.missing())
    return fail(fmt::format("a Bulk result of {} lacks the column {}", object_, lost->name));
  return true;
}

// -- the end --

bool csv_page_decoder::end_page() {
  const bool half_a_mark = mark_ > 0 && mark_ < byte_order_mark.size();
  if (place_ == place::line_begin && !half_a_mark) return true;
  const bool ends_a_cell =
      place_ == place::cell_begin || place_ == place::plain || place_ == place::after_quote;
  // No line break at the end: the last record is whole only if it has all its cells.
  if (!ends_a_cell || half_a_mark || (header_done_ && cell_ + 1 != header_.size()))
    return fail(fmt::format("a Bulk result of {} ends within record {}", object_, records_ + 1));
  return end_cell() && end_line();
}

result<page_facts> csv_page_decoder::finish(batch_builder& rows) {
  rows_ = &rows;
  if (!fault_ && !end_page()) fault_->again = retry::later;  // it may only have been cut
  if (fault_) {
    rows.drop_row();
    return failure(*fault_);
  }
  page_facts facts;
  facts.records = records_;
  facts.first_key = std::move(first_key_);
  if (!version_min_.empty()) facts.version_min = parse_timestamp(version_min_);
  return facts;
}

bool csv_page_decoder::fail(std::string message) {
  fault_ = error{errc::page_malformed,
                 std::move(message),
                 "Run again; if it stays, report it",
                 retry::never,
                 {},
                 {}};
  return false;
}

bool csv_page_decoder::fail_record(std::string_view what) {
  if (!header_done_)
    return fail(fmt::format("the header of a Bulk result of {} {}", object_, what));
  return fail(fmt::format("record {} of a Bulk result of {} {}", records_ + 1, object_, what));
}

}  // namespace millrace::salesforce
