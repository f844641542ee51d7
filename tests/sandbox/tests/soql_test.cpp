// SOQL: parsing, the org's complaints, and choosing records.
#include "tests/sandbox/soql.hpp"

#include "tests/sandbox/ids.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sandbox;

namespace {

/// An object with some hundred records, and a way to ask it.
class asked {
 public:
  asked() : all_(parse_schema(built_in_schema())), rows_(*account(), all_, 7, 700) {}

  table& rows() { return rows_; }

  std::vector<std::uint32_t> choose(const std::string& soql, bool with_deleted = false) {
    auto parsed = parse_soql(soql);
    REQUIRE(std::holds_alternative<statement>(parsed));
    auto& s = std::get<statement>(parsed);
    auto fields = resolve(s, rows_.def());
    if (const auto* fault = std::get_if<soql_error>(&fields)) FAIL(fault->message);
    return sandbox::choose(s, rows_, with_deleted);
  }
  std::string refusal(const std::string& soql) {
    auto parsed = parse_soql(soql);
    if (const auto* fault = std::get_if<soql_error>(&parsed)) return fault->code;
    auto fields = resolve(std::get<statement>(parsed), rows_.def());
    const auto* fault = std::get_if<soql_error>(&fields);
    return fault != nullptr ? fault->code : "";
  }
  value get(std::uint32_t n, std::string_view field) {
    return rows_.get(rows_.at(n), rows_.def().find(field).value_or(0));
  }

 private:
  [[nodiscard]] const object_def* account() const {
    return &*std::find_if(all_.objects.begin(), all_.objects.end(),
                          [](const object_def& o) { return o.name == "Account"; });
  }
  schema all_;
  table rows_;
};

std::string datetime_literal(const value& canonical) {
  std::string text = canonical.value_or("");
  text[10] = 'T';
  return text + "Z";
}

}  // namespace

TEST_CASE("a statement's parts") {
  auto parsed = parse_soql(
      "select Id, Name from Account where (Name = 'O\\'Neil \\u00fc' or not Rating in ('a','b')) "
      "and "
      "CreatedDate >= 2024-01-02T03:04:05.000Z order by SystemModstamp desc, Id limit 5 offset 2");
  REQUIRE(std::holds_alternative<statement>(parsed));
  const auto& s = std::get<statement>(parsed);
  CHECK(s.fields == std::vector<std::string>{"Id", "Name"});
  CHECK(s.object == "Account");
  REQUIRE(s.where);
  CHECK(s.where->what == condition::kind::all_of);
  CHECK(s.where->parts[0].parts[0].values[0].text == "O'Neil ü");
  CHECK(s.where->parts[0].parts[1].what == condition::kind::negation);
  CHECK(s.order.size() == 2);
  CHECK(s.order[0].descending);
  CHECK(s.limit == 5);
  CHECK(s.offset == 2);
  CHECK(std::get<statement>(parse_soql("SELECT COUNT() FROM Account")).count);
}

TEST_CASE("what an org refuses") {
  asked a;
  CHECK(a.refusal("SELECT FROM Account") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Name = 'open") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Name = '\\x'") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT Id FROM Account LIMIT x") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT " + std::string(100'000, 'x') + " FROM Account") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT Id, Nope FROM Account") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id, id FROM Account") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Nope = 1") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE SystemModstamp > '2024-01-02T03:04:05Z'") ==
        "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Name = 5") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE AnnualRevenue = '5'") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Description = 'x'") == "INVALID_FIELD");
  CHECK(a.refusal("SELECT Id FROM Account WHERE Id = 'short'") == "INVALID_QUERY_FILTER_OPERATOR");
  CHECK(a.refusal("SELECT Id FROM Account ORDER BY Description") == "MALFORMED_QUERY");
  CHECK(a.refusal("SELECT Id FROM Account OFFSET 2001") == "NUMBER_OUTSIDE_VALID_RANGE");
  CHECK(a.refusal("SELECT Id FROM Account WHERE AnnualRevenue > 1.5e3 AND Name != null") == "");
}

