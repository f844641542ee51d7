// Reading a host's status, as it answered: what is not there, or not as it should be, is empty.
#pragma once

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace {

boost::json::object parsed_status(const std::string& status);
std::string text_in(const boost::json::object& o, std::string_view key);
std::uint64_t number_in(const boost::json::object& o, std::string_view key);
const boost::json::object* object_in(const boost::json::object& o, std::string_view key);
const boost::json::array& list_in(const boost::json::object& o, std::string_view key);
/// "2026-11-30T10:00:00.000Z" -> "2026-11-30 10:00:00"; nothing -> "-".
std::string time_text(std::string iso);

}  // namespace millrace
