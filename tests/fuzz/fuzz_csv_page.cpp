// Any bytes as a page of Bulk CSV: no crash, valid cells, and the same rows however it is cut.
#include "connectors/salesforce/csv_page.hpp"
#include "tests/fuzz/checks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  millrace::fuzz::check_page<millrace::salesforce::csv_page_decoder>(
      {reinterpret_cast<const char*>(data), size});
  return 0;
}
