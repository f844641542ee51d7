// Segment's snake case: the vectors of the design, the published ones, and what real orgs contain.
#include "engine/naming/snake_case.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

namespace millrace {
namespace {

struct vector_of_rule {
  std::string_view name;
  std::string_view snake;
};

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

TEST_CASE("the names that the design gives") {
  constexpr auto vectors = std::to_array<vector_of_rule>({
      {"MyField__c", "my_field_c"},
      {"Pricebook2Id", "pricebook2_id"},
      {"eCDN__c", "e_cdn_c"},
      {"ns__MyField__c", "ns_my_field_c"},
      {"LastCURequestDate", "last_curequest_date"},
      {"2FA Enabled", "2fa_enabled"},
  });
  for (const vector_of_rule& v : vectors) {
    CAPTURE(v.name);
    CHECK(snake_case(v.name) == v.snake);
  }
}

TEST_CASE("the names that the rule was published with") {
  constexpr auto vectors = std::to_array<vector_of_rule>({
      {"sample text", "sample_text"},
      {"sample-text", "sample_text"},
      {"sample_text", "sample_text"},
      {"sample___text", "sample_text"},
      {"sampleText", "sample_text"},
      {"inviteYourCustomersAddInvites", "invite_your_customers_add_invites"},
      {"sample 2 Text", "sample_2_text"},
      {"   sample   2    Text   ", "sample_2_text"},
      {"   $#$sample   2    Text   ", "sample_2_text"},
      {"SAMPLE 2 TEXT", "sample_2_text"},
      {"___$$Base64Encode", "base64_encode"},
      {"FOO:BAR$BAZ", "foo_bar_baz"},
      {"FOO#BAR#BAZ", "foo_bar_baz"},
      {"something.com", "something_com"},
      {"$something%", "something"},
      {"•¶§ƒ˚foo˙∆˚¬", "foo"},
  });
  for (const vector_of_rule& v : vectors) {
    CAPTURE(v.name);
    CHECK(snake_case(v.name) == v.snake);
  }
}

TEST_CASE("names of real orgs, and the edges of the rule") {
  constexpr auto vectors = std::to_array<vector_of_rule>({
      {"Id", "id"},
      {"IsDeleted", "is_deleted"},
      {"SystemModstamp", "system_modstamp"},
      {"DunsNumber", "duns_number"},
      {"NaicsCode", "naics_code"},
      {"ProductCode", "product_code"},
      {"IsEmailBounced", "is_email_bounced"},
      {"AccountNumber", "account_number"},
      {"SLA__c", "sla_c"},
      {"SLAExpirationDate__c", "slaexpiration_date_c"},
      {"npe01__One2OneContact__c", "npe01_one2_one_contact_c"},
      {"npo02__Best_Gift_Year_Total__c", "npo02_best_gift_year_total_c"},
      {"IsPersonAccount", "is_person_account"},
      {"Field1__pc", "field1_pc"},
      {"Loc__Latitude__s", "loc_latitude_s"},
      {"A__c", "a_c"},
      {"X3rd_Party__c", "x3rd_party_c"},
      {"ABC123DEF", "abc123def"},
      {"ABC123def", "abc123def"},
      {"abc123DEF", "abc123_def"},
      {"123", "123"},
      {"123abc", "123abc"},
      {"1A2b3C", "1a2b3_c"},
      {"", ""},
      {"___", ""},
      {"日本語", ""},
      {"Größe__c", "gr_e_c"},
      {std::string_view("a\0b", 3), "a_b"},
  });
  for (const vector_of_rule& v : vectors) {
    CAPTURE(v.name);
    CHECK(snake_case(v.name) == v.snake);
  }
}

TEST_CASE("snake case of snake case changes nothing, and only plain bytes come out") {
  std::mt19937 random(20240131);
  constexpr std::string_view alphabet = "abcXYZ019__ -.\xC3\xA9";
  for (int round = 0; round < 20'000; ++round) {
    std::string name(random() % 24, '\0');
    for (char& c : name)
      c = alphabet[random() % alphabet.size()];
    const std::string snake = snake_case(name);
    CAPTURE(name);
    REQUIRE(snake_case(snake) == snake);
    REQUIRE(snake.find("__") == std::string::npos);
    for (const char c : snake)
      REQUIRE((c == '_' || (is_letter_or_digit(c) && !(c >= 'A' && c <= 'Z'))));
    if (!snake.empty()) REQUIRE((snake.front() != '_' && snake.back() != '_'));
  }
}

TEST_CASE("an identifier never begins with a digit and is never empty") {
  CHECK(identifier_of("2FA Enabled") == "_2fa_enabled");
  CHECK(identifier_of("3rdParty") == "_3rd_party");
  CHECK(identifier_of("MyField__c") == "my_field_c");
  CHECK(collection_name_of("ns__MyThing__c") == "ns_my_thing_c");
  CHECK(collection_name_of("AccountHistory") == "account_history");
  const std::string nameless = identifier_of("日本語");
  CHECK(nameless.size() == 7);
  CHECK(nameless.front() == '_');
  CHECK(nameless != identifier_of("中文"));
}

TEST_CASE("I10: the suffix is the same for ever") {
  // Names in warehouses depend on these: a change of the hash would rename columns.
  CHECK(with_suffix("my_field_c", "My_Field__c", 63) == "my_field_c_f9be57");
  CHECK(with_suffix("received_at", "ReceivedAt", 63) == "received_at_2341a7");
  CHECK(with_suffix("", "", 63) == "_1c9dc5");  // FNV-1a's offset basis, 24 bits of it
}

TEST_CASE("a suffix fits within the limit, however small") {
  const std::string base(200, 'x');
  for (const std::size_t limit : {8U, 30U, 63U, 64U, 128U, 300U}) {
    CAPTURE(limit);
    const std::string name = with_suffix(base, "Some__c", limit);
    CHECK(name.size() == std::min<std::size_t>(limit, base.size() + 7));
    CHECK(name.substr(name.size() - 7) == with_suffix("", "Some__c", 7));
  }
  CHECK(with_suffix("abc", "A", 3).size() == 7);  // too small for any suffix: it stays whole
}

}  // namespace
}  // namespace millrace
