// Boost.JSON's event parser drives a handler that writes cells straight into columns: no tree is
// built, and numbers are taken as text.
#include "connectors/salesforce/json_page.hpp"

#include "connectors/salesforce/field_index.hpp"
#include "connectors/salesforce/values.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 16;
constexpr std::size_t shown_bytes_max = 40;

/// The handler's depth: 1 in the page, 2 in `records`, 3 in a record, 4 and more within a field.
constexpr int in_page = 1;
constexpr int in_records = 2;
constexpr int in_record = 3;

/// What the value that follows a key is for.
enum class target : std::uint8_t { nothing, total, done, next, records, cell, attributes, type };

/// Events of one page. The names of the members are what Boost.JSON asks for.
struct page_handler {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = std::size_t{64} << 20U;

  page_handler(const collection& what, const std::vector<std::uint32_t>& selected)
      : fields(what, selected), object(what.object), version(what.version) {}

  field_index fields;
  std::string object;
  std::optional<std::size_t> version;
  batch_builder* rows = nullptr;
  std::optional<error> fault;

  page_facts facts;
  bool have_records = false;
  bool have_done = false;
  std::string version_max;

  int depth = 0;
  bool in_attributes = false;
  target goal = target::nothing;
  field_index::entry* field = nullptr;
  std::string scratch;   ///< parts of a key, number or short string that was cut
  bool in_text = false;  ///< parts of a text go straight to the column

  bool fail(json::error_code& ec, std::string message, retry again = retry::never) {
    fault = error{errc::page_malformed,
                  std::move(message),
                  "Run again; if it stays, report it",
                  again,
                  {},
                  {}};
    ec = make_error_code(json::error::exception);
    return false;
  }

  // -- structure
  // -------------------------------------------------------------------------------------

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& ec) {
    ++depth;
    if (depth == in_page) return true;
    if (depth == in_record && goal_of_records) {
      fields.rewind();
      return true;
    }
    if (depth == in_record + 1 && goal == target::attributes) in_attributes = true;
    if (depth == in_record + 1 && goal == target::cell)
      return fail(ec, fmt::format("{}.{} is a structure, not a value", object, field->name));
    goal = target::nothing;
    return true;
  }

  bool on_object_end(std::size_t, json::error_code&) {
    if (depth == in_record && goal_of_records) end_record();
    if (depth == in_record + 1) in_attributes = false;
    --depth;
    goal = target::nothing;
    return true;
  }

  bool on_array_begin(json::error_code& ec) {
    ++depth;
    if (depth == 1) return fail(ec, "a page of records is a list, not an object");
    if (depth == in_records && goal == target::records) {
      have_records = true;
      goal_of_records = true;
    } else if (goal == target::cell) {
      return fail(ec, fmt::format("{}.{} is a list, not a value", object, field->name));
    }
    goal = target::nothing;
    return true;
  }

  bool on_array_end(std::size_t, json::error_code&) {
    if (depth == in_records) goal_of_records = false;
    --depth;
    goal = target::nothing;
    return true;
  }

  bool goal_of_records = false;  ///< inside the page's list of records

  void end_record() {
    if (version) {
      const column& c = rows->at(*version);
      if (rows->has_cell(*version) && !c.is_null(c.size() - 1)) {
        const std::string_view value = c.value(c.size() - 1);
        if (value > version_max) version_max = value;
      }
    }
    ++facts.records;
    rows->end_row();
  }

  // -- keys
  // ------------------------------------------------------------------------------------------

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    scratch.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view last, std::size_t, json::error_code& ec) {
    std::string_view key{last.data(), last.size()};
    if (!scratch.empty()) {
      scratch += key;
      key = scratch;
    }
    const bool good = take_key(key, ec);
    scratch.clear();
    return good;
  }

  bool take_key(std::string_view key, json::error_code& ec) {
    goal = target::nothing;
    if (depth == in_record && goal_of_records) {
      field = fields.find(key);
      if (field == nullptr) {
        if (key == "attributes") goal = target::attributes;
        return true;
      }
      if (rows->has_cell(field->column))
        return fail(ec, fmt::format("a record of {} names the field {} twice", object, key));
      goal = target::cell;
    } else if (depth == in_page) {
      if (key == "totalSize") goal = target::total;
      if (key == "done") goal = target::done;
      if (key == "nextRecordsUrl") goal = target::next;
      if (key == "records") goal = target::records;
    } else if (in_attributes && key == "type") {
      goal = target::type;
    }
    return true;
  }

  // -- values
  // ----------------------------------------------------------------------------------------

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    if (goal == target::nothing) return true;
    if (goal == target::cell && field->type == value_type::text) {
      rows->at(field->column).open_cell().append(part.data(), part.size());
    } else {
      scratch.append(part.data(), part.size());
    }
    return true;
  }

  bool on_string(json::string_view last, std::size_t, json::error_code& ec) {
    if (goal == target::nothing) return true;
    if (goal == target::cell && field->type == value_type::text) {
      column& cell = rows->at(field->column);
      cell.open_cell().append(last.data(), last.size());
      close_text(cell, *rows);
      goal = target::nothing;
      return true;
    }
    return take_scalar({last.data(), last.size()}, true, ec);
  }

  bool on_number_part(json::string_view part, json::error_code&) {
    if (goal != target::nothing) scratch.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t, json::string_view last, json::error_code& ec) {
    return take_scalar({last.data(), last.size()}, false, ec);
  }
  bool on_uint64(std::uint64_t, json::string_view last, json::error_code& ec) {
    return take_scalar({last.data(), last.size()}, false, ec);
  }
  bool on_double(double, json::string_view last, json::error_code& ec) {
    return take_scalar({last.data(), last.size()}, false, ec);
  }
  bool on_bool(bool value, json::error_code& ec) {
    return take_scalar(value ? "true" : "false", false, ec);
  }
  bool on_null(json::error_code&) {
    if (goal == target::cell) rows->at(field->column).append_null();
    goal = target::nothing;
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  bool take_scalar(std::string_view last, bool quoted, json::error_code& ec) {
    if (goal == target::nothing) return true;
    std::string_view text = last;
    if (!scratch.empty()) {
      scratch += last;
      text = scratch;
    }
    const bool good = goal == target::cell ? take_cell(text, quoted, ec) : take_member(text, ec);
    scratch.clear();
    goal = target::nothing;
    return good;
  }

  bool take_cell(std::string_view text, bool quoted, json::error_code& ec) {
    column& cell = rows->at(field->column);
    if (field->type == value_type::text && !quoted) {
      // anyType: numbers and booleans among texts (2.3), as they are written, which is what Bulk
      // gives.
      cell.append(text);
      return true;
    }
    if (text.empty()) {
      cell.append_null();
      return true;
    }
    if (append_value(cell, field->type, text, *rows)) return true;
    return fail(ec, fmt::format("{}.{} is described as {} and holds '{}'", object, field->name,
                                name_of(field->type), text.substr(0, shown_bytes_max)));
  }

  bool take_member(std::string_view text, json::error_code& ec) {
    switch (goal) {
      case target::total: {
        std::string number;
        std::uint64_t value = 0;
        if (!append_integer(number, text) || number.starts_with('-'))
          return fail(ec, "totalSize of a page is not a count");
        for (const char c : number)
          value = value * 10 + static_cast<std::uint64_t>(c - '0');
        facts.total = value;
        return true;
      }
      case target::done:
        have_done = true;
        facts.last = text == "true";
        return true;
      case target::next:
        facts.next = std::string(text);
        return true;
      case target::type:
        if (text != object)
          return fail(ec, fmt::format("a page of {} holds a record of {}", object,
                                      text.substr(0, shown_bytes_max)));
        return true;
      case target::nothing:
      case target::records:
      case target::cell:
      case target::attributes:
        return true;
    }
    return true;
  }
};

