// Decoding one page of a REST query (salesforce-api.md 2.4), piece by piece.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/page_bounds.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace millrace::salesforce {

/// `feed` takes pieces cut anywhere. Members of the page may come in any order; `attributes` is
/// checked for the object's name; nested records and fields that were not selected are skipped.
/// Fails with errc::page_malformed, `retry::later` when the page may only have been cut, or has no
/// end.
class json_page_decoder final : public page_decoder {
 public:
  /// `selected`: indexes into `what.fields`, in SELECT order. Columns of the builder are
  /// `what.fields`.
  json_page_decoder(const collection& what, const std::vector<std::uint32_t>& selected);
  ~json_page_decoder() override;
  result<void> feed(std::string_view bytes, batch_builder& rows) override;
  result<page_facts> finish(batch_builder& rows) override;

 private:
  class parser;
  std::unique_ptr<parser> parser_;
  page_bounds bounds_{rest_page_records};
};

}  // namespace millrace::salesforce
