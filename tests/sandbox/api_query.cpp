// REST queries: pages of rows behind a cursor.
#include "json_out.hpp"
#include "query_plan.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
constexpr std::size_t default_page = 2000;
constexpr std::size_t smallest_batch = 200;
constexpr std::size_t wide_fields = 150;

std::size_t to_number(std::string_view text, std::size_t otherwise) {
  std::size_t out = otherwise;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc{} ? out : otherwise;
}

/// "batchSize=500" of the header is advice; an org shortens pages of wide rows.
std::size_t page_of(const query_plan& plan, const org& o, const request& r) {
  const std::string options = r.header("sforce-query-options");
  const std::size_t at = options.find("batchSize=");
  std::size_t wanted = default_page;
  if (at != std::string::npos)
    wanted = to_number(std::string_view(options).substr(at + 10), default_page);
  wanted = std::clamp(wanted, smallest_batch, default_page);
  if (o.options().page_rows > 0)
    return at == std::string::npos ? o.options().page_rows
                                   : std::min(wanted, o.options().page_rows);
  const bool wide = plan.fields.size() > wide_fields ||
                    std::any_of(plan.fields.begin(), plan.fields.end(), [&](std::size_t f) {
                      return plan.object->fields[f].length > 100'000;
                    });
  return wide ? std::min<std::size_t>(wanted, 1000) : wanted;
}

response page(const cursor& c, const std::string& id, std::size_t from) {
  const std::size_t end = std::min(from + c.page, c.records.size());
  json_object head;
  head.number("totalSize", c.records.size()).flag("done", end == c.records.size());
  if (end < c.records.size())
    head.text("nextRecordsUrl",
              "/services/data/v" + c.version + "/query/" + id + "-" + std::to_string(end));
  response out;
  out.body = head.raw("records", "[").done();
  out.body.pop_back();
  const numbers mine(c.records.begin() + static_cast<std::ptrdiff_t>(from),
                     c.records.begin() + static_cast<std::ptrdiff_t>(end));
  out.produce = [rows = c.rows, mine, next = std::size_t{0}](std::string& to) mutable {
    const std::size_t begin = to.size();
    while (next < mine.size() && to.size() - begin < piece_bytes) {
      if (next > 0) to += ',';
      rows->append(to, rows->rows().at(mine[next++]));
    }
    if (next < mine.size()) return true;
    to += "]}";
    return false;
  };
  return out;
}

response count_of(std::size_t count) {
  return json_response(
      json_object().number("totalSize", count).flag("done", true).raw("records", "[]").done());
}

}  // namespace

std::variant<query_plan, soql_error> plan_query(org& o, std::string_view text) {
  auto parsed = parse_soql(text);
  if (const auto* fault = std::get_if<soql_error>(&parsed)) return *fault;
  query_plan plan;
  plan.soql = std::move(std::get<statement>(parsed));
  plan.object = o.find(plan.soql.object);
  if (plan.object == nullptr)
    return soql_error{
        "INVALID_TYPE",
        "\nsObject type '" + plan.soql.object +
            "' is not supported. If you are attempting to use a custom object, be sure to append "
            "the '__c' after the entity name. Please reference your WSDL or the describe call for "
            "the appropriate names."};
  if (!plan.object->queryable)
    return soql_error{"INVALID_TYPE_FOR_OPERATION",
                      "entity type " + plan.object->name + " does not support query"};
  if (!plan.soql.where &&
      (plan.object->name == "ContentDocumentLink" || plan.object->name == "UserRecordAccess"))
    return soql_error{"MALFORMED_QUERY",
                      "Implementation restriction: " + plan.object->name +
                          " requires a filter by a single Id on a reified column"};
  auto fields = resolve(plan.soql, *plan.object);
  if (const auto* fault = std::get_if<soql_error>(&fields)) return *fault;
  plan.fields = std::move(std::get<std::vector<std::size_t>>(fields));
  return plan;
}

response serve_query(const call& c, const request& r) {
  org& o = *c.where;
  if (r.method != "GET")
    return api_error(405, "METHOD_NOT_ALLOWED",
                     "HTTP Method '" + r.method + "' not allowed. Allowed are HEAD,GET");
  if (!r.query.contains("q"))
    return api_error(400, "MALFORMED_QUERY", "A query string has to be specified");
  if (tells_of_rights(object_of(r.parameter("q")))) return serve_rights(o, r.parameter("q"));
  auto planned = plan_query(o, r.parameter("q"));
  if (const auto* fault = std::get_if<soql_error>(&planned))
    return api_error(400, fault->code, fault->message);
  auto& plan = std::get<query_plan>(planned);
  table& rows = o.records(*plan.object);
  const bool all = c.parts.front() == "queryAll";
  if (plan.soql.count && !plan.soql.where && !plan.soql.limit && (all || !rows.archives()))
    return count_of(all ? rows.present() : rows.live());
  cursor open;
  open.records = choose(plan.soql, rows, all);
  if (plan.soql.count) return count_of(open.records.size());
  open.rows = o.rows_of(*plan.object, plan.fields, {form::json, c.version});
  open.object = plan.object->name;
  open.version = c.version;
  open.page = page_of(plan, o, r);
  if (open.records.size() <= open.page) return page(open, "", 0);
  const std::string id = o.keep(std::move(open));
  return page(*o.find_cursor(id), id, 0);
}

response serve_query_more(const call& c) {
  const std::string& locator = c.parts[1];
  const std::size_t dash = locator.find('-');
  const cursor* open = c.where->find_cursor(locator.substr(0, dash));
  const std::size_t from =
      dash == std::string::npos
          ? 0
          : to_number(std::string_view(locator).substr(dash + 1), std::string::npos);
  if (open == nullptr || from >= open->records.size())
    return api_error(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
  return page(*open, locator.substr(0, dash), from);
}

}  // namespace sandbox
