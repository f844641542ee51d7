// ISO 8601's basic form of the time, so that an id needs no quotes anywhere.
#include "engine/model/run_id.hpp"

#include <algorithm>

namespace millrace {

std::string run_id(std::string_view pipeline, time_point started) {
  std::string when = to_iso(started);
  std::erase_if(when, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return std::string(pipeline) + '-' + when;
}

}  // namespace millrace