json::parse_options options() {
  json::parse_options o;
  o.max_depth = depth_max;
  o.allow_invalid_utf8 = true;  // mended and counted by us (I9), not a reason to lose a page
  return o;
}

}  // namespace

class json_page_decoder::parser {
 public:
  parser(const collection& what, const std::vector<std::uint32_t>& selected)
      : events(options(), what, selected) {}
  json::basic_parser<page_handler> events;
};

json_page_decoder::json_page_decoder(const collection& what,
                                     const std::vector<std::uint32_t>& selected)
    : parser_(std::make_unique<parser>(what, selected)) {}
json_page_decoder::~json_page_decoder() = default;

result<void> json_page_decoder::feed(std::string_view bytes, batch_builder& rows) {
  auto& events = parser_->events;
  page_handler& page = events.handler();
  if (page.fault) return failure(*page.fault);
  page.rows = &rows;
  json::error_code ec;
  const std::size_t taken = events.write_some(true, bytes.data(), bytes.size(), ec);
  if (!ec && taken < bytes.size() &&
      bytes.find_first_not_of(" \t\r\n", taken) != std::string_view::npos)
    ec = make_error_code(json::error::extra_data);
  if (!ec) return {};
  if (!page.fault)
    page.fault = error{errc::page_malformed,
                       fmt::format("a page of {} is not valid JSON: {}", page.object, ec.message()),
                       "Run again; if it stays, report it",
                       retry::later,
                       {},
                       {}};
  return failure(*page.fault);
}

result<page_facts> json_page_decoder::finish(batch_builder& rows) {
  auto& events = parser_->events;
  page_handler& page = events.handler();
  if (page.fault) return failure(*page.fault);
  page.rows = &rows;
  json::error_code ec;
  if (!events.done()) events.write_some(false, nullptr, 0, ec);
  if (ec || !events.done())
    return failure(errc::page_malformed, fmt::format("a page of {} ends too early", page.object),
                   "The connection may have been cut: run again", retry::later);
  if (!page.have_records && !(page.have_done && page.facts.last && page.facts.total == 0U))
    return failure(errc::page_malformed,
                   fmt::format("an answer for {} holds no records", page.object),
                   "Run again; if it stays, report it", retry::later);
  if (page.facts.records > 0) {
    if (const auto* lost = page.fields.missing())
      return failure(
          errc::page_malformed,
          fmt::format("the field {}.{} was asked for and is in no record", page.object, lost->name),
          "Run again; if it stays, report it");
  }
  // `done` is missing from some empty results (2.4): nothing follows what names nothing.
  if (!page.have_done) page.facts.last = !page.facts.next;
  if (!page.version_max.empty()) page.facts.version_max = parse_timestamp(page.version_max);
  return page.facts;
}

}  // namespace millrace::salesforce
