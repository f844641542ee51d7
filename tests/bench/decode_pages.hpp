// Pages of account-like records for measuring decoders: the same records as REST JSON and as Bulk
// CSV. Fixed seed.
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace::bench {

struct pages {
  collection what;
  table_ptr table;
  std::vector<std::string> json;  ///< bodies of REST pages, 2,000 records each
  std::vector<std::string> csv;   ///< bodies of Bulk pages, 25,000 records each
};

/// About `bytes` of bodies for each of the two APIs.
pages make_pages(std::size_t bytes);

}  // namespace millrace::bench
