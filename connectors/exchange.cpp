// Small helpers on requests and answers.
#include "connectors/exchange.hpp"

#include "connectors/connector.hpp"
#include "engine/lower_case.hpp"

namespace millrace {

std::string_view name_of(http_method method) {
  switch (method) {
    case http_method::get:
      return "GET";
    case http_method::post:
      return "POST";
    case http_method::patch:
      return "PATCH";
    case http_method::del:
      return "DELETE";
  }
  return "GET";
}

std::optional<std::string_view> http_head::find(std::string_view name) const {
  for (const http_header& h : headers)
    if (equal_without_case(h.name, name)) return h.value;
  return {};
}

verdict conversation::gave_up(std::uint64_t, const error& why, time_point) {
  return give_up{why};
}

next_step conversation::wind_up(time_point) {
  return finished{};
}

std::optional<standing_job> reader::job() const {
  return {};
}

void reader::leave_job(bool) {}

bool connector::can_take_over(const session&, const read_order&, const standing_job&) const {
  return false;
}

std::unique_ptr<conversation> connector::remove_jobs(const session_ptr&,
                                                     const std::vector<standing_job>&) const {
  return nullptr;
}

}  // namespace millrace
