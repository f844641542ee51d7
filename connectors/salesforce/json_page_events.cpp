// The shape of a page is checked event by event: anything that is not where it belongs is a fault,
// and only what nobody asked for is passed over.
#include "connectors/salesforce/json_page_events.hpp"

#include "engine/model/utf8.hpp"

#include <boost/json/error.hpp>
#include <fmt/format.h>

#include <charconv>

namespace millrace::salesforce {
namespace {

/// Of values that are put together before they are understood; texts are not among them.
constexpr std::size_t scratch_bytes_max = std::size_t{64} << 10U;

constexpr const char* advice = "Run again; if it stays, report it";

std::string shown(std::string_view text) {
  return mended_text(text.substr(0, shown_bytes_max));
}

}  // namespace

bool json_page_events::fail(code& ec, error why) {
  if (!fault_) fault_ = std::move(why);
  ec = make_error_code(boost::json::error::exception);
  return false;
}

bool json_page_events::fail(code& ec, std::string message) {
  return fail(ec, error{errc::page_malformed, std::move(message), advice, retry::never, {}, {}});
}

// -- structure --

bool json_page_events::on_object_begin(code& ec) {
  switch (goal_) {
    case target::nothing:
      break;
    case target::element:
      fields_.rewind();
      break;
    case target::attributes:
      in_attributes_ = true;
      break;
    default:
      return wrong_shape(ec);
  }
  ++depth_;
  goal_ = target::nothing;
  return true;
}

bool json_page_events::on_array_begin(code& ec) {
  if (depth_ == 0) return fail(ec, fmt::format("a page of {} is a list, not an object", object_));
  if (goal_ == target::records) {
    in_records_ = true;
  } else if (goal_ != target::nothing) {
    return wrong_shape(ec);
  }
  ++depth_;
  goal_ = in_records_ && depth_ == records_depth ? target::element : target::nothing;
  return true;
}

bool json_page_events::end_record(code& ec) {
  if (key_ && !has_own_key(*rows_, *key_)) return fail(ec, keyless(object_));
  if (version_ && rows_->has_cell(*version_)) {
    const column& c = rows_->at(*version_);
    const std::string_view value = c.value(c.size() - 1);
    if (!value.empty() && (version_min_.empty() || value < version_min_)) version_min_ = value;
  }
  if (facts_.records == 0) facts_.first_key = first_key(*rows_, key_);
  ++facts_.records;
  rows_->end_row();
  return true;
}

// -- keys --

bool json_page_events::take_key(std::string_view key, code& ec) {
  goal_ = target::nothing;
  if (in_records_ && depth_ == record_depth) {
    field_ = fields_.find(key);
    if (field_ != nullptr) {
      if (rows_->has_cell(field_->column))
        return fail(ec, fmt::format("a record of {} names the field {} twice", object_, key));
      goal_ = target::cell;
    } else if (key == "attributes") {
      goal_ = target::attributes;
    }
    return true;
  }
  if (depth_ == page_depth) return take_page_key(key, ec);
  if (in_attributes_ && depth_ == record_depth + 1 && key == "type") goal_ = target::type;
  return true;
}

bool json_page_events::take_page_key(std::string_view key, code& ec) {
  if (key == "totalSize") goal_ = target::total;
  if (key == "done") goal_ = target::done;
  if (key == "nextRecordsUrl") goal_ = target::next;
  if (key == "records") goal_ = target::records;
  if (goal_ == target::nothing) return true;
  const std::uint32_t bit = 1U << static_cast<unsigned>(goal_);
  if ((members_seen_ & bit) != 0)
    return fail(ec, fmt::format("a page of {} names {} twice", object_, key));
  members_seen_ |= bit;
  return true;
}

// -- values --

/// A part of a value that a piece's end has cut.
bool json_page_events::take_part(std::string_view part, bool quoted, code& ec) {
  if (goal_ == target::cell && field_->type == value_type::text && quoted) {
    in_text_ = true;
    rows_->at(field_->column).open_cell().append(part);
    return true;
  }
  if (scratch_.size() + part.size() > scratch_bytes_max)
    return fail(ec, fmt::format("a value in a page of {} is beyond all bounds", object_));
  scratch_.append(part);
  return true;
}

bool json_page_events::take_scalar(std::string_view last, kind what, code& ec) {
  if (goal_ == target::nothing) return true;
  if (in_text_) {
    in_text_ = false;
    column& cell = rows_->at(field_->column);
    cell.open_cell().append(last);
    close_text(cell, *rows_);
    goal_ = target::nothing;
    return true;
  }
  std::string_view value = last;
  if (!scratch_.empty()) {
    scratch_ += last;
    value = scratch_;
  }
  const bool good =
      goal_ == target::cell ? take_cell(value, what, ec) : take_member(value, what, ec);
  scratch_.clear();
  goal_ = target::nothing;
  return good;
}

bool json_page_events::take_cell(std::string_view value, kind what, code& ec) {
  column& cell = rows_->at(field_->column);
  if (field_->type == value_type::text) {
    // anyType: numbers and booleans among texts (2.3). As they are written, which is all that Bulk
    // can give, since it does not tell them from texts (I8).
    cell.append(value);
    return true;
  }
  // A text that spells a number is one, as in CSV; a number is never a date.
  const bool fits =
      what == kind::string || (what == kind::boolean) == (field_->type == value_type::boolean);
  if (fits && append_value(cell, field_->type, value, *rows_)) return true;
  return fail(ec, misfit(object_, field_->name, field_->type,
                         field_->hashed ? hidden_value : std::string_view(value)));
}

bool json_page_events::take_member(std::string_view value, kind what, code& ec) {
  switch (goal_) {
    case target::total: {
      cell_bytes number;
      std::uint64_t total = 0;
      if (what != kind::number || !append_integer(number, value) || number.view().starts_with('-'))
        return wrong_shape(ec);
      std::from_chars(number.data(), number.data() + number.size(), total);
      facts_.total = total;
      return true;
    }
    case target::done:
      if (what != kind::boolean) return wrong_shape(ec);
      facts_.last = value == "true";
      return true;
    case target::next:
      if (what == kind::string) facts_.next = std::string(value);
      return what == kind::string || what == kind::null || wrong_shape(ec);
    case target::type:
      if (what == kind::string && value == object_) return true;
      return fail(ec, fmt::format("a page of {} holds a record of {}", object_, shown(value)));
    default:
      return wrong_shape(ec);
  }
}

/// The value that begins or was read is not what this place holds.
bool json_page_events::wrong_shape(code& ec) {
  switch (goal_) {
    case target::total:
      return fail(ec, fmt::format("totalSize of a page of {} is not a count", object_));
    case target::done:
      return fail(ec, fmt::format("done of a page of {} is neither true nor false", object_));
    case target::next:
      return fail(ec, fmt::format("nextRecordsUrl of a page of {} is not a text", object_));
    case target::records:
      return fail(ec, fmt::format("records of a page of {} is not a list", object_));
    case target::element:
      return fail(ec, fmt::format("a page of {} holds a record that is no object", object_));
    case target::cell:
      return fail(ec, fmt::format("{}.{} holds a structure, not a value", object_, field_->name));
    default:
      return fail(ec, fmt::format("the attributes of a record of {} are not known", object_));
  }
}

// -- the end --

result<page_facts> json_page_events::facts() const {
  const auto seen = [this](target t) {
    return (members_seen_ & (1U << static_cast<unsigned>(t))) != 0;
  };
  if (!seen(target::records))
    return failure(errc::page_malformed, fmt::format("an answer for {} holds no records", object_),
                   advice, retry::later);
  if (facts_.records > 0) {
    if (const auto* lost = fields_.missing())
      return failure(
          errc::page_malformed,
          fmt::format("the field {}.{} was asked for and is in no record", object_, lost->name),
          advice);
  }
  page_facts facts = facts_;
  // `done` is missing from some empty results (2.4): nothing follows what names nothing.
  if (!seen(target::done)) facts.last = !facts.next;
  // Taking such a page for the last one would lose what follows (I4).
  if (!facts.last && !facts.next)
    return failure(errc::page_malformed,
                   fmt::format("a page of {} says that more follows but not where", object_),
                   advice, retry::later);
  if (!version_min_.empty()) facts.version_min = parse_timestamp(version_min_);
  return facts;
}

}  // namespace millrace::salesforce
