// Dialogues of the wide reader, with an org that answers its statements from a list of records.
#include "connectors/salesforce/wide_reader.hpp"

#include "connectors/salesforce/soql.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

namespace millrace {
namespace {

using namespace dialogues;

constexpr int fields_of_wide = 330;

collection wide() {
  std::vector<std::pair<std::string, value_type>> fields{{"Id", value_type::text},
                                                         {"SystemModstamp", value_type::timestamp}};
  for (int i = 0; i < fields_of_wide; ++i)
    fields.emplace_back(fmt::format("A_rather_long_name_of_a_custom_field_{:03}__c", i),
                        value_type::text);
  return decoding::collection_of(fields);
}

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + from.size());
  return std::string(text.substr(0, text.find(to)));
}

/// Id and version of each record; a cell's value is its Id, its version and its field's last
/// digits.
using records = std::map<std::string, int>;

struct org {
  records there;
  std::size_t page_records_max = 500;
  std::vector<std::string> statements;

  std::string answer(const ask& a) {
    const std::string soql = statement_of(a);
    statements.push_back(soql);
    const std::string above = between(soql, "Id > '", "'");
    const std::string through = between(soql, "Id <= '", "'");
    const auto limit = static_cast<std::size_t>(std::stoul(between(soql, "LIMIT ", " ")));
    std::vector<std::string> found;
    std::size_t total = 0;
    for (const auto& [id, version] : there) {
      if (id <= above || (!through.empty() && id > through) || total == limit) continue;
      ++total;
      if (found.size() < page_records_max) found.push_back(record(soql, id, version));
    }
    return rest_page(total, found, found.size() < total ? "/services/data/v62.0/query/x" : "");
  }

  static std::string record(const std::string& soql, const std::string& id, int version) {
    std::string out = R"({"attributes":{"type":"Account"})";
    const std::string list = between(soql, "SELECT ", " FROM") + ",";
    for (std::size_t at = 0; at < list.size();) {
      const std::size_t end = list.find(',', at);
      const std::string field = list.substr(at, end - at);
      at = end + 1;
      std::string value = fmt::format("{}v{}{}", id, version,
                                      field.substr(std::max<std::size_t>(field.size(), 6) - 6));
      if (field == "Id") value = id;
      if (field == "SystemModstamp") value = fmt::format("2024-05-01T10:00:{:02}Z", version);
      out += fmt::format(R"(,"{}":"{}")", field, value);
    }
    return out + "}";
  }
};

std::string row_of(const std::string& id, int version) {
  std::string out = fmt::format("[{}|2024-05-01 10:00:{:02}.000", id, version);
  for (int i = 0; i < fields_of_wide; ++i)
    out += fmt::format("|{}v{}{:03}__c", id, version, i);
  return out + "]";
}

std::string rows_of(const records& all) {
  std::string out;
  for (const auto& [id, version] : all)
    out += row_of(id, version);
  return out;
}

/// Drives a reader to its end. `meddle` may change an answer's body, or the org after it.
struct reading {
  explicit reading(org& with)
      : at(with),
        order(order_of(wide())),
        pages(salesforce::make_wide_reader(session_of(), order)) {}

  /// Why it ended, if not well.
  std::optional<error> run() {
    for (int asked = 0; asked < 200; ++asked) {
      const next_step step = pages->next(noon);
      if (std::holds_alternative<finished>(step)) return {};
      REQUIRE(std::holds_alternative<ask>(step));
      const ask& a = std::get<ask>(step);
      std::string body = at.answer(a);
      meddle(asked, body);
      std::optional<verdict> v;
      if (a.use == body_use::page) {
        page_end end = give_page(*pages, order, a, json_head(), body);
        if (end.undecoded) return end.undecoded;
        rows += end.rows;
        v = std::move(end.then);
      } else {
        v = pages->answered(a.id, json_answer(body), noon);
      }
      if (const auto* end = std::get_if<give_up>(&*v)) return end->why;
      if (const auto* once_more = std::get_if<ask_again>(&*v)) return once_more->why;
    }
    FAIL("it does not end");
    return {};
  }

  /// Rows of this size are not to be printed.
  [[nodiscard]] bool holds(const records& all) const { return rows == rows_of(all); }

  org& at;
  read_order order;
  std::unique_ptr<reader> pages;
  std::function<void(int, std::string&)> meddle = [](int, std::string&) {};
  std::string rows;
};

records some(int count) {
  records out;
  for (int i = 0; i < count; ++i)
    out.emplace(fmt::format("0010000000{:05}AAA", i), i % 60);
  return out;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  REQUIRE(text.find(from) != std::string::npos);
  text.replace(text.find(from), from.size(), to);
}

