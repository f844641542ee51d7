// Decoding one page of a Bulk 2.0 query result (salesforce-api.md 3.3), piece by piece.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/field_index.hpp"
#include "connectors/salesforce/page_bounds.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// RFC 4180: quoted and plain cells, doubled quotes, line breaks within quotes, LF or CR LF; empty
/// lines are passed over. The header maps columns by name. `feed` takes pieces cut anywhere. Fails
/// with errc::page_malformed, `retry::later` when the page may only have been cut, or has no end; a
/// row that was not ended is dropped.
class csv_page_decoder final : public page_decoder {
 public:
  /// `selected`: indexes into `what.fields`. Columns of the builder are `what.fields`. `announced`:
  /// how many records the page has by the source's own word.
  csv_page_decoder(const collection& what, const std::vector<std::uint32_t>& selected,
                   std::optional<std::uint64_t> announced = {});
  result<void> feed(std::string_view bytes, batch_builder& rows) override;
  result<page_facts> finish(batch_builder& rows) override;

 private:
  /// Where in a cell the next byte falls.
  enum class place : std::uint8_t {
    line_begin,    ///< nothing of the line yet
    cell_begin,    ///< after a comma
    plain,         ///< in a cell without quotes
    quoted,        ///< between quotes
    after_quote,   ///< a quote that ends the cell, or the first of two
    after_return,  ///< a CR that LF must follow
    blank_return,  ///< the same in a line without any cell
  };
  struct target_column {
    std::uint32_t column = 0;
    value_type type = value_type::text;
    const field_index::entry* field = nullptr;
  };

  std::size_t skip_mark(std::string_view bytes);
  std::size_t take_whole_cells(std::string_view bytes, std::size_t at);
  std::size_t take_some(std::string_view bytes, std::size_t at);
  std::size_t take_begin(std::string_view bytes, std::size_t at);
  std::size_t take_after_quote(std::string_view bytes, std::size_t at);
  std::size_t take_run(std::string_view bytes, std::size_t at, std::size_t run);
  bool take_cell(std::string_view text, bool clean);
  bool take_padded_cell(std::string_view text);
  bool take_name();
  bool end_cell();
  bool end_line();
  bool end_header();
  bool end_page();
  bool fail(std::string message);
  bool fail_record(std::string_view what);

  field_index fields_;
  std::string object_;
  std::optional<std::size_t> key_;
  std::optional<std::size_t> version_;
  batch_builder* rows_ = nullptr;

  std::vector<target_column> header_;
  bool header_done_ = false;

  std::size_t mark_ = 0;  ///< bytes of a byte order mark that were passed over
  place place_ = place::line_begin;
  bool clean_ = false;    ///< the piece at hand: texts within it need not be looked at
  std::size_t cell_ = 0;  ///< index of the cell in its line
  std::string scratch_;   ///< what is known of a cell that has to be put together
  std::string version_min_;
  std::string first_key_;
  std::uint64_t records_ = 0;
  std::optional<std::uint64_t> announced_;
  page_bounds bounds_{bulk_page_records_max};
  std::optional<error> fault_;
};

}  // namespace millrace::salesforce
