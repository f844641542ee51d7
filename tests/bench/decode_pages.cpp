// Account-like records: names and types of the standard object and some custom fields, filled about
// as orgs fill them, with a third of the cells empty.
#include "tests/bench/decode_pages.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>

namespace millrace::bench {
namespace {

/// What a field's values look like.
enum class look : std::uint8_t { id, flag, name, word, street, phone, url, note, count, money };

struct shape {
  std::string_view name;
  value_type type;
  look filled_with = look::word;
  int empty_percent = 30;
};

using enum value_type;

constexpr std::array<shape, 60> shapes{{
    {"Id", text, look::id, 0},
    {"IsDeleted", boolean, look::flag, 0},
    {"MasterRecordId", text, look::id, 98},
    {"Name", text, look::name, 0},
    {"Type", text, look::word},
    {"ParentId", text, look::id, 80},
    {"BillingStreet", text, look::street, 10},
    {"BillingCity", text, look::word, 10},
    {"BillingState", text, look::word, 40},
    {"BillingPostalCode", text, look::word, 10},
    {"BillingCountry", text, look::word, 10},
    {"BillingLatitude", floating, look::money, 70},
    {"BillingLongitude", floating, look::money, 70},
    {"BillingGeocodeAccuracy", text, look::word, 70},
    {"ShippingStreet", text, look::street, 50},
    {"ShippingCity", text, look::word, 50},
    {"ShippingState", text, look::word, 60},
    {"ShippingPostalCode", text, look::word, 50},
    {"ShippingCountry", text, look::word, 50},
    {"ShippingLatitude", floating, look::money, 80},
    {"ShippingLongitude", floating, look::money, 80},
    {"ShippingGeocodeAccuracy", text, look::word, 80},
    {"Phone", text, look::phone, 20},
    {"Fax", text, look::phone, 80},
    {"AccountNumber", text, look::word, 50},
    {"Website", text, look::url, 20},
    {"PhotoUrl", text, look::url, 10},
    {"Sic", text, look::word, 60},
    {"Industry", text, look::word, 10},
    {"AnnualRevenue", decimal, look::money, 30},
    {"NumberOfEmployees", integer, look::count, 30},
    {"Ownership", text, look::word, 50},
    {"TickerSymbol", text, look::word, 90},
    {"Description", text, look::note, 60},
    {"Rating", text, look::word, 50},
    {"Site", text, look::word, 60},
    {"OwnerId", text, look::id, 0},
    {"CreatedDate", timestamp, look::word, 0},
    {"CreatedById", text, look::id, 0},
    {"LastModifiedDate", timestamp, look::word, 0},
    {"LastModifiedById", text, look::id, 0},
    {"SystemModstamp", timestamp, look::word, 0},
    {"LastActivityDate", date, look::word, 50},
    {"LastViewedDate", timestamp, look::word, 80},
    {"LastReferencedDate", timestamp, look::word, 80},
    {"Jigsaw", text, look::word, 90},
    {"JigsawCompanyId", text, look::word, 90},
    {"CleanStatus", text, look::word, 10},
    {"AccountSource", text, look::word, 40},
    {"DunsNumber", text, look::word, 80},
    {"Tradestyle", text, look::name, 80},
    {"NaicsCode", text, look::word, 80},
    {"YearStarted", text, look::word, 60},
    {"CustomerPriority__c", text, look::word},
    {"SLA__c", text, look::word},
    {"Active__c", boolean, look::flag, 0},
    {"NumberofLocations__c", integer, look::count},
    {"UpsellOpportunity__c", text, look::word},
    {"SLAExpirationDate__c", date, look::word},
    {"Lifetime_Value__c", decimal, look::money},
}};

class writer {
 public:
  /// The value as both APIs hold it before quoting; empty: null.
  std::string value(const shape& s) {
    if (below(100) < static_cast<unsigned>(s.empty_percent)) return {};
    switch (s.type) {
      case date:
        return day();
      case timestamp:
        return day() + "T" + two(below(24)) + ":" + two(below(60)) + ":" + two(below(60)) + ".000";
      default:
        return looking_like(s.filled_with);
    }
  }