TEST_CASE("slices of records, parts of fields, joined by Id") {
  CHECK_FALSE(salesforce::fits_one_url(wide(), {}));
  for (const int count : {0, 1, 499, 500, 501, 1000}) {
    CAPTURE(count);
    org acme{some(count), 500, {}};
    reading r(acme);
    CHECK_FALSE(r.run());
    CHECK(r.holds(acme.there));
    CHECK(r.pages->expected_records() == static_cast<std::uint64_t>(count));
    for (const std::string& soql : acme.statements)
      CHECK(salesforce::query_path(soql).size() <= salesforce::query_url_bytes_max);
  }
}

TEST_CASE("I3 each part is counted against what it announced") {
  const auto code_with = [](int part, std::string_view from, std::string_view to) {
    org acme{some(3), 500, {}};
    reading r(acme);
    r.meddle = [&](int asked, std::string& body) {
      if (asked == part) replace(body, from, to);
    };
    const auto why = r.run();
    REQUIRE(why);
    CHECK(r.rows.empty());
    CHECK_FALSE(why->advice.empty());
    CHECK(why->again == retry::later);
    return why->code;
  };
  for (const int part : {0, 1}) {
    CAPTURE(part);
    CHECK(code_with(part, "\"totalSize\":3", "\"totalSize\":4") == errc::count_mismatch);
    CHECK(code_with(part, "\"totalSize\":3", "\"totalSize\":2") == errc::count_mismatch);
    CHECK(code_with(part, "\"totalSize\":3,", "") == errc::count_mismatch);
    CHECK(code_with(part, "\"done\":true,", "\"done\":false,\"nextRecordsUrl\":\"/x\",") ==
          errc::count_mismatch);
  }
}

TEST_CASE("I3 an empty slice is the end only when it is said to be empty") {
  for (const char* body : {R"({"totalSize":3,"done":true,"records":[]})",
                           R"({"totalSize":3,"done":false,"nextRecordsUrl":"/x","records":[]})"}) {
    org acme{some(3), 500, {}};
    reading r(acme);
    r.meddle = [&](int, std::string& answer) { answer = body; };
    const auto why = r.run();
    REQUIRE(why);
    CHECK(why->code == errc::count_mismatch);
  }
}

TEST_CASE("an org that sends fewer records at once than a slice has") {
  for (const std::size_t page : {std::size_t{1}, std::size_t{7}, std::size_t{200}}) {
    CAPTURE(page);
    org acme{some(static_cast<int>(page) * 5 + 1), page, {}};
    reading r(acme);
    CHECK_FALSE(r.run());
    CHECK(r.holds(acme.there));
  }
  // A later part in smaller pages than the first one: the slice is begun anew with fewer.
  org acme{some(9), 500, {}};
  reading r(acme);
  r.meddle = [&](int asked, std::string&) { acme.page_records_max = asked == 0 ? 4 : 500; };
  CHECK_FALSE(r.run());
  CHECK(r.holds(acme.there));
}

TEST_CASE("I5 a record that changed between two parts is read again, whole") {
  org acme{some(3), 500, {}};
  reading r(acme);
  const std::string changed = acme.there.begin()->first;
  r.meddle = [&](int asked, std::string&) {
    if (asked == 0) acme.there[changed] = 59;
  };
  CHECK_FALSE(r.run());
  CHECK(r.holds(acme.there));
}

TEST_CASE("records that never stand still end the read") {
  org acme{some(3), 500, {}};
  reading r(acme);
  r.meddle = [&](int asked, std::string&) { acme.there.begin()->second = (asked + 1) % 60; };
  const auto why = r.run();
  REQUIRE(why);
  CHECK(why->code == errc::count_mismatch);
  CHECK(r.rows.empty());
}

TEST_CASE("a part that names a record twice does not lend its values to another") {
  for (const int part : {0, 1}) {
    org acme{some(2), 500, {}};
    reading r(acme);
    r.meddle = [&](int asked, std::string& body) {
      if (asked != part) return;
      const std::string second = std::next(acme.there.begin())->first;
      replace(body, "\"Id\":\"" + second, "\"Id\":\"" + acme.there.begin()->first);
      replace(body, "10:00:01Z", "10:00:00Z");
    };
    CHECK_FALSE(r.run());  // asked for again
    CHECK(r.holds(acme.there));
  }
}

TEST_CASE("an org that does not heed where a slice begins is not asked for ever") {
  org acme{some(500), 500, {}};
  reading r(acme);
  std::string first;
  r.meddle = [&](int asked, std::string& body) {
    if (asked == 0) first = body;
    if (asked == 2) body = first;
  };
  const auto why = r.run();
  REQUIRE(why);
  CHECK(why->code == errc::page_malformed);
}

TEST_CASE("that an object was read in parts is said once") {
  org acme{{}, 500, {}};
  reading r(acme);
  const auto notices = r.pages->take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices.front().code == "read_in_parts");
  CHECK(r.pages->take_notices().empty());
}

}  // namespace
}  // namespace millrace
