// What results for machines have in common.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"

#include <boost/json.hpp>

#include <vector>

namespace millrace {

/// Messages may quote a driver, and JSON must be UTF-8 whatever a driver says.
boost::json::object error_json(const error& e);
boost::json::array notices_json(const std::vector<notice>& notices);

}  // namespace millrace