TEST_CASE("soft-deleted records are seen by queryAll alone") {
  asked a;
  CHECK(a.choose("SELECT Id FROM Account").size() == a.rows().live());
  CHECK(a.choose("SELECT Id FROM Account", true).size() == 700);
  CHECK(a.choose("SELECT Id FROM Account WHERE IsDeleted = true", true).size() ==
        700 - a.rows().live());
}

TEST_CASE("windows over stamps agree with looking at every record") {
  asked a;
  for (std::uint32_t n = 0; n < 700; n += 9)
    a.rows().vary(n, 5, 1'700'000'000'000 + stamp{n % 4} * 1000, n + 1);
  a.rows().erase(18, 1'700'000'009'000, 5000);
  for (std::uint32_t n = 3; n < 690; n += 61) {
    const value from = a.get(n, "SystemModstamp");
    const value to = a.get(700 - n, "SystemModstamp");
    const auto got = a.choose(
        "SELECT Id FROM Account WHERE SystemModstamp >= " + datetime_literal(from) +
            " AND SystemModstamp < " + datetime_literal(to) + " ORDER BY SystemModstamp, Id",
        true);
    std::vector<std::uint32_t> wanted;
    for (std::uint32_t k = 0; k < 700; ++k)
      if (!a.rows().at(k).gone && a.get(k, "SystemModstamp") >= from &&
          a.get(k, "SystemModstamp") < to)
        wanted.push_back(k);
    std::sort(wanted.begin(), wanted.end(), [&](auto x, auto y) {
      return std::pair(a.get(x, "SystemModstamp"), x) < std::pair(a.get(y, "SystemModstamp"), y);
    });
    CHECK(got == wanted);
  }
}

TEST_CASE("ranges and lists of Ids") {
  asked a;
  const auto id = [](std::uint32_t n) { return "'" + make_id("001", n) + "'"; };
  CHECK(a.choose("SELECT Id FROM Account WHERE Id > " + id(100) + " ORDER BY Id LIMIT 3", true) ==
        std::vector<std::uint32_t>{101, 102, 103});
  CHECK(a.choose("SELECT Id FROM Account WHERE Id >= " + id(698) + " ORDER BY Id", true) ==
        std::vector<std::uint32_t>{698, 699});
  CHECK(a.choose("SELECT Id FROM Account WHERE Id IN (" + id(5) + "," + id(3) + "," + id(9999) +
                     ") ORDER BY Id",
                 true) == std::vector<std::uint32_t>{3, 5});
  CHECK(a.choose("SELECT Id FROM Account WHERE Id < " + id(2) + " ORDER BY Id DESC", true) ==
        std::vector<std::uint32_t>{1, 0});
  CHECK(a.choose("SELECT Id FROM Account WHERE Id NOT IN (" + id(5) + ")", true).size() == 699);
}

TEST_CASE("conditions on values, nulls among them") {
  asked a;
  const std::size_t named = a.choose("SELECT Id FROM Account WHERE Rating = null", true).size();
  CHECK(named > 0);
  CHECK(a.choose("SELECT Id FROM Account WHERE Rating != null", true).size() == 700 - named);
  CHECK(a.choose("SELECT Id FROM Account WHERE NOT Rating = null", true).size() == 700 - named);
  const std::string name = "acme%";
  for (const std::uint32_t n :
       a.choose("SELECT Id FROM Account WHERE Name LIKE '" + name + "'", true))
    CHECK(a.get(n, "Name").value_or("").starts_with("Acme"));
  for (const std::uint32_t n :
       a.choose("SELECT Id FROM Account WHERE AnnualRevenue < -10 OR AnnualRevenue > 50", true)) {
    const double revenue = std::stod(a.get(n, "AnnualRevenue").value_or("0"));
    CHECK((revenue < -10 || revenue > 50));
  }
}
