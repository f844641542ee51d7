// The catalog as one page for a browser, to search in and to follow links in. It loads nothing.
#pragma once

#include "engine/model/run_report.hpp"

#include <string>

namespace millrace {

/// A whole HTML document. Tables are `#t-TABLE`, columns `#f-TABLE-COLUMN`.
std::string catalog_page(const run_plan& plan);

}  // namespace millrace