 private:
  std::string looking_like(look what) {
    switch (what) {
      case look::id:
        return "001" + word(15);
      case look::flag:
        return below(4) == 0 ? "true" : "false";
      case look::name:
        return sentence(3) + (below(8) == 0 ? " \"West\" & Söhne" : " Inc.");
      case look::word:
        return word(4 + below(9));
      case look::street:
        return std::to_string(1 + below(4000)) + " " + sentence(2) +
               (below(3) == 0 ? "\r\n2. OG" : "");
      case look::phone:
        return "(415) 555-" + std::to_string(1000 + below(9000));
      case look::url:
        return "https://www." + word(10) + ".com/" + word(8);
      case look::note:
        return sentence(10 + below(40)) + "\n" + sentence(10);
      case look::count:
        return std::to_string(below(40'000));
      case look::money:
        return std::to_string(below(900'000)) + "." + std::to_string(1 + below(99));
    }
    return {};
  }

  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string two(unsigned n) {
    return {static_cast<char>('0' + n / 10), static_cast<char>('0' + n % 10)};
  }
  std::string day() {
    return "20" + two(10 + below(15)) + "-" + two(1 + below(12)) + "-" + two(1 + below(28));
  }
  std::string word(std::size_t size) {
    static constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::string out;
    for (std::size_t i = 0; i < size; ++i)
      out += letters[below(static_cast<unsigned>(letters.size()))];
    return out;
  }
  std::string sentence(std::size_t words) {
    std::string out;
    for (std::size_t i = 0; i < words; ++i)
      out.append(i == 0 ? 0 : 1, ' ').append(word(3 + below(7)));
    return out;
  }

  std::mt19937_64 random_{20240102};
};

void append_json_text(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\r' || c == '\n') {
      out += c == '\r' ? "\\r" : "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const shape& s, const std::string& value) {
  out += ",\"";
  out += s.name;
  out += "\":";
  if (value.empty()) {
    out += "null";
  } else if (s.type == boolean || s.type == integer || s.type == decimal || s.type == floating) {
    out += value;
  } else {
    append_json_text(out, s.type == timestamp ? value + "+0000" : value);
  }
}

void append_csv(std::string& out, const shape& s, const std::string& value) {
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  if (s.type == timestamp && !value.empty()) out += 'Z';
  out += '"';
}

struct page_maker {
  std::vector<std::string>& bodies;
  std::size_t records_max;
  std::string_view head;
  std::string_view tail;
  std::string body{};
  std::size_t records = 0;
  std::size_t bytes = 0;

  void begin_record() {
    if (records == 0) body = head;
    ++records;
  }
  void end_record() {
    if (records == records_max) close();
  }
  void close() {
    if (records == 0) return;
    body += tail;
    bytes += body.size();
    bodies.push_back(std::move(body));
    records = 0;
  }
};

}  // namespace

pages make_pages(std::size_t bytes) {
  pages made;
  auto table = std::make_shared<table_schema>();
  std::string header;
  made.what.name = table->collection = "accounts";
  made.what.object = "Account";
  for (const shape& s : shapes) {
    field f;
    f.name = s.name;
    f.type = s.type;
    table_column c;
    c.name = s.name;
    c.source = s.name;
    c.type = s.type;
    if (s.name == "SystemModstamp") made.what.version = table->version = made.what.fields.size();
    made.what.fields.push_back(f);
    table->columns.push_back(c);
    header += (header.empty() ? "\"" : ",\"") + f.name + "\"";
  }
  made.table = table;
  header += '\n';
  page_maker json{
      made.json, 2000,
      R"({"totalSize":100000,"done":false,"nextRecordsUrl":"/services/data/v62.0/query/01g5g00000MADEUPAA-2000","records":[)",
      "]}"};
  page_maker csv{made.csv, 25'000, header, ""};
  writer values;
  while (json.bytes + json.body.size() < bytes || csv.bytes + csv.body.size() < bytes) {
    json.begin_record();
    csv.begin_record();
    if (json.records > 1) json.body += ',';
    json.body +=
        R"({"attributes":{"type":"Account","url":"/services/data/v62.0/sobjects/Account/0015g00000AAAAAAA4"})";
    for (const shape& s : shapes) {
      const std::string value = values.value(s);
      append_json(json.body, s, value);
      if (&s != shapes.data()) csv.body += ',';
      append_csv(csv.body, s, value);
    }
    json.body += '}';
    csv.body += '\n';
    json.end_record();
    csv.end_record();
  }
  json.close();
  csv.close();
  return made;
}

}  // namespace millrace::bench
