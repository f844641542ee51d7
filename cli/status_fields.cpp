// Whatever answers at the port is not trusted to be a host.
#include "cli/status_fields.hpp"

#include <boost/json.hpp>

namespace millrace {

namespace json = boost::json;

std::string text_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

std::uint64_t number_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  if (v == nullptr) return 0;
  if (v->is_uint64()) return v->get_uint64();
  return v->is_int64() && v->get_int64() > 0 ? static_cast<std::uint64_t>(v->get_int64()) : 0;
}

const json::object* object_in(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v == nullptr ? nullptr : v->if_object();
}

const json::array& list_in(const json::object& o, std::string_view key) {
  static const json::array none;
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_array() ? v->get_array() : none;
}

std::string time_text(std::string iso) {
  if (iso.size() < 19) return iso.empty() ? "-" : iso;
  iso.resize(19);
  iso[10] = ' ';
  return iso;
}

json::object parsed_status(const std::string& status) {
  json::error_code failed;
  json::value value = json::parse(status, failed);
  return failed || !value.is_object() ? json::object() : std::move(value.get_object());
}

}  // namespace millrace
