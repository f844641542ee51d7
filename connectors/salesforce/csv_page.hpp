// Decoding one page of a Bulk 2.0 query result (salesforce-api.md 3.3), piece by piece.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/field_index.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// RFC 4180: quoted and plain cells, doubled quotes, line breaks within quotes, LF or CR LF. The
/// header maps columns by name. `feed` takes pieces cut anywhere. Fails with errc::page_malformed,
/// `retry::later` when the page may only have been cut.
class csv_page_decoder final : public page_decoder {
 public:
  /// `selected`: indexes into `what.fields`. Columns of the builder are `what.fields`.
  csv_page_decoder(const collection& what, const std::vector<std::uint32_t>& selected);
  result<void> feed(std::string_view bytes, batch_builder& rows) override;
  result<page_facts> finish(batch_builder& rows) override;

 private:
  /// Where in a cell the next byte falls.
  enum class place : std::uint8_t {
    begin,         ///< nothing of the cell yet
    plain,         ///< in a cell without quotes
    quoted,        ///< between quotes
    after_quote,   ///< a quote that ends the cell, or the first of two
    after_return,  ///< a CR that LF must follow
  };

  std::size_t take_quoted(std::string_view bytes, std::size_t at);
  std::size_t take_plain(std::string_view bytes, std::size_t at);
  void append(std::string_view piece);
  bool end_cell();
  bool end_line();
  bool start_data_row();
  bool fail(std::string message, retry again = retry::never);

  field_index fields_;
  std::string object_;
  std::optional<std::size_t> version_;
  batch_builder* rows_ = nullptr;

  struct target_column {
    std::uint32_t column = 0;
    value_type type = value_type::text;
  };
  std::vector<target_column> header_;
  bool header_done_ = false;

  place place_ = place::begin;
  std::size_t cell_ = 0;    ///< index of the cell in its line
  bool line_empty_ = true;  ///< no byte of the line yet
  bool direct_ = false;     ///< the open cell's bytes go straight to a text column
  std::string scratch_;
  std::string version_max_;
  std::uint64_t records_ = 0;
  std::optional<error> fault_;
};

}  // namespace millrace::salesforce
