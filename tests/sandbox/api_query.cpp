// REST queries and their pages.
#include <boost/json.hpp>

#include "api.hpp"
#include "soql.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {
namespace {

std::size_t page_rows(const org& o, const request& r) {
  std::size_t wanted = o.options().page_rows;
  const std::string option = r.header("sforce-query-options");
  const std::size_t at = option.find("batchSize=");
  if (at != std::string::npos) {
    std::from_chars(option.data() + at + 10, option.data() + option.size(), wanted);
    wanted = std::clamp<std::size_t>(wanted, 200, o.options().page_rows);
  }
  return wanted;
}

response page(const cursor& c, const std::string& id, std::size_t from, std::size_t rows,
              const std::string& version) {
  const std::size_t end = std::min(from + rows, c.records.size());
  response out;
  out.body = "{\"totalSize\":" + std::to_string(c.records.size()) +
             ",\"done\":" + (end == c.records.size() ? "true" : "false");
  if (end < c.records.size())
    out.body += ",\"nextRecordsUrl\":\"/services/data/v" + version + "/query/" + id + "-" +
                std::to_string(end) + "\"";
  out.body += ",\"records\":[";
  for (std::size_t i = from; i < end; ++i) {
    if (i > from) out.body += ',';
    c.rows->append(out.body, c.records[i]);
  }
  out.body += "]}";
  return out;
}

}  // namespace

response query(org& o, const request& r, const std::string& soql, bool with_deleted,
               const std::string& version) {
  auto parsed = parse_soql(soql);
  if (const auto* fault = std::get_if<soql_error>(&parsed))
    return api_error(400, fault->code, fault->message);
  statement& s = std::get<statement>(parsed);
  const object_def* object = o.find(s.object);
  if (object == nullptr)
    return api_error(400, "INVALID_TYPE",
                     "\nsObject type '" + s.object +
                         "' is not supported. If you are attempting to use a custom object, "
                         "be sure to append the '__c' after the entity name.");
  if (!object->queryable)
    return api_error(400, "INVALID_TYPE_FOR_OPERATION",
                     "entity type " + object->name + " does not support query");
  auto fields = resolve(s, *object);
  if (const auto* fault = std::get_if<soql_error>(&fields))
    return api_error(400, fault->code, fault->message);
  const table& rows = o.records(*object);
  cursor c;
  c.object = object->name;
  c.records = choose(s, rows, with_deleted);
  if (s.count) {
    response out;
    out.body =
        "{\"totalSize\":" + std::to_string(c.records.size()) + ",\"done\":true,\"records\":[]}";
    return out;
  }
  c.rows = std::make_shared<renderer>(rows, std::get<std::vector<std::size_t>>(fields), form::json,
                                      version);
  const std::size_t many = page_rows(o, r);
  if (c.records.size() <= many) return page(c, {}, 0, many, version);
  const std::string id = o.keep(std::move(c));
  return page(*o.find_cursor(id), id, 0, many, version);
}

response query_more(org& o, const std::string& locator, const std::string& version) {
  const std::size_t dash = locator.rfind('-');
  std::size_t from = 0;
  const bool good =
      dash != std::string::npos &&
      std::from_chars(locator.data() + dash + 1, locator.data() + locator.size(), from).ec ==
          std::errc{};
  const cursor* c = good ? o.find_cursor(locator.substr(0, dash)) : nullptr;
  if (c == nullptr || from > c->records.size())
    return api_error(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
  return page(*c, locator.substr(0, dash), from, o.options().page_rows, version);
}

}  // namespace sandbox
